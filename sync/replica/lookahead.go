package replica

import (
	"context"

	"latus/sync/peer"
)

// looked is what a look came to that nobody has asked for yet.
type looked struct {
	authored int
	err      error
}

// LookAhead does what Look is to begin with, for a tree that is new: it authors. Look is yet to
// come, and tells of errors. Nothing else is to be called before it returns.
func (r *Replica) LookAhead(ctx context.Context, q peer.LookQuery) {
	r.group, r.others = q.Group, q.Others
	authored, err := r.look(ctx, q)
	r.looked = &looked{authored, err}
}

// lookedAhead is how many paths LookAhead has authored; -1: it was not called.
func (r *Replica) lookedAhead() (authored int, err error) {
	l := r.looked
	if l == nil {
		return -1, nil
	}
	r.looked = nil
	return l.authored, l.err
}
