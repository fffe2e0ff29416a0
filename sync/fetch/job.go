package fetch

import (
	"container/list"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"latus/index"
)

// Limits of what one call asks a source for. Two calls at a time keep it busy
// while a request travels; the less is left, the less a call asks for, so that all
// sources end at about the same time.
const (
	callsPerSource = 2
	callWants      = 16 << 10
	leastWants     = 16
	callBytes      = 64 << 20
	greatestRange  = 4 << 20
	leastRange     = 256 << 10
	splitFrom      = 1 << 20  // smaller content is not divided
	maxAhead       = 32 << 20 // bytes held that came before those in front of them
	patience       = 2 * time.Second
	leastProgress  = 64 << 10 // in that time; with less, others are asked too
)

// job is the sending of some wants.
type job struct {
	*some
	ctx     context.Context
	cancel  context.CancelFunc
	spread  *spread
	sources []From
	passing atomic.Int32 // calls of the sink under way

	// A file's lock may be held when mu is taken, not the other way round.
	mu     sync.Mutex
	wake   *sync.Cond
	files  []file
	gens   []*gen     // those with wants that were not begun
	free   []*piece   // begun, and nobody brings them now
	open   *list.List // pieces that somebody brings, oldest first
	left   int        // files that have not ended
	bytes  int64      // not begun
	ahead  int64
	gone   []error // by source
	stands []bool  // by source: what it was asked for does not come
	fail   error   // the sink's
}

func newJob(ctx context.Context, s *spread, wants *some) *job {
	j := &job{some: wants, spread: s, sources: s.sources, open: list.New(), left: len(wants.wants),
		files: make([]file, len(wants.wants)), gone: make([]error, len(s.sources)), stands: make([]bool, len(s.sources))}
	j.ctx, j.cancel = context.WithCancel(ctx)
	j.wake = sync.NewCond(&j.mu)
	byID := map[index.GenID]*gen{}
	for n := range wants.wants {
		w := &wants.wants[n]
		g := byID[w.Gen]
		if g == nil {
			g = &gen{has: make([]trust, len(s.sources))}
			for i, src := range s.sources {
				if src.Peer == w.Gen.Author && src.Peer != 0 {
					g.has[i] = has
				}
			}
			byID[w.Gen] = g
			j.gens = append(j.gens, g)
		}
		g.wants = append(g.wants, n)
		j.files[n].n, j.files[n].gen, j.files[n].why = n, g, ErrNoSource
		j.files[n].at, j.files[n].cut = w.Offset, w.Offset
		j.bytes += w.Size - w.Offset
	}
	return j
}

// run returns when all has ended that will.
func (j *job) run() error {
	defer j.cancel()
	defer context.AfterFunc(j.ctx, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.wake.Broadcast()
	})()
	var wg sync.WaitGroup
	for src := range j.sources {
		for range min(callsPerSource, len(j.wants)) {
			wg.Go(func() {
				for v := j.take(src); v != nil; v = j.take(src) {
					j.visit(v)
				}
			})
		}
	}
	over := make(chan struct{})
	go func() {
		wg.Wait()
		close(over)
	}()
	clock := time.NewTicker(j.spread.patience)
	defer clock.Stop()
	for running := true; running; {
		select {
		case <-clock.C:
			j.look()
		case <-over:
			running = false
		}
	}
	switch {
	case j.fail != nil:
		return j.fail
	case j.ctx.Err() != nil:
		return context.Cause(j.ctx)
	}
	var gone error
	for _, err := range j.gone {
		if err != nil {
			gone = err
		}
	}
	return j.conclude(gone)
}

// conclude ends what nobody was left to be asked for.
func (j *job) conclude(gone error) error {
	unended := false
	for n := range j.files {
		f := &j.files[n]
		switch {
		case f.ended:
		case gone != nil && (f.lost || !f.deniedBy(j.gone)):
			unended = true
		default:
			if err := j.Missing(n, f.why); err != nil {
				return err
			}
		}
	}
	if unended {
		return gone
	}
	return nil
}

// visit asks a source for what v has taken.
func (j *job) visit(v *visit) {
	ctx, cancel := context.WithCancel(j.ctx)
	defer cancel()
	j.mu.Lock()
	v.cancel = cancel
	if v.idle {
		cancel()
	}
	j.mu.Unlock()
	for _, f := range j.ended(v, j.sources[v.src].Send(ctx, v.wants, v)) {
		j.endIfHopeless(f)
	}
}
