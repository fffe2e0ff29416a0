package sync

import (
	"slices"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// mirror puts back what differs from the first tree: a generation of this tree
// supersedes it with the first tree's version, or a deletion.
func (r *Replica) mirror(d *peer.Delta) bool {
	first := map[index.Path]*index.Entry{}
	var paths []index.Path
	for _, e := range d.Entries {
		first[e.Path] = e
		paths = append(paths, e.Path)
	}
	paths = append(paths, d.Asked...)
	slices.SortFunc(paths, index.Compare)
	g := r.generation(r.merged.known)
	r.mirrored = g.GenID
	a := r.authoring(g, false)
	var batch []*index.Entry
	for _, p := range slices.Compact(paths) {
		mine := r.merged.get(p)
		if mine == nil {
			continue
		}
		if e := plan.Supersede(mine, first[p], a); e != nil {
			batch = append(batch, e)
		}
	}
	return r.decide(g, batch)
}

// keepBoth gives the losers of conflicts that are on this tree's disk a name
// of their own. The disk itself follows when the plan is applied.
func (r *Replica) keepBoth() bool {
	g := r.generation(r.merged.known)
	a := r.authoring(g, false)
	var batch []*index.Entry
	used := map[index.Path]bool{}
	for e := range r.merged.all() { // a conflict may be pending for long, or come of an edit here
		if !e.Pending || len(e.Heads) < 2 {
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
		kept, next := plan.KeepApart(e, losers[i], r.markOf(here.Gen.Author), a, func(p index.Path) bool {
			return used[p] || r.merged.get(p) != nil
		})
		if kept == nil {
			continue
		}
		used[kept.Path] = true
		r.settled = append(r.settled, conflictsOf(e)...)
		batch = append(batch, kept, next)
	}
	return r.decide(g, batch)
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
