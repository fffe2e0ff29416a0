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
				r.thinned[e.Path] = true
			}
			if mine != nil && len(plan.Losers(e.Heads)) == 0 {
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
		for mine := range m.all() {
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
	for e := range m.over(m.x.Crowded()) {
		if len(e.Heads) < 2 {
			continue
		}
		if n, _ := plan.MergeEntry(e, e, m.known, m.known, r.rule()); len(n.Heads) < len(e.Heads) {
			batch = append(batch, n)
			r.thinned[e.Path] = true
		}
	}
	m.update(batch)
}

// lessThan tells whether e, merged of two entries, lacks a version that neither
// knowledge rules out: it was dropped for an equal one, here or there.
func lessThan(e, mine, theirs *index.Entry, kMine, kTheirs plan.Known) bool {
	if mine == nil || theirs == nil {
		return false
	}
	news := false
	for _, h := range theirs.Heads {
		_, had := mine.Head(h.Gen)
		news = news || !had
		if _, kept := e.Head(h.Gen); !kept && (had || !kMine.Has(h.Gen)) {
			return true
		}
	}
	for _, h := range mine.Heads {
		if _, kept := e.Head(h.Gen); !kept && (!news || !kTheirs.Has(h.Gen)) {
			return true
		}
	}
	return false
}
