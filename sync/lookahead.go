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
