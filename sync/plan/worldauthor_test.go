package plan

import (
	"slices"

	"latus/index"
)

// Decisions that trees author while they merge.

func (w *world) mirror(t int, first *side, rule MergeRule) {
	s := w.sides[t]
	g := w.draw(s)
	a := Authoring{Gen: g, Now: w.clock + s.skew, Clock: 1, ModeBits: 0o777}
	used := false
	for _, p := range sortedPaths(s.entries) {
		n := Supersede(s.entries[p], first.entries[p], rule, a)
		if n == nil {
			continue
		}
		used = true
		s.entries[p] = n
		h, ok := n.Head(g)
		if !ok {
			continue
		}
		v := truth{kind: h.Kind}
		if h.Kind.Live() {
			v.content = w.versions[version{p, int(h.Origin.Gen.Tag)}].content
		}
		parents := s.merged[p].all()
		if d, live := Display(n.Heads); live && d.Gen != g { // what the first tree has stays the version that it is
			parents = slices.DeleteFunc(parents, func(tag int) bool { return tag == int(d.Gen.Tag) })
		}
		w.author(s, p, g, v, parents)
	}
	w.endGeneration(s, g, used)
}

// author notes the truth of a version made from others without touching a disk.
func (w *world) author(s *side, p index.Path, g index.GenID, v truth, parents []int) {
	for _, m := range parents {
		parent := w.versions[version{p, m}]
		v.before.add(m)
		v.before = v.before.or(parent.before)
		v.older = v.older.or(parent.older)
		if parent.kind == index.File {
			v.older.add(parent.content)
		}
	}
	w.versions[version{p, int(g.Tag)}] = v
	set := s.merged[p]
	set.add(int(g.Tag))
	s.merged[p] = set
}

func (w *world) endGeneration(s *side, g index.GenID, used bool) {
	if used {
		s.known.add(int(g.Tag))
		return
	}
	w.tags = w.tags[:len(w.tags)-1]
	s.seq--
}

// livesBelow tells whether anything below p shall be there.
func (s *side) livesBelow(p index.Path) bool {
	for q, e := range s.entries {
		if _, live := Display(e.Heads); live && q.Under(p) {
			return true
		}
	}
	return false
}

// keepBoth gives losers on a tree's own disk a name, and tells the others.
func (w *world) keepBoth(o syncing, trees []int) {
	for _, t := range trees {
		s := w.sides[t]
		if !o.merges(t) {
			continue
		}
		w.plan(syncing{rule: o.rule}, t, trees) // answers questions
		g := w.draw(s)
		a := Authoring{Gen: g, Now: w.clock + s.skew, Clock: 1, ModeBits: 0o777}
		used := false
		for _, p := range sortedPaths(s.entries) {
			e := s.entries[p]
			here, ok := Display(e.Acked())
			if !ok || here.Kind != index.File || s.disk[p].kind != index.File {
				continue
			}
			loses := func(losers []index.Head) bool { return hasGen(losers, here.Gen) }
			aside := s.livesBelow(p) && loses(Displaced(e.Heads))
			if !aside && (!e.Pending || len(Undecided(e.Heads, o.rule)) > 0 || !loses(Losers(e.Heads))) {
				continue
			}
			kept, next := KeepApart(e, here, "host", a, func(q index.Path) bool { return s.entries[q] != nil })
			s.entries[kept.Path], s.entries[p] = kept, next
			used = true
			lost := w.versions[version{p, int(here.Gen.Tag)}]
			w.author(s, kept.Path, g, truth{kind: lost.kind, content: lost.content}, nil)
			w.author(s, p, g, truth{kind: index.Deleted}, []int{int(here.Gen.Tag)})
		}
		w.endGeneration(s, g, used)
		if !used {
			continue
		}
		from := s.told()
		for _, u := range trees {
			if u != t {
				w.merge(w.sides[u], from, o.merges(u), o, map[index.Path]bool{})
			}
		}
	}
}
