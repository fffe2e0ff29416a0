package scan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"latus/index"
	"latus/sync/tree"
)

func TestNewUnchangedAndGone(t *testing.T) {
	everywhere(t, func(p *place) {
		p.expect(p.scan())
		p.file("a/b", "12345", old)
		p.file("a/b.txt", "", old)
		p.file("a.c/d", "x", old)
		p.dir("a/empty")
		p.link("l", "no/where")
		r := p.scan()
		p.expect(r, "+a dir", "+a/b file", "+a/b.txt file", "+a/empty dir", "+a.c dir", "+a.c/d file", "+l link")
		if r.Files != 4 || r.Bytes != 6 || r.Was != 0 || r.Lost != 0 {
			p.Errorf("counts: %+v", r)
		}
		if w := r.Changed[1].Witness; w.Size != 5 || w.Mtime != old || w.Mode != 0o644 || w.Inode == 0 {
			p.Errorf("witness of a/b: %+v", w)
		}
		if f := r.Changed[6]; f.Target != "no/where" || f.Witness.Size != 0 {
			p.Errorf("link: %+v", f)
		}
		p.acknowledge(r)
		p.expect(p.scan())

		p.remove("a")
		p.remove("l")
		r = p.scan()
		p.expect(r, "-a", "-a/b", "-a/b.txt", "-a/empty", "-l")
		if r.Lost != 3 || r.Was != 4 || r.Files != 1 {
			p.Errorf("counts: %+v", r)
		}
		p.acknowledge(r)
		p.expect(p.scan())
	})
}

func TestWhatCountsAsAChange(t *testing.T) {
	change := map[string]struct {
		do   func(p *place)
		want []string
	}{
		"size":              {func(p *place) { p.file("f", "longer", old) }, []string{"+f file"}},
		"mtime":             {func(p *place) { p.file("f", "1", old+1) }, []string{"+f file"}},
		"mtime goes back":   {func(p *place) { p.file("f", "1", old-1e9) }, []string{"+f file"}},
		"mode":              {func(p *place) { p.chmod("f", 0o600) }, []string{"+f file"}},
		"mode of a dir":     {func(p *place) { p.chmod("d", 0o700) }, []string{"+d dir"}},
		"mtime of a dir":    {func(p *place) { p.file("d/new", "", old); p.remove("d/new") }, nil},
		"ctime alone":       {func(p *place) { p.chmod("f", 0o600); p.chmod("f", 0o644) }, nil},
		"inode alone":       {func(p *place) { p.file("g", "1", old); p.remove("f"); p.rename("g", "f") }, []string{"+f file"}},
		"a bit lost anyway": {func(p *place) { p.traits.ModeBits = 0o700; p.chmod("f", 0o640) }, nil},
		"unstable inode": {func(p *place) {
			p.traits.StableInodes = false
			p.file("g", "1", old)
			p.remove("f")
			p.rename("g", "f")
		}, nil},
		"link": {func(p *place) {
			p.link("l2", "other")
			p.remove("l")
			p.rename("l2", "l")
		}, []string{"+l link"}},
		"file to dir":    {func(p *place) { p.remove("f"); p.file("f/x", "", old) }, []string{"+f dir", "+f/x file"}},
		"dir to file":    {func(p *place) { p.remove("d"); p.file("d", "", old) }, []string{"+d file", "-d/e", "-d/e/x"}},
		"dir to link":    {func(p *place) { p.remove("d"); p.link("d", "f") }, []string{"+d link", "-d/e", "-d/e/x"}},
		"nothing at all": {func(p *place) {}, nil},
	}
	for name, c := range change {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(p *place) {
				p.file("f", "1", old)
				p.file("d/e/x", "1", old)
				p.link("l", "f")
				p.known()
				c.do(p)
				r := p.scan()
				p.expect(r, c.want...)
				if r.Was != 3 {
					p.Errorf("%d files and links are said to have been here", r.Was)
				}
			})
		})
	}
}

// The number of a removed file may be given to the next one.
func TestReusedInode(t *testing.T) {
	p := onDisk(t)
	p.file("f", "1", old)
	r := p.scan()
	if r.Changed[0].Witness.Btime == 0 {
		t.Skip("no birth times here")
	}
	r.Changed[0].Witness.Btime--
	p.acknowledge(r)
	p.expect(p.scan(), "+f file")
	p.traits.BirthTimes = false
	p.expect(p.scan())
	p.traits.BirthTimes, p.traits.StableInodes = true, false
	p.expect(p.scan())
}

