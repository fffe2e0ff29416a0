package fetch

import (
	"container/list"
	"context"
	"errors"
	"slices"
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

// gen is the wants of one generation: whoever has one has probably all.
type gen struct {
	wants []int   // not begun, in order
	has   []trust // by source
}

// trust is what is known of a source and a generation.
type trust uint8

const (
	unknown trust = iota
	trying        // it was asked for a first one
	has
	hasNot
)

// file is the content of one want.
type file struct {
	n   int
	gen *gen

	// Under job.mu.
	denied []bool   // by source; nil: nobody has
	why    error    // it is missing, so far as was said
	lost   bool     // nobody who is left has it, but one that is gone may have had it
	cut    int64    // where what was not begun begins
	split  bool     // comes in ranges
	pieces []*piece // begun and not passed on

	mu    sync.Mutex
	at    int64 // bytes passed on
	from  int   // 1 + the source that bytes came from; 0: none did
	ended bool
}

// piece is a file or a range of one.
type piece struct {
	file     *file
	from, to int64
	at       atomic.Int64 // bytes up to here have come; set under file.mu
	buf      []byte       // what came and cannot be passed on yet; under file.mu

	// Under job.mu.
	ahead  bool // room for buf is taken
	done   bool
	stuck  bool  // it does not get on
	seen   int64 // 1 + what at was when it was looked at; 0: it was not
	visits []*visit
	place  *list.Element // in job.open
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

// deniedBy tells whether all sources that are gone had said that they do not have f.
func (f *file) deniedBy(gone []error) bool {
	for src, err := range gone {
		if err != nil && (f.denied == nil || !f.denied[src]) {
			return false
		}
	}
	return true
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
		j.settle(f)
	}
}

// ended takes stock after a source returned, and returns files that perhaps nobody
// has who is left.
func (j *job) ended(v *visit, err error) (doubtful []*file) {
	j.mu.Lock()
	defer j.mu.Unlock()
	defer j.wake.Broadcast()
	if err != nil && j.fail == nil && j.ctx.Err() == nil && !v.idle && j.gone[v.src] == nil {
		j.gone[v.src] = err
		for _, p := range j.free {
			doubtful = append(doubtful, p.file)
		}
	}
	for i := range v.serves {
		s := &v.serves[i]
		f := s.piece.file
		if err == nil && !s.ended && !s.piece.done {
			j.deny(f, v.src, errShort)
		}
		if f.gen.has[v.src] == trying {
			f.gen.has[v.src] = unknown
		}
		j.withdraw(v, s.piece)
		doubtful = append(doubtful, f)
	}
	return doubtful
}

// withdraw ends a source's part in a piece. j.mu is held.
func (j *job) withdraw(v *visit, p *piece) {
	at := slices.Index(p.visits, v)
	if at < 0 {
		return
	}
	p.visits = slices.Delete(p.visits, at, at+1)
	if !p.done {
		v.less()
	}
	if len(p.visits) == 0 && p.place != nil {
		j.open.Remove(p.place)
		p.place = nil
		if !p.done {
			j.free = append(j.free, p)
		}
	}
}

// deny notes that a source does not have f. j.mu is held.
func (j *job) deny(f *file, src int, why error) {
	if f.denied == nil {
		f.denied = make([]bool, len(j.sources))
	}
	f.denied[src] = true
	if f.gen.has[src] != has {
		f.gen.has[src] = hasNot
	}
	if errors.Is(f.why, ErrNoSource) {
		f.why = why
	}
}

// settle ends f if nobody who is left has it.
func (j *job) settle(f *file) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || j.hopeful(f) {
		return
	}
	j.mu.Lock()
	f.lost = !f.deniedBy(j.gone)
	fail := j.fail
	j.mu.Unlock()
	if fail == nil && j.ctx.Err() == nil && !f.lost {
		j.failed(j.Missing(f.n, f.why))
		f.ended = true
	}
	j.over(f)
}

// hopeful tells whether somebody brings f, or may do so.
func (j *job) hopeful(f *file) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if f.lost {
		return true // it was settled before
	}
	for src := range j.sources {
		if j.gone[src] == nil && (f.denied == nil || !f.denied[src]) {
			return true
		}
	}
	return false
}

// over forgets the pieces of a file that has ended, or is lost. f.mu is held.
func (j *job) over(f *file) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.left--
	for _, p := range f.pieces {
		j.drop(p, nil)
		j.release(p)
	}
	f.pieces = nil
	j.wake.Broadcast()
}

// drop marks a piece as done: whoever else brings it may stop. j.mu is held.
func (j *job) drop(p *piece, by *visit) {
	if p.done {
		return
	}
	p.done = true
	for _, v := range p.visits {
		v.beaten = v.beaten || v != by
		v.less()
	}
}

// less notes that v has one piece less to bring, and stops it when there is none and
// its source may not have seen that. j.mu is held.
func (v *visit) less() {
	v.busy--
	if v.busy == 0 && v.beaten {
		v.idle = true
		if v.cancel != nil {
			v.cancel()
		}
	}
}

// release gives back the room that p took. j.mu is held.
func (j *job) release(p *piece) {
	if p.ahead {
		p.ahead = false
		j.ahead -= p.to - p.from
	}
}

// failed notes an error of the sink, which ends the job.
func (j *job) failed(err error) error {
	if err != nil {
		j.mu.Lock()
		if j.fail == nil {
			j.fail = err
		}
		j.mu.Unlock()
		j.cancel()
	}
	return err
}
