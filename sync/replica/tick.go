package replica

import (
	"context"
	"time"

	"latus/index"
)

// A user who edits a file within the same tick of the filesystem's clock as its mtime, and
// leaves its size, leaves no trace: the next scan sees the file that was brought. So a run
// that brought a file as young as that ends when the tick has.

// finestTick is a tick that no run is quick enough to end in.
const finestTick = 10 * time.Millisecond

// outlastTick waits until no file that the plan has brought could be edited unseen.
func (r *Replica) outlastTick(ctx context.Context) {
	tick := r.home.tree.Traits().Clock
	if tick <= int64(finestTick) || r.plan == nil {
		return
	}
	now, wait := r.now(), int64(0)
	for i := range r.plan.Actions {
		h := &r.plan.Actions[i].Head
		if h.Kind != index.File || h.Mtime > now {
			continue
		}
		ends := h.Mtime - h.Mtime%tick + tick
		wait = max(wait, ends-now)
	}
	if wait > 0 {
		r.sleep(ctx, time.Duration(wait))
	}
}

func (r *Replica) sleep(ctx context.Context, d time.Duration) {
	if r.o.Sleep != nil {
		r.o.Sleep(d)
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
