package replica

import (
	"time"

	"latus/index"
	"latus/sync/plan"
)

// A user who edits a file within the same tick of the filesystem's clock as its mtime, and
// leaves its size, leaves no trace: the next scan sees the file that was brought. So a run
// that brought a file as young as that ends when the tick has.

// finestTick is a tick that no run is quick enough to end in.
const finestTick = 10 * time.Millisecond

// outlastTick waits until no file that p has brought could be edited unseen. A run that is
// interrupted does so, too.
func (r *Replica) outlastTick(p *plan.Plan) {
	tick := r.home.Tree.Traits().Clock
	if tick <= int64(finestTick) {
		return
	}
	now, wait := r.now(), int64(0)
	for i := range p.Actions {
		h := p.Actions[i].Head
		if h.Kind != index.File || h.Mtime > now {
			continue
		}
		if ends := h.Mtime - h.Mtime%tick + tick; ends > now { // else far apart, maybe too far
			wait = max(wait, ends-now)
		}
	}
	switch d := time.Duration(wait); {
	case d <= 0:
	case r.o.Sleep != nil:
		r.o.Sleep(d)
	default:
		time.Sleep(d)
	}
}