func TestCtimeIsNoted(t *testing.T) {
	p := onDisk(t)
	p.file("f", "1", old)
	p.known()
	before := p.x.Get("f").Witness.Ctime
	p.chmod("f", 0o600)
	p.chmod("f", 0o644)
	p.expect(p.scan())
	if p.x.Get("f").Witness.Ctime == before {
		p.Error("the new ctime is not in the index")
	}
}

// Whoever wrote a witness may have kept what means nothing for its kind.
func TestSizeAndMtimeOfDirectoriesMeanNothing(t *testing.T) {
	p := onDisk(t)
	p.dir("d")
	p.link("l", "d")
	r := p.scan()
	for i := range r.Changed {
		r.Changed[i].Witness.Size = 4096
	}
	r.Changed[0].Witness.Mtime = 1
	p.acknowledge(r)
	p.expect(p.scan())
}

// Entries that the disk never showed say nothing about it.
func TestPendingCreationsAreNoAbsences(t *testing.T) {
	everywhere(t, func(p *place) {
		p.acknowledge(&Result{Changed: []Found{{Path: "pending"}, {Path: "pending/x"}}})
		p.file("z", "", old)
		p.expect(p.scan(), "+z file")
		p.file("pending/x", "", old)
		p.expect(p.scan(), "+pending dir", "+pending/x file", "+z file")
	})
}

func TestPrivateFoldersAreNeverSeen(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file(".latus/index.jsonl", "x", old)
		p.file("nested/.LATUS/trash/y", "y", old)
		p.file("nested/z", "z", old)
		r := p.scanWith(ignoring("!.latus", "!*"), systemClock{})
		p.expect(r, "+nested dir", "+nested/z file")
	})
}

func TestIgnored(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("a.o", "", old)
		p.file("build/x", "", old)
		p.file("build/y/z", "", old)
		p.file("src/a.o", "", old)
		p.known()
		// Ignored from now on: nothing is said of what the index has, gone or there.
		p.file(".latusignore", "*.o\nbuild/", old)
		p.file("src/.latusignore", "!a.o", old)
		p.remove("build/x")
		p.file("build/new", "", old)
		p.file("b.o", "", old)
		p.remove("a.o")
		p.file("src/a.o", "changed", old)
		r := p.scan()
		p.expect(r, "+.latusignore file", "+src/.latusignore file", "+src/a.o file")
		if r.Files != 3 || r.Was != 1 || r.Lost != 0 {
			p.Errorf("counts: %+v", r)
		}
		// The command line overrides the files.
		p.expect(p.scanWith(ignoring("!*.o", ".latusignore"), systemClock{}), "-a.o", "+b.o file", "+src/a.o file")
		// Patterns end with their file, in the same filter too.
		o := ignoring()
		p.scanWith(o, systemClock{})
		p.remove(".latusignore")
		p.remove("src/.latusignore")
		p.expect(p.scanWith(o, systemClock{}), "-a.o", "+b.o file", "+build/new file", "-build/x", "+src/a.o file")
	})
}

// A directory that holds what is left alone cannot be removed.
func TestKeeps(t *testing.T) {
	everywhere(t, func(p *place) {
		for _, path := range []index.Path{"a/b/x.o", "a.c/y", "ignored/y", "nested/.latus/z", "n.o", "plain/d/y"} {
			p.file(path, "", old)
		}
		r := p.scanWith(ignoring("*.o", "ignored"), systemClock{})
		for dir, want := range map[index.Path]bool{"a": true, "a/b": true, "a.c": false, "nested": true, "plain": false, "plain/d": false} {
			if r.Keeps(dir) != want {
				p.Errorf("Keeps(%q) is not %v; kept are %q", dir, want, r.Kept)
			}
		}
	})
}

// A directory that went away takes along only what was not ignored in it.
func TestGoneDirectoryWithIgnoredContent(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("d/a.o", "", old)
		p.file("d/b", "", old)
		p.known()
		p.remove("d")
		p.expect(p.scanWith(ignoring("*.o"), systemClock{}), "-d", "-d/b")
	})
}

func TestIgnoreFileThatCannotBeRead(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("d/.latusignore", "secret", old)
		p.file("d/secret", "", old)
		p.file("e/x", "", old)
		p.before = func(op string, at index.Path) error {
			if op == "Read" && at == "d/.latusignore" {
				return fs.ErrPermission
			}
			return nil
		}
		p.expect(p.scan(), "+e dir", "+e/x file", "!/d: its .latusignore cannot be read: "+fs.ErrPermission.Error())
		p.before = nil
		p.remove("d/.latusignore")
		p.link("d/.latusignore", "secret") // not a file: says nothing
		p.expect(p.scan(), "+d dir", "+d/.latusignore link", "+d/secret file", "+e dir", "+e/x file")
	})
}

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
					if reason, blocked := r.Blocked(path); !blocked || reason != "input/output error" {
						p.Errorf("Blocked(%q) = %q, %v", path, reason, blocked)
					}
				}
				if _, blocked := r.Blocked("z"); blocked {
					p.Error("z is blocked")
				}
			})
		})
	}
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
			"!/auto: another filesystem is mounted here", "!/file: another filesystem is mounted here", "!/mnt: another filesystem is mounted here")
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

