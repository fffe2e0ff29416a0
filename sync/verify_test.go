package sync_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// verified is a Verify as it looked from outside.
type verified struct {
	*replica.VerifyReport
	err   error
	found []string // "f: damaged"
}

func (v *verified) Phase(peer.Phase)       { /* not of interest */ }
func (v *verified) Progress(peer.Progress) { /* nor this */ }
func (v *verified) Problem(tree int, p peer.Problem) {
	v.found = append(v.found, fmt.Sprintf("%s: problem", p.Path))
}
func (v *verified) Verdict(what replica.Verdict, p peer.Problem) {
	name := []string{"damaged", "repaired", "edited", "new", "unchecked"}[what]
	v.found = append(v.found, fmt.Sprintf("%s: %s", p.Path, name))
}

// verify verifies a tree, and repairs it if from is not nil.
func (s *site) verify(from *site) *verified {
	s.w.t.Helper()
	s.w.hours++
	var helper *peer.Member
	if from != nil {
		r := from.open()
		defer r.Close()
		helper = &peer.Member{Spec: from.name, Replica: r}
	}
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(s.w.rand.Uint32())
	}
	v := &verified{}
	v.VerifyReport, v.err = replica.Verify(context.Background(), "/"+s.name, replica.VerifyOptions{From: helper, Trash: true}, s.options(rand.NewChaCha8(seed)), v)
	slices.Sort(v.found)
	return v
}

// damage changes a byte of a file, and nothing that a look shows but the ctime.
func (s *site) damage(p index.Path) {
	s.w.t.Helper()
	s.at(p, func(d tree.Dir, name string) error {
		was, err := d.Stat(name)
		if err != nil {
			return err
		}
		f, err := d.Write(name)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := f.Seek(was.Size-1, io.SeekStart); err != nil {
			return err
		}
		if _, err := f.Write([]byte{'~'}); err != nil {
			return err
		}
		return f.Chtime(was.Mtime)
	})
}

func (v *verified) must(t testing.TB, found ...string) {
	t.Helper()
	slices.Sort(found)
	if v.err != nil || !slices.Equal(v.found, found) {
		t.Fatalf("%v, found %q, not %q", v.err, v.found, found)
	}
}

// Repair takes good bytes from wherever they are, and is not put off by bad ones.
func TestRepair(t *testing.T) {
	w := newWorld(t, 1, 2)
	a, b := w.sites[0], w.sites[1]
	large := strings.Repeat("a large file of many blocks ", 40_000)
	a.mkdir("d")
	for p, text := range map[index.Path]string{
		"small": "small", "large": large, "both": large + "both", "both-copy": large + "both",
		"lost": "nobody has it", "d/empty": "", "gone": "only in the trash", "gone-copy": "only in the trash",
	} {
		a.write(p, text)
	}
	w.two(a, b)
	b.remove("gone-copy")
	w.two(a, b)
	before, there := a.look(), b.look()
	for _, p := range []index.Path{"small", "large", "both", "lost", "gone"} {
		a.damage(p)
	}
	b.damage("both")
	b.damage("lost")
	b.damage("gone")
	a.damage("both-copy")
	a.verify(nil).must(t, "small: damaged", "large: damaged", "both: damaged", "both-copy: damaged", "lost: damaged", "gone: damaged")

	// A run spreads none of it.
	c := w.add("C")
	w.sync(latussync.Options{MaxDelete: off}, a, c)
	if got := c.look(); len(got) != 2 {
		t.Fatal(got)
	}
	v := a.verify(b)
	v.must(t, "small: repaired", "large: repaired", "both: repaired", "both-copy: repaired", "gone: repaired", "lost: damaged")
	delete(before, "lost")
	got := a.look()
	delete(got, "lost")
	if diff := difference(before, got); diff != "" {
		t.Fatal(diff)
	}
	trash := a.contents(false)
	if !trash["smal~"] || !trash["only in the tras~"] || trash["nobody has it"] {
		t.Fatal("the damaged bytes are not in the trash")
	}
	if diff := difference(there, b.look()); !strings.Contains(diff, "both") {
		t.Fatal(diff)
	}
	if r := w.two(a, b); r.Changes > 0 || len(r.problems)+len(r.conflicts) > 0 {
		t.Fatal(r.changes, r.problems, r.conflicts)
	}
}

