package stage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/tree"
)

const (
	// SmallFile is how many bytes a file has at the most that waits in memory until all of it
	// is there.
	SmallFile   = 256 << 10
	farFile     = 4 << 20  // the same, where to write it takes several round trips
	maxBuffered = 32 << 20 // bytes of small files in memory; beyond, they are streamed
	writers     = 3
	ringAfter   = 64 // small files are not worth ringing for each
)

var (
	errNotWhole  = errors.New("did not arrive whole")
	errWrongSize = errors.New("is not as long as its version says")

	// ErrWrongHash: a content is another one than was to be staged.
	ErrWrongHash = errors.New("is not the content that its version names")
)

// Order says how the content of a want is to be staged.
type Order struct {
	Name   string // in staging
	Meta   Meta
	Bundle *Bundle         // where it goes if it is small; nil: by itself
	Bases  []fetch.Content // what may have most of it, if the want has a Base, best first
}

// Ended is a want that is through.
type Ended struct {
	N      int // of the Sink's wants
	Staged Staged
	Err    error // why there is none; nil: there is
}

// Sink takes content in and stages it. It implements fetch.Sink, fetch.Patcher and
// fetch.Keeper: these methods are for the source that Fetch asks. Take and Forget are for one
// goroutine, while Fetch goes on in another; Received for any.
type Sink struct {
	ctx      context.Context
	tree     tree.Tree
	stage    *Stage
	wants    []fetch.Want
	in       []atomic.Pointer[incoming] // of each want, once something is known of it
	order    func(n int) Order
	far      bool  // the tree is a tree.Distant
	waits    int64 // up to here a file waits in memory
	jobs     chan arrival
	buffered atomic.Int64
	received atomic.Int64

	mu    sync.Mutex
	ready []int           // ended and not yet taken
	left  int             // not ended
	bell  chan<- struct{} // rings when ready grew
}

// arrival is a small file that is complete.
type arrival struct {
	n     int
	h     index.Hash
	known bool // that it is the hash of what came
}

var (
	_ fetch.Keeper = (*Sink)(nil)
	_ fetch.Keeper = (*again)(nil)
)

// NewSink makes a sink for wants. What it has to know besides of one of them it asks of
// order when its content comes, from any goroutine. It rings bell, which has room for one,
// when it is worth to Take; who does not wait that long looks from time to time.
func NewSink(ctx context.Context, s *Stage, wants []fetch.Want, order func(n int) Order, bell chan<- struct{}) *Sink {
	k := &Sink{
		ctx: ctx, tree: s.tree, stage: s, wants: wants, in: make([]atomic.Pointer[incoming], len(wants)), order: order,
		left: len(wants), jobs: make(chan arrival, 256), bell: bell, waits: SmallFile,
	}
	if k.far = s.far; k.far {
		k.waits = farFile
	}
	return k
}

// Fetch asks src for everything, and returns when all has ended, at the latest soon after the
// context of the Sink is done. It is called once. What turned out to be wrong is asked for
// again: content that a killed run had begun, or that somebody else may have.
func (s *Sink) Fetch(src fetch.Source) {
	var g errgroup.Group
	for range tree.Parallel(s.tree, writers) {
		g.Go(func() error {
			for a := range s.jobs {
				s.write(a)
			}
			return nil
		})
	}
	d := s.deltas(src)
	err := src.Send(s.ctx, s.wants, s)
	if late := d.wait(); err == nil {
		err = late
	}
	for again := s.again(); err == nil && len(again.numbers) > 0; again = s.again() {
		err = src.Send(s.ctx, again.wants, again)
	}
	close(s.jobs)
	g.Wait()
	s.Give(err)
}

