package merge

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/zeebo/blake3"
	"golang.org/x/sync/errgroup"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/tree"
)

const (
	smallFile   = 256 << 10 // up to here a file waits in memory until all of it is there
	maxBuffered = 32 << 20  // bytes of small files in memory; beyond, they are streamed
	writers     = 3
)

var (
	errNotWhole  = errors.New("did not arrive whole")
	errWrongSize = errors.New("is not as long as its version says")
	errWrongHash = errors.New("is not the content that its version names")
)

// phase is how far the content of one want is.
type phase uint8

const (
	idle      phase = iota
	buffering       // in memory
	streaming       // in an open file
	queued          // complete, to be written
	spoiled         // what an earlier run had fetched is not good: to be fetched again
	ended           // ready, or failed
)

// incoming is the content of one want on its way to staging. One goroutine at a
// time has it: whoever calls the sink for it, then a writer, then the applier.
type incoming struct {
	want  fetch.Want
	mode  uint32
	mtime int64

	phase phase
	buf   []byte
	file  tree.File
	hash  *blake3.Hasher
	size  int64

	out     staged
	err     error
	partial bool // what came is worth keeping
}

// sink takes content in and stages it. It implements fetch.Sink.
type sink struct {
	ctx      context.Context
	stage    *stage
	in       []incoming
	jobs     chan arrival
	buffered atomic.Int64
	received atomic.Int64

	mu    sync.Mutex
	ready []int         // ended and not yet taken
	bell  chan struct{} // rings when ready grew
}

// arrival is a small file that is complete.
type arrival struct {
	n int
	h index.Hash
}

func newSink(ctx context.Context, s *stage, in []incoming) *sink {
	return &sink{ctx: ctx, stage: s, in: in, jobs: make(chan arrival, 256), bell: make(chan struct{}, 1)}
}

// fetch asks src for everything, and returns when all has ended. What of a killed
// run's partial content turned out to be wrong is asked for again.
func (s *sink) fetch(src fetch.Source) {
	var g errgroup.Group
	for range writers {
		g.Go(func() error {
			for a := range s.jobs {
				s.write(a.n, a.h)
			}
			return nil
		})
	}
	wants := make([]fetch.Want, len(s.in))
	for i := range s.in {
		wants[i] = s.in[i].want
	}
	err := src.Send(s.ctx, wants, s)
	if again := s.again(); err == nil && len(again.numbers) > 0 {
		err = src.Send(s.ctx, again.wants, again)
	}
	close(s.jobs)
	g.Wait()
	s.give(err)
}

// give ends what the source did not end. Files that were begun stay for another
// run to go on with.
func (s *sink) give(err error) {
	if err == nil {
		err = fetch.ErrNoSource
	}
	for n := range s.in {
		in := &s.in[n]
		switch in.phase {
		case ended:
			continue
		case idle:
			in.partial = in.want.Offset > 0
		case streaming:
			in.partial = true
			in.file.Close()
			hashers.Put(in.hash)
			in.file, in.hash = nil, nil
		case buffering:
			s.release(in)
		}
		s.end(n, err)
	}
}

// Data implements fetch.Sink.
func (s *sink) Data(n int, p []byte) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	in := &s.in[n]
	if in.phase == idle {
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
	in.hash.Write(p)
	if _, err := in.file.Write(p); err != nil {
		s.drop(n, err)
	}
	return nil
}

// begin chooses where the content goes.
func (s *sink) begin(n int) {
	in := &s.in[n]
	if in.want.Offset == 0 && in.want.Size <= smallFile {
		if s.buffered.Add(in.want.Size) <= maxBuffered {
			in.phase, in.buf = buffering, make([]byte, 0, in.want.Size)
			return
		}
		s.buffered.Add(-in.want.Size)
	}
	if err := s.open(in); err != nil && in.phase != spoiled {
		s.end(n, err)
	}
}

// open begins a file, or goes on with one: what is there is read to hash it.
func (s *sink) open(in *incoming) (err error) {
	in.hash = hashers.Get().(*blake3.Hasher)
	in.hash.Reset()
	if in.want.Offset == 0 {
		in.file, err = s.stage.create(in.out.name, 0o600)
	} else if in.file, err = s.stage.dir.Write(in.out.name); err == nil {
		err = s.rehash(in)
	}
	if err == nil {
		in.phase, in.size = streaming, in.want.Offset
		return nil
	}
	if in.file != nil {
		in.file.Close()
	}
	hashers.Put(in.hash)
	in.file, in.hash = nil, nil
	if in.want.Offset > 0 {
		in.phase = spoiled
	}
	return err
}