func TestMoves(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("a", "same", old)
		p.file("b", "same", old)
		p.file("d/x", "x", old)
		p.file("d/y", "y", old+5)
		p.link("l", "a")
		p.file("edited", "1", old)
		p.known()
		if p.x.Get("a").Witness.Btime == 0 {
			p.Skip("no birth times here")
		}
		tx := p.x.Begin()
		hash := index.Hash{1, 2, 3}
		tx.Annotate("a", p.x.Get("a").Heads[0].Gen, hash)
		if err := tx.Commit(false); err != nil {
			p.Fatal(err)
		}
		p.rename("a", "a2")
		p.rename("d", "e")
		p.rename("l", "l2")
		p.rename("edited", "edited2")
		p.file("edited2", "22", old)
		p.in("b", func(d tree.Dir, name string) error { return d.Hardlink(d, name, "b2") })
		r := p.scan()
		p.expect(r, "-a", "+a2 file from a", "+b2 file", "-d", "-d/x", "-d/y", "+e dir", "+e/x file from d/x", "+e/y file from d/y",
			"-edited", "+edited2 file", "-l", "+l2 link from l")
		if r.Changed[1].Hash != hash || r.Changed[1].Origin.Gen != p.x.Get("a").Heads[0].Gen {
			p.Errorf("moved: %+v", r.Changed[1])
		}
	})
}

func TestNoMovesWhereInodesSayLittle(t *testing.T) {
	for name, lack := range map[string]func(*tree.Traits){
		"inodes":      func(t *tree.Traits) { t.StableInodes = false },
		"birth times": func(t *tree.Traits) { t.BirthTimes = false },
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(p *place) {
				lack(&p.traits)
				p.file("a", "1", old)
				p.known()
				p.rename("a", "b")
				p.expect(p.scan(), "-a", "+b file")
			})
		})
	}
}

// What replaced another file is an edit of that one.
func TestMoveOverAnotherFile(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("a", "1", old)
		p.file("b", "22", old)
		p.known()
		p.remove("b")
		p.rename("a", "b")
		p.expect(p.scan(), "-a", "+b file")
	})
}

// A file of the same size and mtime under another inode: its content decides where
// it is known, else whether the others stayed what they were.
func TestReplacedUnderTheSameLook(t *testing.T) {
	replace := func(p *place, name index.Path, content string) {
		p.file("new", content, old)
		p.remove(name)
		p.rename("new", name)
	}
	swap := func(p *place) {
		p.rename("a", "x")
		p.rename("b", "a")
		p.rename("x", "b")
	}
	for name, c := range map[string]struct {
		do     func(p *place)
		hashed string // what is replaced where the index knows hashes
		not    string // and where it does not
	}{
		"one":         {func(p *place) { replace(p, "a", "9") }, "a", "a"},
		"one, alike":  {func(p *place) { replace(p, "a", "1") }, "", "a"},
		"swapped":     {swap, "a b", "a b"},
		"mode alone":  {func(p *place) { p.chmod("a", 0o600) }, "", ""},
		"all":         {func(p *place) { replace(p, "a", "1"); replace(p, "b", "2"); replace(p, "c", "3") }, "", ""},
		"all but one": {func(p *place) { replace(p, "a", "1"); replace(p, "b", "9") }, "b", ""},
		"no inodes":   {func(p *place) { p.traits.StableInodes = false; swap(p) }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, o := range []Options{{}, {Checksum: true}} {
				for _, hashed := range []bool{true, false} {
					p := onDisk(t)
					for i, n := range []index.Path{"a", "b", "c"} {
						p.file(n, fmt.Sprint(i+1), old)
					}
					p.acknowledge(p.scanWith(Options{Checksum: hashed}, &stoppedClock{now: time.Now()}))
					if e := p.x.Get("a"); e.Witness.Btime == 0 {
						t.Skip("no birth times here")
					}
					c.do(p)
					var got []string
					for _, f := range p.scanWith(o, &stoppedClock{now: time.Now()}).Changed {
						if f.Replaced {
							got = append(got, string(f.Path))
							if !f.Hash.Known() {
								t.Errorf("%s was not read", f.Path)
							}
						}
					}
					want := c.not
					if hashed {
						want = c.hashed
					}
					if strings.Join(got, " ") != want {
						t.Errorf("with hashes %v, options %+v: replaced %q, not %q", hashed, o, got, want)
					}
				}
			}
		})
	}
}

