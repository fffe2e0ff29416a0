package remote

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"latus/remote/wire"
	"latus/sync/fetch"
	"latus/sync/peer"
)

// pace is how often a client hears of what Apply does.
const pace = 100 * time.Millisecond

func (c *call) apply(ctx context.Context) error {
	var q wire.Applying
	r, err := c.begin(ctx, wire.Apply, func(d *wire.Coder) { d.Applying(&q) })
	if err != nil {
		return err
	}
	return c.outcome(c.carryOut(ctx, r, q.Watched))
}

func (c *call) carryOut(ctx context.Context, r peer.Replica, watched bool) (*peer.Outcome, error) {
	defer c.s.pulls.close()
	src := &source{call: c, proposed: c.s.proposal()}
	if !watched {
		return r.Apply(ctx, src, nil)
	}
	events := newEvents(src)
	defer events.close()
	return r.Apply(ctx, src, events)
}

// source is the client's content, as the Replica sees it during Apply.
type source struct {
	call     *call
	proposed []fetch.Want // what the client pushes unasked

	writing sync.Mutex // one message to the client at a time
	mu      sync.Mutex
	used    bool // the unasked push is spoken for
	asked   int
}

// Far tells that content from there crosses a wire. See fetch.Far.
func (s *source) Far() bool { return true }

// Send implements fetch.Source. The wants of the Proposal are on their way
// already; others are asked for.
func (s *source) Send(ctx context.Context, wants []fetch.Want, sink fetch.Sink) error {
	if len(wants) == 0 {
		return ctx.Err()
	}
	n, err := s.number(wants)
	if err != nil {
		return err
	}
	p := s.call.s.pulls.get(n)
	defer p.done()
	st, err := p.stream(ctx, s.call.Conn())
	if err != nil {
		return err
	}
	return wire.Intake(ctx, st, wants, sink)
}

// number finds out which push brings the wants, and asks for it if it takes that.
func (s *source) number(wants []fetch.Want) (int, error) {
	s.mu.Lock()
	first := !s.used
	s.used = true
	if first && slices.EqualFunc(wants, s.proposed, sameWant) {
		s.mu.Unlock()
		return 0, nil
	}
	s.mu.Unlock()
	if first {
		s.call.s.pulls.get(0).done()
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	s.asked++
	s.call.s.pulls.allow(s.asked)
	return s.asked, s.call.Stream.Send(wire.Send, func(e *wire.Coder) { e.Wants(&wants) })
}

func sameWant(a, b fetch.Want) bool {
	if a.Origin != nil && b.Origin != nil && *a.Origin == *b.Origin {
		a.Origin, b.Origin = nil, nil
	}
	return a == b
}

// push takes in a stream of content and hands it to whoever waits for it.
func (c *call) push(ctx context.Context) error {
	var q wire.Pushing
	if err := c.Receive(ctx, wire.Push, func(d *wire.Coder) { d.Pushing(&q) }); err != nil {
		return err
	}
	if err := c.s.pulls.bring(ctx, q.N, c.Stream); err != nil {
		return err
	}
	// Whatever is still on its way is not wanted.
	return c.Cancel()
}

// pulls brings together the streams of content that the client opens and the
// calls of source.Send that wait for them.
type pulls struct {
	over chan struct{} // closed when Apply has ended

	mu      sync.Mutex
	allowed int
	byNum   map[int]*pull
}

type pull struct {
	brought chan *wire.Stream
	ended   chan struct{}
	once    sync.Once
	came    bool
}

func newPulls() *pulls {
	return &pulls{over: make(chan struct{}), byNum: map[int]*pull{}}
}

func (p *pulls) allow(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allowed = n
}

func (p *pulls) get(n int) *pull {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at(n)
}

// at returns pull n. p.mu is held.
func (p *pulls) at(n int) *pull {
	if p.byNum[n] == nil {
		p.byNum[n] = &pull{brought: make(chan *wire.Stream, 1), ended: make(chan struct{})}
	}
	return p.byNum[n]
}

// bring offers a stream and waits until it has been read as far as anybody wants.
func (p *pulls) bring(ctx context.Context, n int, st *wire.Stream) error {
	p.mu.Lock()
	if n > p.allowed {
		p.mu.Unlock()
		return fmt.Errorf("%w: it brings what nobody asked for", wire.ErrProtocol)
	}
	one := p.at(n)
	again := one.came
	one.came = true
	p.mu.Unlock()
	if again {
		return fmt.Errorf("%w: it brings the same twice", wire.ErrProtocol)
	}
	one.brought <- st
	select {
	case <-one.ended:
	case <-p.over:
	case <-ctx.Done():
	}
	return nil
}

// close ends the waiting for what Apply did not use.
func (p *pulls) close() { close(p.over) }

func (p *pull) done() { p.once.Do(func() { close(p.ended) }) }

// stream waits for the client to bring it.
func (p *pull) stream(ctx context.Context, conn *wire.Conn) (*wire.Stream, error) {
	select {
	case st := <-p.brought:
		return st, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-conn.Done():
		return nil, conn.Err()
	}
}

// events gathers what Apply does, for a client that need not know at once. The
// Replica is never kept waiting.
type events struct {
	to   *source
	stop chan struct{}
	idle chan struct{} // closed when the last event is out

	mu      sync.Mutex
	pending wire.Done
	news    bool
}

func newEvents(to *source) *events {
	e := &events{to: to, stop: make(chan struct{}), idle: make(chan struct{})}
	go e.run()
	return e
}

// Applied implements peer.Follower.
func (e *events) Applied(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.news = true
	if last := len(e.pending.Spans) - 1; last >= 0 {
		if s := &e.pending.Spans[last]; s.From+s.N == n {
			s.N++
			return
		}
	}
	e.pending.Spans = append(e.pending.Spans, wire.Span{From: n, N: 1})
}

// Progress implements peer.Follower.
func (e *events) Progress(files, bytes int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.news = true
	e.pending.Files, e.pending.Bytes = files, bytes
}

func (e *events) run() {
	defer close(e.idle)
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for stopped := false; !stopped; {
		select {
		case <-tick.C:
		case <-e.stop:
			stopped = true
		}
		for e.flush() {
		}
	}
}

// flush sends an event, if there is news that fits no other.
func (e *events) flush() (more bool) {
	e.mu.Lock()
	if !e.news {
		e.mu.Unlock()
		return false
	}
	done := e.pending
	if n := len(done.Spans); n > wire.MaxSpans {
		done.Spans, e.pending.Spans, more = done.Spans[:wire.MaxSpans], done.Spans[wire.MaxSpans:], true
	} else {
		e.pending.Spans, e.news = nil, false
	}
	e.mu.Unlock()
	e.to.writing.Lock()
	defer e.to.writing.Unlock()
	err := e.to.call.Stream.Send(wire.Event, func(c *wire.Coder) { c.Done(&done) })
	return more && err == nil
}

// close returns when the last event is out.
func (e *events) close() {
	close(e.stop)
	<-e.idle
}