// Data implements fetch.Sink.
func (s *Sink) Data(n int, p []byte) error {
	if err := s.check(n); err != nil {
		return err
	}
	in := s.at(n)
	if in.patch != nil {
		s.patch(n, func(a *assembly) error { return a.put(p) })
		return nil
	}
	if in.phase == idle {
		in.answer(nil)
		s.begin(n)
	}
	if in.phase != buffering && in.phase != streaming {
		return nil
	}
	if in.size+int64(len(p)) > in.want.Size {
		s.drop(n, errWrongSize)
		return nil
	}
	in.size += int64(len(p))
	s.received.Add(int64(len(p)))
	if in.phase == buffering {
		in.buf = append(in.buf, p...)
		return nil
	}
	in.hash.Beside(p)
	_, err := in.to.Write(p)
	if in.hash.Wait(); err != nil {
		s.drop(n, err)
	}
	return nil
}

// begin chooses where the content goes.
func (s *Sink) begin(n int) {
	in := s.at(n)
	if in.want.Offset == 0 && in.want.Size <= s.waits {
		if s.buffered.Add(in.want.Size) <= maxBuffered {
			in.phase, in.buf = buffering, room(int(in.want.Size))
			return
		}
		s.buffered.Add(-in.want.Size)
	}
	if err := s.open(in); err != nil && in.phase != spoiled && s.ctx.Err() == nil {
		s.end(n, err) // after a stop it waits for give: what is there already stays
	}
}

// Done implements fetch.Sink.
func (s *Sink) Done(n int, h index.Hash) error {
	if err := s.check(n); err != nil {
		return err
	}
	return s.done(arrival{n: n, h: h})
}

// done leaves a small file that has come to the writers, and ends another one.
func (s *Sink) done(a arrival) error {
	n, in := a.n, s.at(a.n)
	if in.patch != nil {
		s.patch(n, func(as *assembly) error { return as.complete(a.h) })
		return nil
	}
	if in.phase == idle {
		in.answer(nil)
		s.begin(n)
	}
	switch in.phase {
	case buffering:
		in.phase = queued
		select {
		case s.jobs <- a:
		case <-s.ctx.Done():
			in.phase = buffering
			return s.ctx.Err()
		}
	case streaming:
		s.finish(n, a.h)
	}
	return nil
}

// Keep implements fetch.Keeper: the content is written by whoever brings it, unless
// that takes so long that many writers have to.
func (s *Sink) Keep(n int, p []byte, h index.Hash) error {
	if err := s.check(n); err != nil {
		return err
	}
	in := s.at(n)
	if s.far || in.phase != idle || in.want.Offset > 0 || in.patch != nil || in.want.Size > SmallFile {
		if err := s.Data(n, p); err != nil {
			return err
		}
		return s.done(arrival{n, h, true})
	}
	s.received.Add(int64(len(p)))
	in.phase, in.out.Hash = queued, h
	err := in.verify(h)
	switch {
	case int64(len(p)) != in.want.Size:
		err = errWrongSize
	case err == nil:
		in.out, err = s.stageSmall(in, p, h)
	}
	s.end(n, err)
	return nil
}

// Missing implements fetch.Sink.
func (s *Sink) Missing(n int, why error) error {
	if err := s.check(n); err != nil {
		return err
	}
	switch in := s.at(n); {
	case in.patch != nil:
		s.patch(n, func(*assembly) error { return why })
	case in.phase == idle && !errors.Is(why, fetch.ErrElsewhere):
		in.answer(nil)
		s.without(n, why)
	case in.phase < queued:
		in.answer(nil)
		s.drop(n, why)
	}
	return nil
}

// without ends n, which no source has. What a killed run had fetched of it stays for another
// run to go on with, unless that is all of it.
func (s *Sink) without(n int, why error) {
	in := s.at(n)
	if in.want.Fetched() {
		if s.begin(n); in.phase == streaming {
			s.finish(n, in.want.Hash)
			return
		}
	}
	if in.phase == idle {
		in.partial = in.want.Offset > 0
		s.end(n, why)
	}
}

// check refuses what nobody asked for, and everything once the run is over.
func (s *Sink) check(n int) error {
	if n < 0 || n >= len(s.in) {
		return fmt.Errorf("content %d of %d was not asked for", n, len(s.in))
	}
	return s.ctx.Err()
}

func (s *Sink) release(in *incoming) {
	s.buffered.Add(-in.want.Size)
	giveBack(in.buf)
	in.buf = nil
}
