package sync

import (
	"context"
	"sync"

	"latus/sync/peer"
)

// ahead is a Replica that can author before it is asked to Look.
type ahead interface {
	LookAhead(ctx context.Context, q peer.LookQuery)
}

// lookAhead has the new trees among all but the first one author meanwhile. What the first one
// tells of itself after it looked does not matter to them: they are nobody's copies, and have
// no list of who may see them. Who is refused after all withdraws. It returns when they are
// done, which is to be waited for.
func (r *run) lookAhead(ctx context.Context) (wait func()) {
	var wg sync.WaitGroup
	for i, w := range r.welcomes {
		if a, ok := r.trees[i].Replica.(ahead); ok && i > 0 && w.Fresh {
			q := peer.LookQuery{Group: r.group, Others: r.others(i), To: r.welcomes[0].Counts}
			wg.Go(func() { a.LookAhead(ctx, q) })
		}
	}
	return wg.Wait
}