func (s *sink) rehash(in *incoming) error {
	if err := in.file.Truncate(in.want.Offset); err != nil {
		return err
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	n, err := io.CopyBuffer(struct{ io.Writer }{in.hash}, struct{ io.Reader }{in.file}, *buf)
	if err == nil && n != in.want.Offset {
		err = errNotWhole
	}
	return err
}

// Done implements fetch.Sink.
func (s *sink) Done(n int, h index.Hash) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	in := &s.in[n]
	if in.phase == idle {
		s.begin(n)
	}
	switch in.phase {
	case buffering:
		in.phase = queued
		select {
		case s.jobs <- arrival{n, h}:
		case <-s.ctx.Done():
			in.phase = buffering
			return s.ctx.Err()
		}
	case streaming:
		s.finish(n, h)
	}
	return nil
}

// Missing implements fetch.Sink.
func (s *sink) Missing(n int, why error) error {
	switch in := &s.in[n]; {
	case in.phase == idle && in.want.Offset == 0:
		s.end(n, why)
	case in.phase < queued:
		s.drop(n, why)
	}
	return s.ctx.Err()
}

// write stages a small file.
func (s *sink) write(n int, h index.Hash) {
	in := &s.in[n]
	defer s.release(in)
	if int64(len(in.buf)) != in.want.Size {
		s.end(n, errWrongSize)
		return
	}
	in.out.hash = blake3.Sum256(in.buf)
	err := in.verify(h)
	if err == nil {
		in.out, err = s.stage.small(in.out.name, in.buf, in.out.hash, in.mode, in.mtime)
	}
	s.end(n, err)
}

// finish completes a file that was streamed.
func (s *sink) finish(n int, h index.Hash) {
	in := &s.in[n]
	in.hash.Sum(in.out.hash[:0])
	err := in.verify(h)
	if in.size != in.want.Size && err == nil {
		err = errWrongSize
	}
	if err != nil {
		s.drop(n, err)
		return
	}
	hashers.Put(in.hash)
	in.hash = nil
	in.out.fresh, in.out.synced, err = s.stage.seal(in.file, in.mode, in.mtime, false)
	in.file = nil
	if err != nil {
		s.stage.remove(in.out.name)
	}
	s.end(n, err)
}

func (in *incoming) verify(h index.Hash) error {
	switch {
	case in.out.hash != h:
		return errNotWhole
	case in.want.Hash.Known() && in.want.Hash != h:
		return errWrongHash
	}
	return nil
}

// drop ends n without its content. What came of it is removed; if an earlier run
// had a part in it, all of it is fetched once more.
func (s *sink) drop(n int, why error) {
	in := &s.in[n]
	if in.file != nil {
		in.file.Close()
		hashers.Put(in.hash)
		in.file, in.hash = nil, nil
	}
	if in.phase == buffering {
		s.release(in)
	} else {
		s.stage.remove(in.out.name)
	}
	resumed := in.want.Offset > 0 && (errors.Is(why, errNotWhole) || errors.Is(why, errWrongHash) || errors.Is(why, errWrongSize))
	if resumed {
		in.phase = spoiled
		return
	}
	s.end(n, why)
}

func (s *sink) release(in *incoming) {
	s.buffered.Add(-in.want.Size)
	in.buf = nil
}

// end hands n to the applier.
func (s *sink) end(n int, err error) {
	s.in[n].phase, s.in[n].err = ended, err
	s.mu.Lock()
	s.ready = append(s.ready, n)
	s.mu.Unlock()
	select {
	case s.bell <- struct{}{}:
	default:
	}
}

// take returns what ended since it was called last.
func (s *sink) take() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	ns := s.ready
	s.ready = nil
	return ns
}

// again is a sink for the second asking.
type again struct {
	*sink
	numbers []int
	wants   []fetch.Want
}

func (s *sink) again() *again {
	a := &again{sink: s}
	for n := range s.in {
		in := &s.in[n]
		if in.phase == spoiled {
			in.phase, in.want.Offset, in.size, in.out.hash = idle, 0, 0, index.Hash{}
			a.numbers = append(a.numbers, n)
			a.wants = append(a.wants, in.want)
		}
	}
	return a
}

func (a *again) Data(n int, p []byte) error     { return a.sink.Data(a.numbers[n], p) }
func (a *again) Done(n int, h index.Hash) error { return a.sink.Done(a.numbers[n], h) }
func (a *again) Missing(n int, why error) error { return a.sink.Missing(a.numbers[n], why) }
