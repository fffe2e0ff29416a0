package replica

import (
	"slices"

	"latus/index"
	"latus/sync/plan"
)

// keepBoth gives the losers of conflicts that are on this tree's disk a name
// of their own, and so the files where a directory has to be that only what lives in
// it needs. The disk itself follows when the plan is applied.
func (r *Replica) keepBoth() bool {
	g := r.generation(r.merged.known)
	a := r.authoring(g, false)
	var batch []*index.Entry
	used := map[index.Path]bool{}
	taken := func(p index.Path) bool { return used[p] || r.merged.get(p) != nil }
	keep := func(c plan.Conflict, kept, next *index.Entry) {
		used[kept.Path] = true
		r.settled = append(r.settled, c)
		batch = append(batch, kept, next)
	}
	aside := map[index.Path]bool{}
	for _, e := range r.inTheWay() {
		aside[e.Path] = true
		here, _ := plan.Display(e.Acked())
		kept, next := plan.KeepApart(e, here, r.markOf(here.Gen.Author), a, taken)
		dir := index.Head{Kind: index.Dir, Gen: g.GenID, Utime: min(a.Now, index.MaxTime)}
		keep(plan.Conflict{Path: e.Path, Winner: dir, Losers: plan.Displaced(e.Heads)}, kept, next)
	}
	for e := range r.merged.all() { // a conflict may be pending for long, or come of an edit here
		if !e.Pending || len(e.Heads) < 2 || aside[e.Path] {
			continue
		}
		losers := plan.Losers(e.Heads)
		if len(losers) == 0 || len(plan.Undecided(e.Heads, r.rule())) > 0 {
			continue
		}
		here, ok := plan.Display(e.Have)
		if !ok || here.Kind == index.Dir || !e.Witness.Kind.Live() {
			continue
		}
		i := slices.IndexFunc(losers, func(l index.Head) bool { return l.Gen == here.Gen })
		if i < 0 {
			continue
		}
		kept, next := plan.KeepApart(e, losers[i], r.markOf(here.Gen.Author), a, taken)
		keep(conflictsOf(e)[0], kept, next)
	}
	return r.decide(g, batch)
}

// inTheWay are the files and links on this tree's disk that stand where a directory has
// to be for the sake of what lives in it.
func (r *Replica) inTheWay() (found []*index.Entry) {
	var above []*index.Entry // files on the disk that the entry in hand lies below
	for e := range r.merged.all() {
		above = slices.DeleteFunc(above, func(f *index.Entry) bool { return !e.Path.Under(f.Path) })
		if _, live := plan.Display(e.Heads); live {
			found, above = append(found, above...), nil
		}
		here, ok := plan.Display(e.Acked())
		if !ok || here.Kind == index.Dir || e.Witness.Kind != here.Kind {
			continue
		}
		if slices.ContainsFunc(plan.Displaced(e.Heads), func(l index.Head) bool { return l.Gen == here.Gen }) {
			above = append(above, e)
		}
	}
	return found
}

// decide adds what this tree authored while it merged.
func (r *Replica) decide(g index.Generation, batch []*index.Entry) bool {
	if len(batch) == 0 {
		return false
	}
	r.merged.update(sorted(batch))
	r.merged.add(g)
	return true
}

// lapse authors the end of decisions that were never carried out, and that what others
// did has overtaken: known is what this tree knew before it merged. One that is to come
// from the trash here, as of an undo, needs nobody's bytes and stands.
func (r *Replica) lapse(known *index.Knowledge) bool {
	over := map[*index.Entry][]index.Head{}
	for was := range r.x.Lagging() {
		e := r.merged.get(was.Path)
		lapsed := slices.DeleteFunc(plan.Lapsed(was, e.Heads, known), func(h index.Head) bool {
			_, byName := r.trash.Find(h.Origin.Path, h.Origin.Gen)
			_, byHash := r.trash.ByHash(h.Hash)
			return byName || byHash
		})
		if len(lapsed) > 0 {
			over[e] = lapsed
		}
	}
	if len(over) == 0 {
		return false
	}
	g := r.generation(r.merged.known)
	a := r.authoring(g, false)
	var batch []*index.Entry
	for e, lapsed := range over {
		batch = append(batch, plan.Lapse(e, lapsed, a))
	}
	return r.decide(g, batch)
}
