package remote

import (
	"context"
	"fmt"
	"runtime/debug"

	"latus/remote/wire"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
)

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
	case wire.Probe:
		return c.probe(ctx)
	case wire.Apply:
		return c.apply(ctx)
	case wire.Finish:
		return c.finish(ctx)
	case wire.Withdraw:
		return c.withdraw(ctx)
	case wire.Send:
		return c.send(ctx)
	case wire.Push:
		return c.push(ctx)
	case wire.Watch:
		return c.watch(ctx)
	}
	return fmt.Errorf("%w: a %v asks for nothing", wire.ErrProtocol, t)
}

// begin waits for the call's turn, reads the request and returns the Replica to ask. What
// may not come now is not read. What may come during an Apply is read before its turn: the
// content that Apply waits for may be behind it on the wire.
func (c *call) begin(ctx context.Context, t wire.Type, request func(*wire.Coder)) (peer.Replica, error) {
	early := c.s.beside(t)
	if early {
		if err := c.Receive(ctx, t, request); err != nil {
			return nil, err
		}
	} else if err := c.s.late(t); err != nil {
		return nil, err
	}
	<-c.turn
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r, err := c.s.enter(t)
	if err != nil || early {
		return r, err
	}
	return r, c.Receive(ctx, t, request)
}

func (c *call) hello(ctx context.Context) error {
	var g wire.Greeting
	if _, err := c.begin(ctx, wire.Hello, func(d *wire.Coder) { d.Greeting(&g) }); err != nil {
		return err
	}
	conn := c.Conn()
	conn.Beat(g.Timeout)
	conn.Match(g.Timeout)
	conn.Limit(g.Limit)
	conn.Compress(g.Compress)
	if g.Nice {
		c.s.yield()
	}
	r, err := c.s.open(g.Path, g.Hello)
	if err != nil {
		return err
	}
	c.s.greet(r)
	if r, ok := r.(interface{ NoteShrunk(func() int64) }); ok {
		r.NoteShrunk(conn.Shrunk)
	}
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
	c.s.advance(looked)
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

// probe answers with what cannot be read; a tree that does not know says nothing.
func (c *call) probe(ctx context.Context) error {
	var ws []fetch.Want
	r, err := c.begin(ctx, wire.Probe, func(d *wire.Coder) { d.Wants(&ws) })
	if err != nil {
		return err
	}
	var us []wire.Unreadable
	whys, err := fetch.Probe(ctx, r, ws)
	if err != nil {
		return err
	}
	for n, why := range whys {
		if why != nil {
			us = append(us, wire.Unreadable{N: n, Why: why})
		}
	}
	return c.Stream.Send(wire.Probed, func(e *wire.Coder) { e.Unreadables(&us) })
}

func (c *call) finish(ctx context.Context) error {
	r, err := c.begin(ctx, wire.Finish, func(*wire.Coder) {})
	if err != nil {
		return err
	}
	return c.outcome(r.Finish(ctx))
}

func (c *call) withdraw(ctx context.Context) error {
	r, err := c.begin(ctx, wire.Withdraw, func(*wire.Coder) {})
	if err != nil {
		return err
	}
	c.s.sends.Wait() // a client that withdraws has cancelled them
	return c.outcome(&peer.Outcome{}, r.Withdraw(ctx))
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
	if !c.s.reads() {
		return untimely(wire.Send)
	}
	defer c.s.sends.Done()
	out := wire.NewOutlet(c.Stream)
	defer out.Close(context.Canceled) // after a panic; else it is closed by then
	_ = out.Close(r.Send(ctx, wants, out))
	return nil
}
