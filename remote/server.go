package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"latus/remote/wire"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
)

// ServeOptions rule Serve. The zero value works.
type ServeOptions struct {
	Timeout time.Duration // silence to listen to during a call; 0: 60 seconds
	Log     *slog.Logger  // nil: silent
}

// Serve lets the client at the other end of rw drive one Replica, until the
// client takes leave (nil), goes without a word, is silent for too long, or ctx
// ends. open is called once, with the path that the client names, and makes the
// Replica; its errors, like all others, are the client's to see. Before Serve
// returns, what was under way has ended, and the Replica is closed.
//
// If rw is an io.Closer, Serve closes it; else a Read may be left behind when
// ctx ends or the client is silent.
//
// The client is not trusted: what it says is checked, in which order it says it
// too, and a panic of the Replica is an error for the client and the end of all
// but leaving.
func Serve(ctx context.Context, rw io.ReadWriter, open func(path string, h peer.Hello) (peer.Replica, error), o ServeOptions) error {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &server{open: open, log: o.Log, tail: closed(), pulls: newPulls()}
	conn := wire.NewConn(ctx, rw, wire.Config{Accept: s.accept, Timeout: o.Timeout})
	select {
	case <-conn.Done():
	case <-ctx.Done():
	}
	s.finish()
	err := conn.Err()
	if err == nil {
		err = ctx.Err()
	}
	conn.Close()
	if errors.Is(err, wire.ErrClosed) {
		err = nil
	}
	return errors.Join(err, s.close())
}

// stage is how far a run has come with the Replica.
type stage uint8

const (
	strange stage = iota // Hello has to come first
	greeted
	looked
	merged
	applied
	broken // nothing can be asked any more
)

// server is one client's session. Its calls run one after the other in the order
// they came in, but for Send and Push, which go on beside them.
type server struct {
	open  func(string, peer.Hello) (peer.Replica, error)
	log   *slog.Logger
	tail  chan struct{} // closed when the last call accepted so far has ended; only the connection's reader uses it
	pulls *pulls

	mu      sync.Mutex
	ending  bool
	stage   stage
	replica peer.Replica
	wants   []fetch.Want // of the last Proposal
	calls   sync.WaitGroup
}

func closed() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// accept starts a call.
func (s *server) accept(st *wire.Stream, t wire.Type) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		st.End()
		return
	}
	c := &call{s: s, Stream: st, turn: closed(), over: make(chan struct{})}
	if t != wire.Send && t != wire.Push {
		c.turn, s.tail = s.tail, c.over
	}
	s.calls.Go(func() { c.run(t) })
}

// finish waits for the calls under way and lets no other begin.
func (s *server) finish() {
	s.mu.Lock()
	s.ending = true
	s.mu.Unlock()
	s.calls.Wait()
}

func (s *server) close() error {
	if s.replica == nil {
		return nil
	}
	return s.replica.Close()
}

// enter checks whether a message may come now, and notes what has been reached
// by it.
func (s *server) enter(t wire.Type) (peer.Replica, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var from, to, reach stage
	switch t {
	case wire.Hello:
		from, to, reach = strange, strange, broken // until it succeeds
	case wire.Look:
		from, to, reach = greeted, looked, looked
	case wire.DeltaQuery, wire.Hash, wire.Send:
		from, to = looked, applied
	case wire.Merge:
		from, to, reach = looked, merged, merged
	case wire.Answer:
		from, to = merged, merged
	case wire.Apply, wire.Finish:
		from, to, reach = looked, merged, applied
	default:
		return nil, fmt.Errorf("%w: a %v asks for nothing", wire.ErrProtocol, t)
	}
	if s.stage < from || s.stage > to {
		return nil, fmt.Errorf("%w: a %v can't come now", wire.ErrProtocol, t)
	}
	s.stage = max(s.stage, reach)
	return s.replica, nil
}

func (s *server) greet(r peer.Replica) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replica = r
}

func (s *server) reached(at stage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stage = at
}

func (s *server) proposed(p *peer.Proposal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wants = p.Wants
}

func (s *server) proposal() []fetch.Want {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wants
}

// call is one call of the client.
type call struct {
	*wire.Stream
	s    *server
	turn <-chan struct{} // closed when the call may begin
	over chan struct{}
}

// run carries out a call and sends its answer.
func (c *call) run(t wire.Type) {
	defer close(c.over)
	defer c.End()
	err := c.safely(t)
	if err == nil {
		return
	}
	// A client that is gone needs no answer.
	_ = c.Stream.Send(wire.Error, func(e *wire.Coder) { e.Error(&err) })
	<-c.turn
}

// safely makes an error of a panic.
func (c *call) safely(t wire.Type) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.s.log.Error("panic", "call", t.String(), "panic", p, "stack", string(debug.Stack()))
			c.s.reached(broken)
			err = fmt.Errorf("an error inside latus: %v", p)
		}
	}()
	return c.handle(c.Context(), t)
}

