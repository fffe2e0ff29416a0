package sync_test

import (
	"fmt"
	"runtime"
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// stick is a tree on a filesystem that keeps no permission bits, and coarse times.
func (w *world) stick(name string) *site {
	can := memory.Capable()
	can.Clock, can.ModeBits, can.StableInodes, can.BirthTimes = 2e9, 0, false, false
	return w.add(name, memory.WithTraits(can))
}

// Files that look all the same, as empty ones do out of an archive, are no reason to compare each
// with all the others.
func TestManyAlikeRenamedOnAStick(t *testing.T) {
	few, many := allocatedForAlike(t, 1000), allocatedForAlike(t, 4000)
	t.Logf("%d and %d KiB", few>>10, many>>10)
	if many > 5*few {
		t.Errorf("a run allocates %d KiB for 1000 of them, and %d KiB for 4000", few>>10, many>>10)
	}
}

// allocatedForAlike is how much a run allocates that finds n such files renamed.
func allocatedForAlike(t *testing.T, n int) uint64 {
	w := newWorld(t, 1, 1)
	a, b := w.sites[0], w.stick("Stick")
	a.mkdir("d")
	a.in("d", func(d tree.Dir) error {
		for i := range n {
			f, err := d.Create(fmt.Sprint("f", i), 0o600)
			if err != nil {
				return err
			}
			if err := first(f.Chtime(1_500_000_000e9), f.Close()); err != nil {
				return err
			}
		}
		return nil
	})
	w.two(a, b)
	b.rename("d", "e")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	w.two(a, b)
	runtime.ReadMemStats(&after)
	if mode := a.look()["e/f77"].mode; mode != 0o600 {
		t.Errorf("%o", mode)
	}
	return after.TotalAlloc - before.TotalAlloc
}

// Of several that a file may have been, one that nobody ever gave permission bits had the usual
// ones; and where they had several mtimes, in whatever order, it has what it shows.
func TestRenamedOnAStickOneOfSeveral(t *testing.T) {
	w := newWorld(t, 1, 1)
	a, b := w.sites[0], w.stick("Stick")
	const coarse = 1_500_000_000e9
	b.write("born", "text")
	b.touch("born", coarse)
	for i, p := range []index.Path{"open", "same"} {
		a.write(p, "text")
		a.touch(p, coarse+int64(min(i, 1)+1)*1000)
		a.chmod(p, 0o666)
	}
	a.write("third", "text")
	a.touch("third", coarse+2000)
	a.chmod("third", 0o666)
	w.two(a, b)
	for _, p := range []index.Path{"born", "open", "same", "third"} {
		b.remove(p)
	}
	b.write("new", "text")
	b.touch("new", coarse)
	w.two(a, b)
	if is := a.look()["new"]; is.mode != 0o644 || is.mtime != coarse {
		t.Errorf("%v", is)
	}
}

// Bits that lend a file's owner to others are not guessed: the owner does not come along.
func TestRenamedOnAStickLendsNobody(t *testing.T) {
	w := newWorld(t, 1, 0)
	a := w.add("A", memory.WithOwners(owners(1000, true)))
	b := w.stick("Stick")
	w.owner = true
	a.write("prog", "text")
	a.chown("prog", "u1:g1")
	a.chmod("prog", 0o4755)
	w.two(a, b)
	b.rename("prog", "moved")
	c := w.add("C", memory.WithOwners(owners(1000, true)))
	w.two(b, c)
	if is := c.look()["moved"]; is.mode != 0o755 {
		t.Errorf("%o, owner %s", is.mode, is.owner)
	}
}

// What is renamed alike elsewhere, and made private there, stays private: a stick tells of bits
// that were set before.
func TestRenamedOnAStickUndoesNoChmod(t *testing.T) {
	w := newWorld(t, 1, 1)
	a, b := w.sites[0], w.stick("Stick")
	a.write("key", "text")
	a.chmod("key", 0o644)
	a.mkdir("dir")
	a.chmod("dir", 0o755)
	a.write("dir/x", "more text")
	w.two(a, b)
	for _, s := range []*site{a, b} {
		s.rename("key", "mine")
		s.rename("dir", "own")
	}
	a.chmod("mine", 0o600)
	a.chmod("own", 0o700)
	w.two(a, b)
	w.two(a, b)
	for p, mode := range map[index.Path]uint32{"mine": 0o600, "own": 0o700} {
		if is := a.look()[p]; is.mode != mode {
			t.Errorf("%s is %o", p, is.mode)
		}
	}
}
