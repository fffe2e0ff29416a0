package replica

import (
	"context"
	"fmt"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// Merge implements peer.Replica.
func (r *Replica) Merge(ctx context.Context, ds []*peer.Delta, o peer.MergeOptions) (*peer.Proposal, error) {
	r.deciding.Lock()
	defer r.deciding.Unlock()
	for _, d := range ds {
		if err := d.Complete(r.merged.head); err != nil {
			return nil, fmt.Errorf("%s: %w", r.o.Spec, err)
		}
	}
	r.merging = o
	base := r.x.Knowledge()
	told := base
	for _, d := range ds {
		theirs, err := base.Resolve(d.Known)
		if err != nil {
			return nil, fmt.Errorf("%s: what the other tree says it knows does not add up: %w", r.o.Spec, err)
		}
		if err := r.take(d, theirs); err != nil {
			return nil, err
		}
		r.hubKnows = theirs
		if o.Mirror && !r.o.ReadOnly && r.mirror(d) {
			r.tellFirst(theirs)
		}
		told = theirs
	}
	decided := !o.Mirror && !r.o.ReadOnly && r.lapse(base)
	// Only now: what one tree's version lost against may itself lose against the
	// next one's, and nobody could say what a version made in between contains.
	if !o.Mirror && !r.o.ReadOnly && o.Conflict == plan.KeepBoth && r.keepBoth() {
		decided = true
	}
	if decided {
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
