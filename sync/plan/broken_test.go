package plan

import (
	"slices"
	"testing"

	"latus/index"
)

// Each rule is broken on purpose once, to see that the checks would notice. A
// check that finds nothing here proves nothing elsewhere.
func TestBrokenRules(t *testing.T) {
	for _, c := range []struct {
		rule   string
		breaks func(r *rules)
	}{
		{"have is raised only when the disk followed", func(r *rules) { r.ahead = true }},
		{"knowledge is by tag, not by counter", func(r *rules) {
			r.known = func(w *world, b bits) Known { return bySeq{w, b} }
		}},
		{"an edit is a difference from the witness, not from the display", func(r *rules) {
			r.author = func(e *index.Entry, f Found, a Authoring) *index.Entry {
				d, live := Display(e.Heads)
				wrong := *e
				wrong.Witness = index.Witness{}
				if live {
					wrong.Witness = index.Witness{Kind: d.Kind, Size: d.Size, Mtime: d.Mtime, Mode: e.Mode.Value, Inode: e.Witness.Inode}
				}
				return Author(&wrong, f, a)
			}
		}},
		{"equal mtimes are equal by the clocks in the heads, not by the pair's", func(r *rules) {
			r.merge = func(a, b *index.Entry, ka, kb Known, m MergeRule) (*index.Entry, bool) {
				return MergeEntry(clocked(a), clocked(b), ka, kb, m)
			}
		}},
		{"knowledge is never merged without the heads", func(r *rules) {
			r.learn = func(mine, theirs bits, _ bool) bits { return mine.or(theirs) }
		}},
		{"a loser's bytes travel with its head", func(r *rules) {
			r.plan = func(in Input) *Plan {
				p := Make(in)
				p.Actions = slices.DeleteFunc(p.Actions, func(a Action) bool { return a.Op == Keep })
				return p
			}
		}},
		{"a loser is acknowledged when its bytes are there", func(r *rules) {
			r.ack = func(_ *Plan, e *index.Entry, w index.Witness) *index.Entry {
				return &index.Entry{Path: e.Path, Heads: e.Heads, Mode: e.Mode, Witness: w}
			}
		}},
		{"a live head beats a deletion", func(r *rules) {
			r.merge = only(func(h []index.Head) func(index.Head) bool {
				if !slices.ContainsFunc(h, func(h index.Head) bool { return h.Kind == index.Deleted }) {
					return nil
				}
				return func(h index.Head) bool { return h.Kind == index.Deleted }
			})
		}},
		{"an error is never a deletion", func(r *rules) {
			r.scan = func(_ index.Path, failed bool, o object) (object, bool) {
				if failed {
					return object{}, false
				}
				return o, false
			}
		}},
		{"ties are broken alike on both sides", func(r *rules) {
			r.merge = func(a, b *index.Entry, ka, kb Known, m MergeRule) (*index.Entry, bool) {
				n, changed := MergeEntry(a, b, ka, kb, m)
				if n != nil && a != nil && len(Losers(n.Heads)) > 0 {
					n.Heads = slices.DeleteFunc(slices.Clone(n.Heads), func(h index.Head) bool { return !hasGen(a.Heads, h.Gen) })
				}
				return n, changed
			}
		}},
		{"history beats a first scan", func(r *rules) {
			r.merge = only(func(h []index.Head) func(index.Head) bool {
				if !slices.ContainsFunc(h, func(h index.Head) bool { return h.First }) {
					return nil
				}
				return func(h index.Head) bool { return h.First }
			})
		}},
		{"what the other side knows and lacks is superseded", func(r *rules) {
			r.merge = func(a, b *index.Entry, _, _ Known, m MergeRule) (*index.Entry, bool) {
				return MergeEntry(a, b, byTag{}, byTag{}, m)
			}
		}},
		{"who lacks what was dropped gets the full listing", func(r *rules) {
			r.listed = func(floor, known bits) bool { return false }
		}},
		{"a directory lives while anything below it lives", func(r *rules) {
			r.plan = func(in Input) *Plan {
				p := Make(in)
				p.Actions = slices.DeleteFunc(p.Actions, func(a Action) bool {
					return a.Op == Mkdir && a.Head.Gen == (index.GenID{})
				})
				return p
			}
		}},
		{"a lost conflict's head stays until it is superseded", func(r *rules) {
			r.merge = only(func(h []index.Head) func(index.Head) bool {
				d, _ := Display(h)
				return func(h index.Head) bool { return h.Gen == d.Gen }
			})
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			r := sound()
			c.breaks(r)
			found := false
			x := explorer{moves: moves(3, []index.Path{"f"}, "touch")}
			w := inSync("f")
			w.rules = r
			x.explore(w, 3, 1)
			if x.found != "" {
				t.Logf("all histories of 3 steps: %s", x.found)
				found = true
			}
			for _, s := range stories {
				if what := s.told(r); what != "" {
					t.Logf("%s: %s", s.name, what)
					found = true
					break
				}
			}
			most := uint64(1000)
			if found {
				most = 50
			}
			for seed := range most {
				if what, _ := play(seed, r, seed%2 == 0, false); what != "" {
					t.Logf("random history %d: %s", seed, what)
					found = true
					break
				}
			}
			if !found {
				t.Error("nothing noticed that this rule was broken")
			}
		})
	}
}

// bySeq is knowledge as a counter an author. A restored or copied tree counts
// again from where the copy was made.
type bySeq struct {
	w *world
	b bits
}

func (k bySeq) Has(g index.GenID) bool {
	want := k.w.tags[g.Tag]
	return slices.ContainsFunc(k.b.all(), func(n int) bool {
		return k.w.tags[n].author == want.author && k.w.tags[n].seq >= want.seq
	})
}

func clocked(e *index.Entry) *index.Entry {
	if e == nil {
		return nil
	}
	n := *e
	n.Heads = slices.Clone(e.Heads)
	for i := range n.Heads {
		n.Heads[i].Clock = 1000
	}
	return &n
}

// only is a merge that keeps only what pick says, where it says anything.
func only(pick func([]index.Head) func(index.Head) bool) func(a, b *index.Entry, ka, kb Known, m MergeRule) (*index.Entry, bool) {
	return func(a, b *index.Entry, ka, kb Known, m MergeRule) (*index.Entry, bool) {
		n, changed := MergeEntry(a, b, ka, kb, m)
		if n == nil {
			return n, changed
		}
		if keep := pick(n.Heads); keep != nil {
			n.Heads = slices.DeleteFunc(slices.Clone(n.Heads), func(h index.Head) bool { return !keep(h) })
			n.Pending = n.Pending || !sameGens(n.Heads, n.Acked())
		}
		return n, changed
	}
}
