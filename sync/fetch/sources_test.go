package fetch

import (
	"context"
	"sync"
	"sync/atomic"

	"latus/index"
)

// patcher is a catcher to which ranges may be sent.
type patcher struct{ *catcher }

func (p patcher) List(n int, _ *List) error  { return p.Missing(n, errShort) }
func (p patcher) Refer(n, _, _ int) error    { return p.Missing(n, errShort) }
func (p patcher) Data(n int, b []byte) error { return p.catcher.Data(n, b) }

// counting counts what a source gave.
type counting struct {
	Source
	bytes atomic.Int64
	meet  *sync.WaitGroup // of all, before any goes on; nil: they don't
	met   sync.Once
}

func (c *counting) Send(ctx context.Context, wants []Want, sink Sink) error {
	return c.Source.Send(ctx, wants, counted{sink.(Patcher), c})
}

type counted struct {
	Patcher
	by *counting
}

func (c counted) Data(n int, p []byte) error {
	c.by.bytes.Add(int64(len(p)))
	if all := c.by.meet; all != nil {
		c.by.met.Do(func() {
			all.Done()
			all.Wait()
		})
	}
	return c.Patcher.Data(n, p)
}

// stalled gives so many bytes and then nothing, until it is told to stop.
type stalled struct {
	Source
	after int64
}

func (s *stalled) Send(ctx context.Context, wants []Want, sink Sink) error {
	return s.Source.Send(ctx, wants, &stalling{sink.(Patcher), ctx, &s.after})
}

type stalling struct {
	Patcher
	ctx  context.Context
	left *int64
}

func (s *stalling) Data(n int, p []byte) error {
	if atomic.AddInt64(s.left, -int64(len(p))) < 0 {
		<-s.ctx.Done()
		return s.ctx.Err()
	}
	return s.Patcher.Data(n, p)
}

// mortal is gone after so many bytes.
type mortal struct {
	Source
	after int64
}

func (m *mortal) Send(ctx context.Context, wants []Want, sink Sink) error {
	return m.Source.Send(ctx, wants, &failing{sink.(Patcher), &m.after})
}

type failing struct {
	Patcher
	left *int64
}

func (f *failing) Data(n int, p []byte) error {
	if atomic.AddInt64(f.left, -int64(len(p))) < 0 {
		return errGone
	}
	return f.Patcher.Data(n, p)
}

func (f *failing) Done(n int, h index.Hash) error {
	if atomic.LoadInt64(f.left) < 0 {
		return errGone
	}
	return f.Patcher.Done(n, h)
}

func (f *failing) Missing(n int, why error) error {
	if atomic.LoadInt64(f.left) < 0 {
		return errGone
	}
	return f.Patcher.Missing(n, why)
}