func (c *call) handle(ctx context.Context, t wire.Type) error {
	switch t {
	case wire.Hello:
		return c.hello(ctx)
	case wire.Look:
		return c.look(ctx)
	case wire.DeltaQuery:
		return c.delta(ctx)
	case wire.Merge:
		return c.merge(ctx)
	case wire.Answer:
		return c.answer(ctx)
	case wire.Hash:
		return c.hash(ctx)
	case wire.Apply:
		return c.apply(ctx)
	case wire.Finish:
		return c.finish(ctx)
	case wire.Send:
		return c.send(ctx)
	case wire.Push:
		return c.push(ctx)
	}
	return fmt.Errorf("%w: a %v asks for nothing", wire.ErrProtocol, t)
}

// begin reads the request, waits for its turn and returns the Replica to ask.
func (c *call) begin(ctx context.Context, t wire.Type, request func(*wire.Coder)) (peer.Replica, error) {
	if err := c.Receive(ctx, t, request); err != nil {
		return nil, err
	}
	<-c.turn
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.s.enter(t)
}

func (c *call) hello(ctx context.Context) error {
	var g wire.Greeting
	if _, err := c.begin(ctx, wire.Hello, func(d *wire.Coder) { d.Greeting(&g) }); err != nil {
		return err
	}
	conn := c.Conn()
	conn.Beat(g.Timeout)
	conn.Limit(g.Limit)
	conn.Compress(g.Compress)
	r, err := c.s.open(g.Path, g.Hello)
	if err != nil {
		return err
	}
	c.s.greet(r)
	w, err := r.Hello(ctx, g.Hello)
	if err != nil {
		return err
	}
	c.s.reached(greeted)
	return c.Stream.Send(wire.Welcome, func(e *wire.Coder) { e.Welcome(w) })
}

func (c *call) look(ctx context.Context) error {
	var q peer.LookQuery
	r, err := c.begin(ctx, wire.Look, func(d *wire.Coder) { d.LookQuery(&q) })
	if err != nil {
		return err
	}
	v, err := r.Look(ctx, q)
	if err != nil {
		return err
	}
	return c.Stream.Send(wire.View, func(e *wire.Coder) { e.View(v) })
}

func (c *call) delta(ctx context.Context) error {
	var q peer.DeltaQuery
	r, err := c.begin(ctx, wire.DeltaQuery, func(d *wire.Coder) { d.DeltaQuery(&q) })
	if err != nil {
		return err
	}
	delta, err := r.Delta(ctx, q)
	if err != nil {
		return err
	}
	return c.Stream.Send(wire.Delta, func(e *wire.Coder) { e.Delta(delta) })
}

func (c *call) merge(ctx context.Context) error {
	var q wire.MergeQuery
	r, err := c.begin(ctx, wire.Merge, func(d *wire.Coder) { d.MergeQuery(&q) })
	if err != nil {
		return err
	}
	return c.propose(r.Merge(ctx, q.Deltas, q.Options))
}

func (c *call) answer(ctx context.Context) error {
	var as []peer.Answer
	r, err := c.begin(ctx, wire.Answer, func(d *wire.Coder) { d.Answers(&as) })
	if err != nil {
		return err
	}
	return c.propose(r.Answer(ctx, as))
}

func (c *call) propose(p *peer.Proposal, err error) error {
	if err != nil {
		return err
	}
	c.s.proposed(p)
	return c.Stream.Send(wire.Proposal, func(e *wire.Coder) { e.Proposal(p) })
}

func (c *call) hash(ctx context.Context) error {
	var qs []plan.Question
	r, err := c.begin(ctx, wire.Hash, func(d *wire.Coder) { d.Questions(&qs) })
	if err != nil {
		return err
	}
	as, err := r.Hash(ctx, qs)
	if err != nil {
		return err
	}
	return c.Stream.Send(wire.Answers, func(e *wire.Coder) { e.Answers(&as) })
}

func (c *call) finish(ctx context.Context) error {
	r, err := c.begin(ctx, wire.Finish, func(*wire.Coder) {})
	if err != nil {
		return err
	}
	return c.outcome(r.Finish(ctx))
}

func (c *call) outcome(out *peer.Outcome, err error) error {
	if out == nil {
		return err
	}
	return c.Stream.Send(wire.Outcome, func(e *wire.Coder) { e.Result(&wire.Result{Outcome: *out, Failed: err}) })
}

func (c *call) send(ctx context.Context) error {
	var wants []fetch.Want
	r, err := c.begin(ctx, wire.Send, func(d *wire.Coder) { d.Wants(&wants) })
	if err != nil {
		return err
	}
	out := wire.NewOutlet(c.Stream)
	defer out.Close(context.Canceled) // after a panic; else it is closed by then
	_ = out.Close(r.Send(ctx, wants, out))
	return nil
}
