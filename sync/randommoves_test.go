package sync_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"latus/index"
)

// Random moves, whatever they are, make the trees equal without a byte of content
// that crosses: files and directories to other places and names, swaps, rings, onto
// others, and now and then something is deleted. Both sides move, in turns.
func TestRandomMoves(t *testing.T) {
	n := uint64(60)
	if testing.Short() {
		n = 20
	}
	for seed := uint64(1); seed <= n; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, seed, 2)
			a, b := w.sites[0], w.sites[1]
			for _, dir := range []index.Path{"d", "d/e", "f", "f/g"} {
				a.mkdir(dir)
			}
			for i := range 16 {
				dir := []index.Path{"", "d", "d/e", "f/g"}[i%4]
				a.write(dir.Join(fmt.Sprint("n", i)), fmt.Sprintf("content %03d", i))
			}
			w.two(a, b)
			for round := range 6 {
				s := w.sites[w.rand.IntN(2)]
				model := s.look()
				for i := range 1 + w.rand.IntN(6) {
					w.move(s, model, fmt.Sprint("new", round, i))
				}
				if !maps.Equal(s.look(), model) {
					t.Fatalf("the model is wrong:\n%s", difference(model, s.look()))
				}
				r := w.two(a, b)
				for _, at := range w.sites {
					if got := at.look(); !maps.Equal(got, model) {
						t.Fatalf("round %d: %s is not what it should be:\n%s", round, at.name, difference(model, got))
					}
				}
				for _, tree := range r.Trees {
					if tree.Bytes > 0 {
						t.Fatalf("round %d: %d bytes came to %s: %q", round, tree.Bytes, tree.Name, r.changes)
					}
				}
			}
		})
	}
}

// move has a user move something, on the disk and in the model.
func (w *world) move(s *site, model map[index.Path]thing, fresh string) {
	pick := func(kind index.Kind) index.Path {
		var ps []index.Path
		for p, t := range model {
			if t.kind == kind {
				ps = append(ps, p)
			}
		}
		if len(ps) == 0 {
			return ""
		}
		slices.SortFunc(ps, index.Compare)
		return ps[w.rand.IntN(len(ps))]
	}
	rename := func(from, to index.Path) {
		s.rename(from, to)
		for p, t := range maps.Clone(model) {
			if p == from || p.Under(from) {
				delete(model, p)
				model[to+p[len(from):]] = t
			}
		}
	}
	x, y, z, dir := pick(index.File), pick(index.File), pick(index.File), pick(index.Dir)
	if w.rand.IntN(3) == 0 {
		dir = ""
	}
	const aside = "aside"
	switch w.rand.IntN(7) {
	case 0, 1: // to another name, perhaps elsewhere
		if x != "" {
			rename(x, dir.Join(fresh))
		}
	case 2: // a directory
		if d := pick(index.Dir); d != "" && d != dir && !dir.Under(d) {
			rename(d, dir.Join(fresh))
		}
	case 3: // a swap
		if x != y {
			rename(x, aside)
			rename(y, x)
			rename(aside, y)
		}
	case 4: // a ring
		if x != y && y != z && x != z {
			rename(x, aside)
			rename(y, x)
			rename(z, y)
			rename(aside, z)
		}
	case 5: // onto another
		if x != y {
			s.remove(y)
			delete(model, y)
			rename(x, y)
		}
	case 6: // directories that change places
		d, e := pick(index.Dir), pick(index.Dir)
		if d != e && d != "" && !d.Under(e) && !e.Under(d) {
			rename(d, aside)
			rename(e, d)
			rename(aside, e)
		}
	}
}
