package replica

import (
	"slices"

	"latus/sync/filter"
	"latus/sync/peer"
	"latus/sync/reason"
)

// Lines of ignore files that can match nothing are passed over, as git does, and told of.
// What such a line was to leave out takes part in the run; only a mirror would delete it
// for that, where the first tree has nothing of the kind.

// faults says which lines these are. Files with some that nobody understands come first.
func (r *Replica) faults() []peer.Problem {
	var unclear, others []peer.Problem
	for all := r.rules.Faults(); len(all) > 0; {
		n := slices.IndexFunc(all, func(f filter.Fault) bool { return f.Dir != all[0].Dir })
		if n < 0 {
			n = len(all)
		}
		to := &others
		for _, told := range filter.Tell(all[:n]) {
			code := reason.Code("")
			if told.Unclear {
				code, to = reason.Unclear, &unclear
			}
			*to = append(*to, peer.Problem{Path: all[0].Dir.Join(filter.File), Reason: reason.New(code, told.Text)})
		}
		all = all[n:]
	}
	return append(unclear, others...)
}
