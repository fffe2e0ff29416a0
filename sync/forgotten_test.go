package sync_test

import (
	"testing"

	latussync "latus/sync"
	"latus/sync/tree/memory"
)

// A name that was deleted, and forgotten by the tree that makes something else of it, has
// nothing of what it was, on a tree that still remembers the deletion either.
func TestSomethingNewWhereADeletionIsForgotten(t *testing.T) {
	for was, before := range map[string]func(*site){
		"file": func(s *site) { s.write("s", "x") }, "directory": func(s *site) { s.mkdir("s") }, "link": func(s *site) { s.link("s", "b") },
	} {
		for is, then := range map[string]func(*site){
			"file": func(s *site) { s.write("s", "y") }, "directory": func(s *site) { s.mkdir("s") }, "link": func(s *site) { s.link("s", "a") },
		} {
			for _, all := range []bool{false, true} {
				w := newWorld(t, 1, 3)
				a, b, c := w.sites[0], w.sites[1], w.sites[2]
				o := latussync.Options{MaxDelete: off, Owner: all, Xattrs: all}
				a.write("a", "a")
				w.sync(o, a, b, c)
				before(a)
				if was != "link" {
					a.chmod("s", 0o700)
				}
				w.sync(o, a, b)
				a.clear("s")
				w.sync(o, a, b)
				w.sync(o, a, c)
				then(a)
				r := w.sync(o, a, c)
				if r.err != nil || len(r.problems) > 0 {
					t.Errorf("a %s instead of a %s: %v, %v", is, was, r.err, r.problems)
				}
				w.same(a, c)
				w.sync(o, b, c)
				if r = w.sync(o, a, b); len(r.problems)+len(r.changes) > 0 {
					t.Errorf("a %s instead of a %s: %v, %v", is, was, r.problems, r.changes)
				}
				w.same(a, b, c)
			}
		}
	}
}

// A deletion that one tree forgot, another one forgets when it is told what a third tree had
// registered there meanwhile. Whoever comes last still hears of the deletion.
func TestDeletionForgottenWithAnother(t *testing.T) {
	w := newWorld(t, 1, 4)
	a, b, c, d := w.sites[0], w.sites[1], w.sites[2], w.sites[3]
	for _, s := range w.sites {
		memory.WithAttrs()(s.mem)
	}
	run := func(attrs bool, sites ...*site) {
		t.Helper()
		r := w.sync(latussync.Options{MaxDelete: off, Join: true, Xattrs: attrs}, sites...)
		if r.err != nil || r.Unequal {
			t.Fatalf("%v, unequal %v: %s", r.err, r.Unequal, unlikeMemories(sites...))
		}
	}
	d.write("d", "content")
	d.attribute("d", "a=AA;")
	run(false, c, d)
	run(true, d, a)
	c.remove("d")
	run(false, b, c) // B forgets it at once
	run(true, a, b)
	run(true, b, c)
	run(true, c, d)
	for _, s := range w.sites {
		if _, there := s.look()["d"]; there {
			t.Errorf("%s has it still", s.name)
		}
	}
}
