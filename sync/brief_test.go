package sync_test

import (
	"slices"
	"testing"

	"latus/index"
)

// The hash of what was moved is not told, and yet both trees know it afterwards.
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
