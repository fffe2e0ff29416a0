package wire

import (
	"context"
	"encoding/binary"
	"math"
	"time"

	"latus/index"
	"latus/sync/fetch"
)

// A Content message is a run of records, each a byte that says what it is, the
// number of the want, and then: the length of a piece and its bytes; or the hash of
// all of it; or why there is none; or a list of chunks, or a reference to some that
// the receiver has (see chunks.go). A record of recordEnd alone ends the run.
const (
	recordEnd = iota
	recordData
	recordDone
	recordMissing
	recordList
	recordRefer
)

// linger is how long a few small records wait for more to share a frame with.
const linger = 50 * time.Millisecond

// Outlet sends content over a stream: the sink of whoever reads it here. Many
// small pieces share a frame; back-pressure comes from the wire.
type Outlet struct {
	s *Stream

	busy  chan struct{} // full while somebody is at work; guards what follows
	buf   []byte
	timer *time.Timer
	fail  error
}

// NewOutlet returns a sink that writes to s. Close it, even after an error.
func NewOutlet(s *Stream) *Outlet {
	return &Outlet{s: s, busy: make(chan struct{}, 1), buf: newFrame(small)}
}

// hold waits until nobody else is at work, or the connection has ended.
func (o *Outlet) hold() error {
	select {
	case o.busy <- struct{}{}:
		return nil
	case <-o.s.conn.ctx.Done():
		return o.s.conn.Err()
	}
}

func (o *Outlet) release() { <-o.busy }

// Data implements fetch.Sink.
func (o *Outlet) Data(n int, p []byte) error {
	if err := o.hold(); err != nil {
		return err
	}
	defer o.release()
	for len(p) > 0 && o.fail == nil {
		room := full - (len(o.buf) - headerLen)
		piece := p[:min(len(p), room)]
		o.record(recordData, n)
		o.buf = binary.AppendUvarint(o.buf, uint64(len(piece)))
		o.buf = append(o.buf, piece...)
		o.written()
		p = p[len(piece):]
	}
	return o.fail
}

// Done implements fetch.Sink.
func (o *Outlet) Done(n int, h index.Hash) error {
	if err := o.hold(); err != nil {
		return err
	}
	defer o.release()
	o.record(recordDone, n)
	o.buf = append(o.buf, h[:]...)
	return o.written()
}

// Missing implements fetch.Sink.
func (o *Outlet) Missing(n int, why error) error {
	if err := o.hold(); err != nil {
		return err
	}
	defer o.release()
	o.record(recordMissing, n)
	c := NewEncoder(nil)
	c.Error(&why)
	o.buf = append(o.buf, c.buf[headerLen:]...)
	return o.written()
}

// Close ends the content: all wants have ended, or err says why not.
func (o *Outlet) Close(err error) error {
	if err := o.hold(); err != nil {
		return err
	}
	defer o.release()
	if o.timer != nil {
		o.timer.Stop()
	}
	switch {
	case o.fail != nil:
	case err != nil:
		o.fail = o.s.Send(Error, func(c *Coder) { c.Error(&err) })
	default:
		o.buf = append(o.buf, recordEnd)
		o.flush(false)
	}
	fail := o.fail
	if fail == nil {
		o.fail = errEnded
	}
	return fail
}

func (o *Outlet) record(kind byte, n int) {
	if len(o.buf) == headerLen && o.fail == nil {
		if o.timer == nil {
			o.timer = time.AfterFunc(linger, o.tick)
		} else {
			o.timer.Reset(linger)
		}
	}
	o.buf = binary.AppendUvarint(append(o.buf, kind), uint64(n))
}

// written sends the frame if it is full.
func (o *Outlet) written() error {
	if o.fail == nil && len(o.buf)-headerLen >= full {
		o.flush(true)
	}
	return o.fail
}

// tick sends what has waited long enough.
func (o *Outlet) tick() {
	if o.hold() != nil {
		return
	}
	defer o.release()
	if o.fail == nil && len(o.buf) > headerLen {
		o.flush(true)
	}
}

func (o *Outlet) flush(more bool) {
	if err := context.Cause(o.s.ctx); err != nil {
		o.fail = err
	} else {
		_, o.fail = o.s.write(Content, more, o.buf, 0)
	}
	o.buf = o.buf[:headerLen]
}

// Intake reads the content of wants from a stream into sink, until all of them
// have ended. A content that is longer than it was said to be ends as ErrChanged.
func Intake(ctx context.Context, s *Stream, wants []fetch.Want, sink fetch.Sink) error {
	in := intake{sink: sink, wants: wants, got: make([]int64, len(wants)), left: len(wants)}
	var failed error
	err := s.Receive(ctx, Content, func(c *Coder) { failed = in.run(c) })
	if failed != nil {
		return failed
	}
	return err
}

type intake struct {
	sink  fetch.Sink
	wants []fetch.Want
	got   []int64 // bytes of each want so far; over: it has ended
	left  int
}

// What has become of a want that no more is passed on of.
const (
	over    = -1 // it has ended
	spoiled = -2 // it is too long, and was ended here
)

// run returns the sink's error. Those of the other side stay in c.
func (in *intake) run(c *Coder) error {
	for c.err == nil {
		var kind byte
		if c.byte(&kind); kind == recordEnd {
			if in.left > 0 {
				c.refuse("%d contents that never ended", in.left)
			}
			return nil
		}
		var n int
		if number(c, &n, math.MaxInt32); n >= len(in.wants) || in.got[n] == over {
			c.refuse("content that nobody asked for")
			return nil
		}
		if err := in.take(c, kind, n); err != nil {
			return err
		}
	}
	return nil
}

func (in *intake) take(c *Coder, kind byte, n int) error {
	spoilt := in.got[n] == spoiled
	switch kind {
	case recordData:
		return in.data(c, n)
	case recordDone:
		var h index.Hash
		if c.hash(&h); c.err != nil {
			return nil
		}
		in.ended(n)
		if !spoilt {
			return in.sink.Done(n, h)
		}
	case recordMissing:
		var why error
		if c.Error(&why); c.err != nil {
			return nil
		}
		in.ended(n)
		if !spoilt {
			return in.sink.Missing(n, why)
		}
	case recordList:
		return in.list(c, n)
	case recordRefer:
		return in.refer(c, n)
	default:
		c.refuse("a record of kind %d", kind)
	}
	return nil
}

func (in *intake) ended(n int) {
	in.got[n] = over
	in.left--
}

// data passes a piece on, as it lies in the frame.
func (in *intake) data(c *Coder, n int) error {
	var size int
	number(c, &size, MaxFrame)
	if _, err := in.room(n, int64(size)); err != nil {
		return err
	}
	for size > 0 && c.err == nil {
		if c.pos == len(c.buf) && !c.fill() {
			c.refuse("a message that ends early")
			return nil
		}
		p := c.buf[c.pos:min(c.pos+size, len(c.buf))]
		c.pos += len(p)
		size -= len(p)
		if in.got[n] == spoiled {
			continue
		}
		in.got[n] += int64(len(p))
		if err := in.sink.Data(n, p); err != nil {
			return err
		}
	}
	return nil
}
