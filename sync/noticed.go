package sync

import (
	"latus/sync/filter"
	"latus/sync/peer"
	"latus/sync/reason"
)

// notice tells what tree i has noticed, and of ignore files that are the same in several trees
// once.
func (r *run) notice(i int, n peer.Problem) {
	if n.Path.Base() == filter.File {
		for _, v := range r.views[:i] {
			for _, told := range v.Notices {
				if told == n {
					return
				}
			}
		}
	}
	if n.Reason.Code != reason.NestedBefore || r.o.Verbose {
		r.ob.Notice(i, n)
	}
}

// guardRules refuses to mirror by rules that nobody understands.
func (r *run) guardRules() error {
	if r.o.Mode != peer.Mirror {
		return nil
	}
	for i, v := range r.views {
		for _, n := range v.Notices {
			if n.Path.Base() == filter.File && n.Reason.Code == reason.Unclear {
				return r.refuse(peer.BadRules, i, "%s: %s", n.Path, n.Reason)
			}
		}
	}
	return nil
}