// One name that went away is the origin of one new name.
func TestAMoveIsClaimedOnce(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("a", "1", old)
		p.known()
		if p.x.Get("a").Witness.Btime == 0 {
			p.Skip("no birth times here")
		}
		p.rename("a", "b")
		p.in("b", func(d tree.Dir, name string) error { return d.Hardlink(d, name, "c") })
		p.expect(p.scan(), "-a", "+b file from a", "+c file")
	})
}

func TestCaseRenameWhereNamesFold(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("Foo", "1", old)
		p.known()
		p.rename("Foo", "foo")
		p.traits.FoldsCase = true
		p.Tree = folding{p.Tree}
		p.expect(p.scan(), "-Foo", "+foo file from Foo")
	})
}

// A name that comes while its directory is read is there, not another one's.
func TestNameThatComesBackWhereNamesFold(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("foo", "1", old)
		p.known()
		p.rename("foo", "elsewhere")
		p.traits.FoldsCase = true
		p.before = func(op string, at index.Path) error {
			if op == "Stat" && at == "foo" && p.everything("", map[index.Path]truth{})["foo"].Kind == index.Absent {
				p.in("elsewhere", func(d tree.Dir, name string) error { return d.Hardlink(d, name, "foo") })
			}
			return nil
		}
		p.expect(p.scan(), "+elsewhere file")
	})
}

// folding answers a Stat of Foo with foo.
type folding struct{ tree.Tree }

type foldingDir struct{ tree.Dir }

func (t folding) Open(p index.Path) (tree.Dir, error) {
	d, err := t.Tree.Open(p)
	return foldingDir{d}, err
}

func (d foldingDir) Stat(name string) (tree.Info, error) { return d.Dir.Stat(strings.ToLower(name)) }

func TestCancelled(t *testing.T) {
	p := onDisk(t)
	for i := range 50 {
		p.file(index.Path(fmt.Sprintf("d%d/e/f", i)), "", old)
	}
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	p.before = func(op string, at index.Path) error {
		if n++; n == 60 {
			cancel()
		}
		return nil
	}
	if _, err := Scan(ctx, p, p.x, Options{Workers: 1}); !errors.Is(err, context.Canceled) {
		p.Errorf("cancelled: %v", err)
	}
	if n > 62 {
		p.Errorf("%d operations after the cancellation", n-60)
	}
}

func TestDeepAndWide(t *testing.T) {
	everywhere(t, func(p *place) {
		deep := index.Path("deep")
		for range 200 {
			p.file(deep.Join("a/f"), "", old)
			deep = deep.Join("d")
		}
		for i := range 500 {
			p.file(index.Path(fmt.Sprintf("wide/d%03d/f", i)), "", old)
		}
		r := p.scan()
		if r.Files != 700 || len(r.Changed) != 1601 {
			p.Errorf("%d files, %d changed", r.Files, len(r.Changed))
		}
		if n := p.most.Load(); n > maxHeld+2*defaultWorkers {
			p.Errorf("%d directories held at a time", n)
		}
		p.acknowledge(r)
		p.expect(p.scan())
	})
}

func TestBlockedBySpecial(t *testing.T) {
	r := &Result{Specials: []Problem{{"a/socket", "a socket", true}}, Problems: []Problem{{"a", "why", false}}}
	for p, want := range map[index.Path]bool{"a": true, "a/b": false, "a/socket": true, "a/socket/x": true, "a/sockets": false} {
		if _, blocked := r.Blocked(p); blocked != want {
			t.Errorf("Blocked(%q) = %v", p, blocked)
		}
	}
}

func TestFinestTickIsWaitedForOnce(t *testing.T) {
	everywhere(t, func(p *place) {
		now := time.Now()
		p.file("fresh", "1", now.UnixNano()-1e6)
		p.file("past", "1", old)
		p.file("future", "1", now.Add(time.Hour).UnixNano())
		c := &stoppedClock{now: now}
		p.acknowledge(p.scanWith(Options{}, c))
		if c.slept != 9*time.Millisecond {
			p.Errorf("slept %v for a file written 1 ms ago", c.slept)
		}
		c = &stoppedClock{now: now}
		p.expect(p.scanWith(Options{}, c))
		if c.slept != 0 {
			p.Errorf("slept %v for nothing", c.slept)
		}
	})
}
