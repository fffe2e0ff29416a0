package sync

import (
	"slices"

	"latus/index"
	"latus/sync/plan"
)

// newEverywhere tells whether no tree of the run knew of a conflict before: one
// that did has reported it in an earlier run. One that was settled at once, by
// keeping both, is only seen by the tree that did it, and that a directory must
// stay only by the tree that had a file there.
func (r *run) newEverywhere(c plan.Conflict) bool {
	if r.o.Conflict == plan.KeepBoth || c.Winner.Gen == (index.GenID{}) {
		return true
	}
	for _, p := range r.proposals {
		if p == nil {
			continue
		}
		found := false
		for _, o := range p.Conflicts {
			found = found || o.Path == c.Path
		}
		if !found {
			return false
		}
	}
	return true
}

// whole is c with the losers that other trees tell of as well. Where they get names of their
// own, a tree that has told of one does not know it any more as a loser.
func (r *run) whole(c plan.Conflict) plan.Conflict {
	if r.o.Conflict != plan.KeepBoth {
		return c
	}
	c.Losers = slices.Clone(c.Losers)
	for _, p := range r.proposals {
		if p == nil {
			continue
		}
		for _, o := range p.Conflicts {
			if o.Path == c.Path {
				c.Losers = append(c.Losers, o.Losers...)
			}
		}
	}
	c.Losers = plan.Distinct(c.Losers)
	return c
}
