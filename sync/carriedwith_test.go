package sync_test

import (
	"strings"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/filter"
	"latus/sync/tree/memory"
)

// Another name of a file, which the stick cannot hold, does not go with an edit of the one that
// it holds.
func TestLinkedNameLeftBehind(t *testing.T) {
	w := newWorld(t, 1, 2)
	a, b := w.sites[0], w.sites[1]
	b.write("x", "one")
	w.two(a, b)
	b.hardlink("x", "a:b")
	w.two(a, b)
	b.mem.Carry(exFAT)
	w.two(a, b)
	w.hours++
	b.write("x", "edited there")
	w.two(a, b)
	if l := a.look(); l["a:b"].text != "one" || l["x"].text != "edited there" {
		t.Errorf("%v", l)
	}
}

// Where Unicode forms were one name, and now case does not count either.
func TestCarriedFromWhereFormsFold(t *testing.T) {
	w := newWorld(t, 1, 2)
	a, b := w.sites[0], w.sites[1]
	apfs := memory.Capable()
	apfs.Normalizes = true
	b.mem.Carry(apfs)
	a.write("README", "of one name")
	a.write("Readme", "of the other")
	w.two(a, b)
	w.same(a, b)
	b.mem.Carry(exFAT)
	w.two(a, b)
	if l := a.look(); len(l) != 2 {
		t.Errorf("%v", l)
	}
}

// Two directories of one name: what was in the one that gave way was not deleted.
func TestDirectoriesOfOneName(t *testing.T) {
	w := newWorld(t, 1, 2)
	a, b := w.sites[0], w.sites[1]
	for _, p := range []index.Path{"D", "d", "d/deep", "D/deep"} {
		a.mkdir(p)
	}
	a.write("D/deep/x", "only there")
	a.write("d/y", "y")
	w.two(a, b)
	before := a.look()
	b.mem.Carry(exFAT)
	for range 2 {
		w.two(a, b)
		a.mustLook("afterwards", before)
	}
}

// What is ignored is not looked at where the tree is now, and judged by what was there before
// once it is not ignored any more.
func TestIgnoredWhileCarried(t *testing.T) {
	for _, back := range []bool{false, true} {
		w := newWorld(t, 1, 2)
		a, b := w.sites[0], w.sites[1]
		a.mkdir("d")
		a.write("d/README", "of one name")
		a.write("d/key", "secret")
		a.chmod("d/key", 0o600)
		if !back {
			a.write("d/Readme", "of the other")
		}
		w.two(a, b)
		before := a.look()
		if back {
			b.mem.Carry(exFAT)
			w.two(a, b)
		}
		b.write(filter.File, "d\n")
		w.two(a, b)
		if back {
			b.mem.Carry(memory.Capable())
			b.chmod("d/key", 0o644) // as cp makes it
		} else {
			b.mem.Carry(exFAT)
		}
		for range 2 {
			w.two(a, b)
		}
		b.remove(filter.File)
		for range 3 {
			w.two(a, b)
			a.mustLook("afterwards", before)
		}
		if back && b.look()["d/key"].mode != 0o600 {
			t.Error("the secret can be read")
		}
		if n := len(b.config().Before); n > 0 {
			t.Errorf("back %v: %d filesystems are remembered", back, n)
		}
	}
}

// faulty is a tree in which nothing that is named bad can be looked at while *on.
func faulty(w *world) (s *site, on *bool) {
	on = new(bool)
	return w.add("B", memory.WithHook(func(c memory.Call) error {
		if *on && strings.HasPrefix(c.Name, "bad") {
			return errIO
		}
		return nil
	})), on
}

// What can be looked at is edited by its user as anywhere, whatever else cannot be read.
func TestChmodBesideWhatCannotBeRead(t *testing.T) {
	w := newWorld(t, 1, 1)
	a := w.sites[0]
	b, on := faulty(w)
	b.mem.Carry(exFAT)
	a.write("key", "secret")
	a.mkdir("bad")
	a.write("bad/f", "secret")
	w.two(a, b)
	b.mem.Carry(memory.Capable())
	*on = true
	w.two(a, b)
	w.two(a, b)
	b.chmod("key", 0o600)
	w.two(a, b)
	if x, y := a.look()["key"].mode, b.look()["key"].mode; x != 0o600 || y != 0o600 {
		t.Errorf("chmod 600 on B: %o on A, %o on B", x, y)
	}
}

// A stick on which something could not be read, and back: what a scan saw there is judged by
// the stick, and the rest by what it was on before.
func TestThereAndBack(t *testing.T) {
	w := newWorld(t, 1, 1)
	a := w.sites[0]
	b, on := faulty(w)
	a.mkdir("bad")
	for _, p := range []index.Path{"key", "bad/key"} {
		a.write(p, "secret")
		a.chmod(p, 0o600)
	}
	w.two(a, b)
	b.mem.Carry(exFAT)
	*on = true
	w.two(a, b)
	b.mem.Carry(memory.Capable())
	b.chmod("key", 0o644) // as cp makes it
	*on = false
	for range 2 {
		w.two(a, b)
	}
	if x, y := a.look()["key"].mode, b.look()["key"].mode; x != 0o600 || y != 0o600 {
		t.Errorf("%o on A, %o on B", x, y)
	}
}

// A full stick can be synced with, to make room on it.
func TestCarriedToAFullStick(t *testing.T) {
	w := newWorld(t, 1, 2)
	a, b := w.sites[0], w.sites[1]
	a.write("f", "x")
	a.write("g", "x")
	a.link("link", "f")
	w.two(a, b)
	b.mem.Carry(exFAT)
	b.mem.SetSpace(0)
	a.remove("g")
	r := w.sync(latussync.Options{MaxDelete: off}, a, b)
	if l := a.look(); l["link"].text != "f" {
		t.Errorf("%v, %v", r.err, l)
	}
	b.mem.SetSpace(-1)
	w.two(a, b)
	if b.look()["g"].kind.Live() || a.look()["link"].text != "f" {
		t.Errorf("%v", b.look())
	}
}
