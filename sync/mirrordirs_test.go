package sync_test

import (
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
)

// A directory that stands on the first tree for what was in it alone, and is empty now, is
// what the others are to have: neither what had lost its name to it, nor nothing.
func TestMirrorOfAnEmptiedDirectory(t *testing.T) {
	for _, rival := range []bool{true, false} {
		w, s := three(t, "AB")
		s[0].mkdir("p")
		s[0].write("p/f", "in p")
		w.two(s...)
		s[1].remove("p")
		if rival {
			s[1].write("p", "a file")
		}
		s[0].write("p/f", "edited in p")
		w.two(s...)
		s[0].remove("p/f")
		for i := range 2 {
			r := w.sync(latussync.Options{Mode: peer.Mirror, MaxDelete: off}, s...)
			if r.err != nil || len(r.problems) > 0 || i > 0 && len(r.changes) > 0 {
				t.Fatalf("rival %t, run %d: %v, changes %q, problems %q", rival, i, r.err, r.changes, r.problems)
			}
			w.same(s...)
			if is := s[1].kind("p"); is != index.Dir {
				t.Fatalf("rival %t: p is %v", rival, is)
			}
		}
		if r := w.two(s...); len(r.changes)+len(r.problems) > 0 {
			t.Fatalf("still changes %q, problems %q", r.changes, r.problems)
		}
	}
}

// The same after a run in which the first tree took nothing from the others: the next one
// in which it does makes them equal.
func TestEmptiedDirectoryAfterOneWay(t *testing.T) {
	w, s := three(t, "AB")
	s[0].mkdir("p")
	s[0].write("p/f", "in p")
	s[0].chmod("p", 0o750)
	w.two(s...)
	s[1].remove("p")
	s[0].write("p/f", "edited in p")
	w.two(s...)
	s[0].rename("p/f", "out")
	if r := w.sync(latussync.Options{Mode: peer.OneWay, MaxDelete: off}, s...); r.err != nil || len(r.problems) > 0 {
		t.Fatalf("%v, problems %q", r.err, r.problems)
	}
	w.two(s...)
	w.same(s...)
	if r := w.two(s...); len(r.changes)+len(r.problems) > 0 {
		t.Fatalf("still changes %q, problems %q", r.changes, r.problems)
	}
}

// The mode of a directory that stands for what is in it alone is put back like that of any.
func TestMirrorOfAnImpliedDirectory(t *testing.T) {
	w, s := three(t, "AB")
	s[0].mkdir("p")
	s[0].write("p/f", "in p")
	w.two(s...)
	s[1].remove("p/f")
	s[1].remove("p")
	s[0].write("p/f", "edited in p")
	w.two(s...)
	was := s[0].look()["p"].mode
	s[1].chmod("p", 0o700)
	for i := range 2 {
		r := w.sync(latussync.Options{Mode: peer.Mirror, MaxDelete: off}, s...)
		if r.err != nil || len(r.problems) > 0 || i > 0 && len(r.changes) > 0 {
			t.Fatalf("run %d: %v, changes %q, problems %q", i, r.err, r.changes, r.problems)
		}
		w.same(s...)
	}
	if r := w.two(s...); len(r.changes) > 0 || s[0].look()["p"].mode != was {
		t.Fatalf("changes %q, mode %o", r.changes, s[0].look()["p"].mode)
	}
}
