package sync

import (
	"context"
	"fmt"
	"slices"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// Merge implements peer.Replica.
func (r *Replica) Merge(ctx context.Context, ds []*peer.Delta, o peer.MergeOptions) (*peer.Proposal, error) {
	r.deciding.Lock()
	defer r.deciding.Unlock()
	r.merging = o
	base := r.x.Knowledge()
	told := base
	for _, d := range ds {
		theirs, err := base.Resolve(d.Known)
		if err != nil {
			return nil, fmt.Errorf("%s: what the other tree says it knows does not add up: %w", r.o.Spec, err)
		}
		r.take(d, theirs)
		r.hubKnows = theirs
		if o.Mirror && !r.o.ReadOnly && r.mirror(d) {
			r.tellFirst(theirs)
		}
		told = theirs
	}
	// Only now: what one tree's version lost against may itself lose against the
	// next one's, and nobody could say what a version made in between contains.
	if !o.Mirror && !r.o.ReadOnly && o.Conflict == plan.KeepBoth && r.keepBoth() {
		r.tellFirst(told)
	}
	return r.propose()
}

// tellFirst has ready for the first tree what this one authored while it merged.
func (r *Replica) tellFirst(theirs *index.Knowledge) {
	if !r.hello.First {
		r.after = r.delta(theirs, peer.DeltaQuery{To: r.hello.Counts, Forked: r.forked})
	}
}

func (r *Replica) rule() plan.MergeRule { return plan.MergeRule{Checksum: r.hello.Checksum} }

// take merges the metadata of another tree.
func (r *Replica) take(d *peer.Delta, theirs *index.Knowledge) {
	m := r.merged
	var batch []*index.Entry
	var thinned []index.Path
	rule := r.rule()
	rule.Mine.Attrs, rule.Theirs.Attrs = r.looksAtAttrs(), d.Attrs
	// The first tree has merged what this one holds. Would this one know of a hash
	// that the first one does not, it must not drop more than that did.
	rule.Settled = !r.hello.First && r.hello.Mode == peer.TwoWay
	one := func(mine, other *index.Entry) {
		e, changed := plan.MergeEntry(mine, other, m.known, theirs, rule)
		r.compare(mine, other, e)
		if changed {
			if len(e.Heads) == 0 && e.Witness.Kind == index.Absent {
				e.Pending, e.Have = false, nil
			}
			batch = append(batch, e)
			if lessThan(e, mine, other, m.known, theirs) {
				thinned = append(thinned, e.Path)
			}
			if mine != nil && len(mine.Heads) > 1 && len(plan.Losers(e.Heads)) == 0 {
				r.settled = append(r.settled, conflictsOf(mine)...)
			}
		}
	}
	for mine, other := range m.beside(d.Entries) {
		one(mine, other)
	}
	listed := func(p index.Path) bool {
		_, ok := slices.BinarySearchFunc(d.Entries, p, func(e *index.Entry, p index.Path) int { return index.Compare(e.Path, p) })
		return ok
	}
	if d.Full {
		for mine := range m.pass() {
			if !listed(mine.Path) {
				one(mine, nil)
			}
		}
	}
	for _, p := range d.Asked {
		if mine := m.get(p); !d.Full && mine != nil && !listed(p) {
			one(mine, nil)
		}
	}
	m.update(sorted(batch))
	m.thin(thinned)
	m.learn(theirs)
	if d.Full {
		m.floor = m.floor.Raise(d.Floor...)
	}
}

// thin lets go of versions that turned out to be equal since they were merged: a
// hash was learnt when their bytes were moved. Others may not know of it, and are
// told.
func (r *Replica) thin() {
	m := r.merged
	var batch []*index.Entry
	var thinned []index.Path
	for e := range m.over(m.x.Crowded()) {
		if len(e.Heads) < 2 {
			continue
		}
		if n, _ := plan.MergeEntry(e, e, m.known, m.known, r.rule()); len(n.Heads) < len(e.Heads) {
			batch = append(batch, n)
			thinned = append(thinned, e.Path)
		}
	}
	m.update(batch)
	m.thin(thinned)
}

// lessThan tells whether e, merged of two entries, lacks a version that neither
// knowledge rules out: it was dropped for an equal one, here or there.
func lessThan(e, mine, theirs *index.Entry, kMine, kTheirs plan.Known) bool {
	if mine == nil || theirs == nil {
		return false
	}
	news := false
	for i := range theirs.Heads {
		g := theirs.Heads[i].Gen
		had := mine.Holds(g)
		news = news || !had
		if !e.Holds(g) && (had || !kMine.Has(g)) {
			return true
		}
	}
	for i := range mine.Heads {
		g := mine.Heads[i].Gen
		if !e.Holds(g) && (!news || !kTheirs.Has(g)) {
			return true
		}
	}
	return false
}
