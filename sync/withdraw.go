package sync

import (
	"context"
	"errors"
	"sync"

	"latus/sync/peer"
)

// withdraw takes back what the run has made in trees that are new, if it came to
// nothing: it was refused, or not wanted, before any tree was told to make anything
// its own, so nobody has heard of them. After an interruption, or an error, what was
// found so far is of use to the next run, and stays.
func (r *run) withdraw(ctx context.Context, err error) {
	var no *peer.Refusal
	refused := r.declined || errors.As(err, &no) && no.Cause != peer.Fatal && !no.Cause.Mute()
	if !refused || r.begun || r.o.Dry || ctx.Err() != nil {
		return
	}
	var wg sync.WaitGroup
	for i, w := range r.welcomes {
		if w != nil && w.Fresh {
			// What cannot be taken back does no harm.
			wg.Go(func() { _ = r.trees[i].Replica.Withdraw(ctx) })
		}
	}
	wg.Wait()
}
