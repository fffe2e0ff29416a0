package scan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/reason"
	"latus/sync/tree"
)

// What could not be read authors nothing, whatever could not be read.
func TestErrorsAreNoAbsences(t *testing.T) {
	for _, fault := range []struct {
		op      string
		at      index.Path
		problem string
	}{
		{"OpenDir", "d", "!/d"}, {"List", "d", "!/d"}, {"Stat", "d", "!/d"},
		{"OpenDir", "d/e", "!/d/e"}, {"List", "d/e", "!/d/e"}, {"Stat", "d/e/x", "!/d/e/x"},
		{"Stat", "gone", "!/gone"},
	} {
		t.Run(fmt.Sprint(fault.op, " ", fault.at), func(t *testing.T) {
			everywhere(t, func(p *place) {
				p.file("d/e/x", "", old)
				p.file("d/f", "", old)
				p.file("gone", "", old)
				p.file("z", "", old)
				p.known()
				p.remove("gone")
				p.remove("d/e/x")
				p.file("d/e/y", "", old)
				p.before = func(op string, at index.Path) error {
					if op == fault.op && at == fault.at {
						return errors.New("input/output error")
					}
					return nil
				}
				r := p.scan()
				for _, f := range r.Changed {
					if f.Path == fault.at || f.Path.Under(fault.at) {
						p.Errorf("%s is said to have changed", f.Path)
					}
				}
				if len(r.Problems) != 1 || !strings.HasPrefix(show(r)[len(r.Changed)], fault.problem+": input/output error") {
					p.Errorf("found %q", show(r))
				}
				if r.Was != 4 {
					p.Errorf("%d files are said to have been here", r.Was)
				}
				for _, path := range []index.Path{fault.at, fault.at.Join("below")} {
					if why, blocked := r.Blocked(path); !blocked || why != reason.Words("input/output error") {
						p.Errorf("Blocked(%q) = %q, %v", path, why, blocked)
					}
				}
				if _, blocked := r.Blocked("z"); blocked {
					p.Error("z is blocked")
				}
			})
		})
	}
}

// A path whose attributes could not be read was not looked at: another tree's would take
// the place of what nobody has seen. Those that are too large stay behind by themselves.
func TestAttributesThatCannotBeRead(t *testing.T) {
	everywhere(t, func(p *place) {
		for _, f := range []index.Path{"d/edited", "d/full", "d/other"} {
			p.file(f, "", old)
		}
		p.in("d", func(d tree.Dir, name string) error {
			_, err := d.Attrs(name)
			if errors.Is(err, tree.ErrUnsupported) {
				p.Skip("no extended attributes here")
			}
			return err
		})
		p.known()
		for _, f := range []index.Path{"d/edited", "d/full", "d/other", "e/new"} {
			p.file(f, "by now", old)
		}
		p.before = func(op string, at index.Path) error {
			switch {
			case op != "Attrs":
			case at == "d/full":
				return index.ErrManyAttrs
			case at == "d/edited" || at == "e":
				return errors.New("input/output error")
			}
			return nil
		}
		r := p.scanWith(Options{Attrs: true}, systemClock{})
		problem := "its extended attributes cannot be read: "
		p.expect(r, "+d dir", "+d/full file", "+d/other file", "+e/new file", "!d/edited: "+problem+"input/output error", "!e: "+problem+"input/output error")
		if want := []Problem{{Path: "d/full", Reason: reason.Words(problem + "its extended attributes are too large")}}; !slices.Equal(r.Bare, want) {
			p.Errorf("bare are %v", r.Bare)
		}
		if _, blocked := r.Blocked("e/new"); blocked {
			p.Error("what is below a directory without attributes is blocked")
		}
	})
}

func TestMountPointsAreNotCrossed(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("mnt/x", "", old)
		p.file("auto/x", "", old)
		p.file("file", "", old)
		p.known()
		p.file("file", "another", old)
		p.remove("mnt/x")
		p.remove("auto/x")
		inside := false // "auto" shows its other device only when it is entered
		p.before = func(op string, at index.Path) error {
			inside = inside || op == "OpenDir" && at == "auto"
			return nil
		}
		p.device = func(at index.Path) uint64 {
			if at == "mnt" || at == "file" || at == "auto" && inside {
				return 99
			}
			return 0
		}
		p.expect(p.scanWith(Options{Workers: 1}, systemClock{}),
			"!/auto: another filesystem, or a subvolume, begins here", "!/file: another filesystem, or a subvolume, begins here", "!/mnt: another filesystem, or a subvolume, begins here")
	})
}

func TestRootLost(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("a", "", old)
		p.file("d/b", "", old)
		p.known()
		p.remove("a")
		p.remove("d")
		p.expect(p.scan(), "-a", "-d", "-d/b") // the folder says it is the tree
		p.rename(index.Private, "elsewhere")
		if _, err := Scan(context.Background(), p, p.x, Options{}); !errors.Is(err, ErrLostRoot) {
			p.Errorf("an empty directory in the place of the tree: %v", err)
		}
		p.rename("elsewhere", index.Private)
		p.before = func(op string, at index.Path) error {
			if op == "List" && at == "" {
				return fs.ErrPermission
			}
			return nil
		}
		if _, err := Scan(context.Background(), p, p.x, Options{}); !errors.Is(err, fs.ErrPermission) {
			p.Errorf("an unreadable root: %v", err)
		}
	})
}

// What changes between two looks is told as it is in the end, or not at all.
func TestChangedWhileWalking(t *testing.T) {
	for name, c := range map[string]struct {
		op   string
		do   func(p *place)
		want []string
	}{
		"directory to link": {"OpenDir", func(p *place) { p.rename("d", "other"); p.link("d", "/etc") }, []string{"+d link", "-d/x"}},
		"directory to file": {"OpenDir", func(p *place) { p.remove("d"); p.file("d", "", old) }, []string{"+d file", "-d/x"}},
		"directory gone":    {"OpenDir", func(p *place) { p.remove("d") }, []string{"-d", "-d/x"}},
		"gone before Stat":  {"Stat", func(p *place) { p.remove("d") }, []string{"-d", "-d/x"}},
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(p *place) {
				p.file("d/x", "", old)
				p.known()
				done := false
				p.before = func(op string, at index.Path) error {
					if op == c.op && at == "d" && !done {
						done = true
						c.do(p)
					}
					return nil
				}
				p.expect(p.scan(), c.want...)
			})
		})
	}
	t.Run("directory that flickers", func(t *testing.T) {
		everywhere(t, func(p *place) {
			p.file("d/x", "", old)
			p.known()
			p.before = func(op string, at index.Path) error {
				if op == "OpenDir" && at == "d" {
					return fs.ErrNotExist
				}
				return nil
			}
			p.expect(p.scan(), "!/d: changed while it was looked at")
		})
	})
}

func TestBlockedBySpecial(t *testing.T) {
	r := &Result{Specials: []Problem{{"a/socket", reason.Words("a socket"), true}}, Problems: []Problem{{"a", reason.Words("why"), false}}}
	for p, want := range map[index.Path]bool{"a": true, "a/b": false, "a/socket": true, "a/socket/x": true, "a/sockets": false} {
		if _, blocked := r.Blocked(p); blocked != want {
			t.Errorf("Blocked(%q) = %v", p, blocked)
		}
	}
}
