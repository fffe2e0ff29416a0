package remote

import (
	"context"
	"fmt"
	"sync"
	"time"

	"latus/remote/wire"
	"latus/sync/fetch"
	"latus/sync/peer"
)

// wishes is how many times a server may ask for content at once during one Apply.
const wishes = 32

var errUnread = fmt.Errorf("%w: it does not read what it is sent", wire.ErrProtocol)

// Apply implements peer.Replica. What the last Proposal wants is pushed along with
// the request, without waiting to be asked.
//
// When ctx ends, the other side is told to finish the file in hand; the outcome
// is waited for, for ClientOptions.Grace.
func (c *Client) Apply(ctx context.Context, src fetch.Source, w peer.Follower) (*peer.Outcome, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := c.conn.Open(ctx)
	if err != nil {
		return nil, c.explain(err)
	}
	sending, stop := context.WithCancel(ctx)
	a := &applying{c: c, s: s, src: src, w: w, trip: c.asks(wire.Apply), sending: sending, free: make(chan struct{}, wishes)}
	defer func() {
		s.End()
		stop()
		// A peer that answered and reads no more must not hold up the rest.
		stuck := time.AfterFunc(c.o.Grace, func() { c.conn.Abort(errUnread) })
		a.pushes.Wait()
		stuck.Stop()
	}()
	c.mu.Lock()
	wants := c.wants
	a.actions = c.actions
	c.mu.Unlock()
	a.pushes.Go(func() {
		if s.Send(wire.Apply, func(e *wire.Coder) { e.Applying(&wire.Applying{Watched: w != nil}) }) == nil && len(wants) > 0 {
			a.push(0, wants)
		}
	})
	patience, hurry := context.WithCancel(context.WithoutCancel(ctx))
	defer hurry()
	c.beside(func() {
		select {
		case <-ctx.Done():
			stuck := time.AfterFunc(c.o.Grace, hurry)
			defer stuck.Stop()
			_ = s.Cancel() // if that can't be written, patience ends all the same
			<-patience.Done()
		case <-patience.Done():
		}
	})
	out, err := a.listen(patience)
	if out == nil && patience.Err() != nil {
		c.conn.Abort(ctx.Err())
		return nil, ctx.Err()
	}
	return out, c.explain(err)
}

// applying is one Apply under way.
type applying struct {
	c       *Client
	s       *wire.Stream
	src     fetch.Source
	w       peer.Follower
	trip    int
	actions int // there are in the plan
	next    int // the least action that may be reported next
	asked   int
	sending context.Context
	pushes  sync.WaitGroup
	free    chan struct{} // a place for each push the server asked for
}

// listen takes in events and wishes until the outcome comes.
func (a *applying) listen(ctx context.Context) (*peer.Outcome, error) {
	for {
		t, err := a.s.Next(ctx)
		if err != nil {
			return nil, err
		}
		switch t {
		case wire.Event:
			err = a.event(ctx)
		case wire.Send:
			err = a.wish(ctx)
		case wire.Outcome:
			var r wire.Result
			if err := a.s.Decode(ctx, func(d *wire.Coder) { d.Result(&r) }); err != nil {
				return nil, err
			}
			a.c.answered(wire.Apply, a.trip)
			return &r.Outcome, r.Failed
		default:
			err = fmt.Errorf("%w: a %v during an apply", wire.ErrProtocol, t)
		}
		if err != nil {
			return nil, err
		}
	}
}

func (a *applying) event(ctx context.Context) error {
	var done wire.Done
	if err := a.s.Decode(ctx, func(d *wire.Coder) { d.Done(&done) }); err != nil {
		return err
	}
	if a.w == nil {
		return nil
	}
	for _, span := range done.Spans {
		if a.actions == 0 {
			break // they were not asked for
		}
		if span.From < a.next || span.N > a.actions-span.From {
			return fmt.Errorf("%w: actions from %d on are done twice, or out of order", wire.ErrProtocol, span.From)
		}
		a.next = span.From + span.N
		for n := span.From; n < a.next && ctx.Err() == nil; n++ {
			a.w.Applied(n)
		}
	}
	a.w.Progress(done.Files, done.Bytes)
	return nil
}

// wish pushes what the server wants besides.
func (a *applying) wish(ctx context.Context) error {
	var wants []fetch.Want
	if err := a.s.Decode(ctx, func(d *wire.Coder) { d.Wants(&wants) }); err != nil {
		return err
	}
	select {
	case a.free <- struct{}{}:
	default:
		return fmt.Errorf("%w: it wants more than %d things at a time", wire.ErrProtocol, wishes)
	}
	a.trip++
	a.asked++
	n := a.asked
	a.pushes.Go(func() {
		a.push(n, wants)
		<-a.free
	})
	return nil
}

// push sends content on a stream of its own. What goes wrong is the server's to
// know, who does without, or asks again.
func (a *applying) push(n int, wants []fetch.Want) {
	s, err := a.c.conn.Open(a.sending)
	if err != nil {
		return
	}
	defer s.End()
	ctx, stop := context.WithCancel(a.sending)
	defer stop()
	defer context.AfterFunc(s.Context(), stop)()
	if s.Send(wire.Push, func(e *wire.Coder) { e.Pushing(&wire.Pushing{N: n}) }) != nil {
		return
	}
	out := wire.NewOutlet(s)
	out.Close(a.src.Send(ctx, wants, out))
}
