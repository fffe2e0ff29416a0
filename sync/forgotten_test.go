package sync_test

import (
	"testing"

	latussync "latus/sync"
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