// A repair that was stopped anywhere leaves every file as it should be or as it
// was, and can be made again.
func TestRepairStopped(t *testing.T) {
	w := newWorld(t, 2, 2)
	for i := range 6 {
		w.sites[0].write(index.Path(fmt.Sprint("f", i)), fmt.Sprint("content ", i))
	}
	w.sites[0].chmod("f3", 0o750)
	w.two(w.sites...)
	before := w.sites[0].look()
	for i := range 5 {
		w.sites[0].damage(index.Path(fmt.Sprint("f", i)))
	}
	bad := w.sites[0].look()
	for n := 1; ; n++ {
		a, b := w.sites[0].clone("A"), w.sites[1].clone("B")
		a.mem.StopAt(n)
		v := a.verify(b)
		a.mem.Restart()
		if v.err != nil && !errors.Is(v.err, tree.ErrStopped) {
			t.Fatal(n, v.err)
		}
		for p, got := range a.look() {
			if got != before[p] && got != bad[p] {
				t.Fatalf("stopped at %d: %s is %v", n, p, got)
			}
		}
		if again := a.verify(b); again.err != nil || again.Verdicts[replica.Damaged] > 0 {
			t.Fatal(n, again.err, again.found)
		}
		a.mustLook(fmt.Sprint("stopped at ", n), before)
		if !a.contents(false)["content ~"] {
			t.Fatalf("stopped at %d: what was damaged is lost", n)
		}
		if r := w.two(a, b); r.Changes > 0 || len(r.problems) > 0 {
			t.Fatal(n, r.changes, r.problems)
		}
		if v.err == nil {
			return
		}
	}
}

// What a disk does not give back is a problem, and can be repaired.
func TestVerifyFailingDisk(t *testing.T) {
	w := newWorld(t, 3, 2)
	a, b := w.sites[0], w.sites[1]
	a.write("f", "content")
	a.write("g", "other")
	w.two(a, b)
	before := a.look()
	bad := uint64(0)
	a.in("", func(d tree.Dir) error {
		i, err := d.Stat("f")
		bad = i.Inode
		return err
	})
	failing := a.mem.Clone(memory.WithName("/A"), memory.WithClock(a.now), memory.WithHook(func(c memory.Call) error {
		if c.Op == "read" && c.Dir == "" && c.Name == "f" {
			if i, err := a.mem.User().Open(""); err == nil {
				defer i.Close()
				if s, err := i.Stat("f"); err == nil && s.Inode == bad {
					return errors.New("input/output error")
				}
			}
		}
		return nil
	}))
	a.mem = failing
	v := a.verify(nil)
	if len(v.found) != 1 || v.found[0] != "f: damaged" {
		t.Fatal(v.err, v.found)
	}
	v = a.verify(b)
	v.must(t, "f: repaired")
	a.mustLook("afterwards", before)
}

// A file that is edited while it is verified is an edit.
func TestVerifyEditedMeanwhile(t *testing.T) {
	w := newWorld(t, 4, 2)
	a, b := w.sites[0], w.sites[1]
	a.write("f", "content")
	a.write("g", "other")
	w.two(a, b)
	edited := 0
	a.mem = a.mem.Clone(memory.WithName("/A"), memory.WithClock(a.now), memory.WithHook(func(c memory.Call) error {
		if c.Op == "read" && c.Dir == "" && c.Name == "f" && edited == 0 {
			edited++
			a.write("f", "changed")
		}
		return nil
	}))
	a.verify(nil).must(t, "f: edited")
	if edited == 0 {
		t.Fatal("nothing was edited")
	}
	w.two(a, b)
	b.mustLook("afterwards", a.look())
}

// misleading is a tree that gives another target of a link than it was told.
type misleading struct {
	*memory.Tree
	name, target string
}

func (m *misleading) Open(p index.Path) (tree.Dir, error) {
	d, err := m.Tree.Open(p)
	if err != nil {
		return nil, err
	}
	return misleadingDir{d, m}, nil
}

type misleadingDir struct {
	tree.Dir
	m *misleading
}

func (d misleadingDir) Readlink(name string) (string, error) {
	if name == d.m.name {
		return d.m.target, nil
	}
	return d.Dir.Readlink(name)
}

// A link that leads elsewhere than recorded, though it looks as it did, is damaged.
func TestVerifyLinks(t *testing.T) {
	w := newWorld(t, 5, 2)
	a, b := w.sites[0], w.sites[1]
	a.mkdir("d")
	a.link("d/good", "somewhere")
	a.link("d/bad", "somewhere")
	a.link("edited", "somewhere")
	w.two(a, b)
	b.verify(nil).must(t)
	b.remove("edited")
	b.link("edited", "elsewhere")
	b.tree = &misleading{b.mem, "bad", "into the void"}
	v := b.verify(a)
	v.must(t, "d/bad: damaged", "edited: edited")
	if v.Verdicts[replica.Damaged] != 1 || v.Files != 0 {
		t.Errorf("%+v", v.VerifyReport)
	}
}
