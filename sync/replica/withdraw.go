package replica

import (
	"context"
)

// made is what a replica has made for itself in its run.
type made struct {
	directory bool // the tree's own
	private   bool
}

// Withdraw implements peer.Replica.
func (r *Replica) Withdraw(context.Context) error { return r.close(true) }

// unmakePrivate removes the private folder that was made in this run, and tells
// whether it is gone. One that was there before stays, and so does one that takes part in
// the run's result.
func (r *Replica) unmakePrivate() bool {
	return r.made.private && !r.joined && r.home.UnmakePrivate()
}
