package sync_test

import (
	"slices"
	"testing"

	"latus/index"
)

// The hash of what was moved is known on both trees, whether another one had it or not.
func TestHashOfWhatMoved(t *testing.T) {
	w := newWorld(t, 1, 2)
	a, b := w.sites[0], w.sites[1]
	a.mkdir("d")
	a.mkdir("x")
	a.write("d/f", "some content")
	a.write("x/f", "some content")
	w.two(a, b)
	hash := func(s *site, p index.Path) (h index.Hash) {
		s.index(func(x *index.Index) { h = x.Get(p).Heads[0].Hash })
		return h
	}
	was := hash(a, "d/f")
	for _, c := range []struct {
		by, follows *site
		from, to    index.Path
		file        index.Path // in a directory; "": itself
	}{{a, b, "d/f", "d/g", ""}, {b, a, "d/g", "f", ""}, {a, b, "x", "d/y", "/f"}} {
		c.by.rename(c.from, c.to)
		if r := w.two(a, b); !slices.Contains(r.changes, c.follows.name+" move "+string(c.to)) {
			t.Errorf("%v", r.changes)
		}
		if x, y := hash(a, c.to+c.file), hash(b, c.to+c.file); !was.Known() || x != was || y != was {
			t.Errorf("%s, moved: %s and %s", was, x, y)
		}
	}
}

// A file that is moved to where another tree has a file of the same size and mtime, and
// another content, is in conflict with it: the hash that tells so must come along.
func TestMovedBesideAnother(t *testing.T) {
	for _, hub := range []int{0, 1} {
		w := newWorld(t, 1, 3)
		a, b, c := w.sites[0], w.sites[1], w.sites[2]
		const at = 1_500_000_000_000_000_000
		b.write("f", "XXXX")
		b.touch("f", at)
		w.two(b, c)
		a.write("g", "YYYY")
		a.touch("g", at)
		w.two(c, a)
		b.rename("f", "g")
		r := w.two([]*site{a, b}[hub], []*site{b, a}[hub])
		if x, y := a.look()["g"].text, b.look()["g"].text; x != y || len(r.conflicts) != 1 {
			t.Errorf("hub %d: %q and %q, conflicts %v", hub, x, y, r.conflicts)
		}
	}
}

// The same rename on two trees is one version after one run.
func TestSameRename(t *testing.T) {
	for _, hub := range []int{0, 1} {
		w := newWorld(t, 1, 2)
		a, b := w.sites[0], w.sites[1]
		a.write("f", "some content")
		w.two(a, b)
		a.rename("f", "g")
		b.rename("f", "g")
		w.two(w.sites[hub], w.sites[1-hub])
		for _, s := range w.sites {
			s.index(func(x *index.Index) {
				if heads := x.Get("g").Heads; len(heads) != 1 {
					t.Errorf("hub %d: %s has %d versions", hub, s.name, len(heads))
				}
			})
		}
	}
}
