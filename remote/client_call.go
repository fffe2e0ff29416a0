package remote

import (
	"context"
	"errors"
	"fmt"

	"latus/remote/wire"
	"latus/sync/peer"
)

// RoundTrips is how often, so far, something could go on only after the other
// side had answered. Calls that overlap cost one together, and so do an Apply and
// the fetching that goes on beside it: neither waits for the other, even if one
// has ended before the other begins.
func (c *Client) RoundTrips() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(c.trips, c.sends)
}

// asks returns which round trip a request of type t is that is sent now.
func (c *Client) asks(t wire.Type) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch t {
	case wire.Send:
		return c.sends + 1
	case wire.Apply:
		return c.trips + 1
	}
	return max(c.trips, c.sends) + 1
}

func (c *Client) answered(t wire.Type, trip int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t != wire.Send {
		c.trips = max(c.trips, trip)
	}
	if t != wire.Apply {
		c.sends = max(c.sends, trip)
	}
}

// beside runs f in a goroutine that Close waits for; after Close not at all.
func (c *Client) beside(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.wait.Go(f)
	}
}

func result[T any](v *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// call sends a request and receives what comes of it. The two go on at the same
// time, so that the end of ctx is heeded whatever state the wire is in.
func (c *Client) call(ctx context.Context, t wire.Type, request func(*wire.Coder), receive func(context.Context, *wire.Stream) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s, err := c.conn.Open(ctx)
	if err != nil {
		return c.explain(err)
	}
	defer s.End()
	trip := c.asks(t)
	listen, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	c.beside(func() {
		// Of a broken wire the reader knows more than the writer.
		if err := s.Send(t, request); err != nil && !errors.Is(err, wire.ErrGone) {
			stop(err)
		}
	})
	if err = receive(listen, s); err == nil {
		c.answered(t, trip)
		return nil
	}
	if unsent := context.Cause(listen); unsent != nil {
		err = unsent
	}
	if c.conn.Err() == nil {
		s.End()
		c.beside(func() { _ = s.Cancel() }) // nobody waits for what is lost with the wire
	}
	return c.explain(err)
}

// explain says whose connection failed.
func (c *Client) explain(err error) error {
	if err == nil || !errors.Is(c.conn.Err(), err) {
		return err
	}
	c.mu.Lock()
	spec := c.spec
	c.mu.Unlock()
	if refusal, ok := errors.AsType[*peer.Refusal](err); ok {
		named := *refusal
		named.Tree = spec
		return &named
	}
	if spec == "" {
		return err
	}
	return fmt.Errorf("%s: %w", spec, err)
}
