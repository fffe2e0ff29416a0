package remote

import (
	"context"
	"errors"
	"net"
	"testing"

	"latus/remote/wire"
	"latus/sync/peer"
)

// counter is a Follower that counts.
type counter struct{ applied int }

func (c *counter) Applied(int)           { c.applied++ }
func (c *counter) Progress(int64, int64) { /* nothing */ }

// A server that reports actions that are none, or some twice, is no longer listened to, and
// the follower hears of none that the plan does not have.
func TestOnlyActionsOfThePlanAreReported(t *testing.T) {
	for name, c := range map[string]struct {
		spans [][]wire.Span
		heard int // at most
		good  bool
	}{
		"as it should be":  {[][]wire.Span{{{From: 0, N: 1}}, {{From: 1, N: 2}}}, 3, true},
		"more than all":    {[][]wire.Span{{{From: 0, N: 200_000_000}}}, 0, false},
		"one too many":     {[][]wire.Span{{{From: 1, N: 3}}}, 0, false},
		"beyond the last":  {[][]wire.Span{{{From: 3, N: 1}}}, 0, false},
		"twice":            {[][]wire.Span{{{From: 0, N: 2}, {From: 1, N: 1}}}, 2, false},
		"twice, and apart": {[][]wire.Span{{{From: 0, N: 2}}, {{From: 0, N: 1}}}, 2, false},
		"backwards":        {[][]wire.Span{{{From: 2, N: 1}, {From: 0, N: 1}}}, 1, false},
	} {
		a, b := net.Pipe()
		s := wire.NewConn(context.Background(), b, wire.Config{Accept: func(s *wire.Stream, typ wire.Type) {
			go reports(s, typ, c.spans)
		}})
		client, err := NewClient(context.Background(), a, ClientOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Merge(context.Background(), nil, peer.MergeOptions{Actions: true}); err != nil {
			t.Fatal(name, err)
		}
		f := &counter{}
		_, err = client.Apply(context.Background(), generator{}, f)
		if c.good != (err == nil) || err != nil && !errors.Is(err, wire.ErrProtocol) {
			t.Errorf("%s: %v", name, err)
		}
		if f.applied > c.heard || c.good && f.applied != c.heard {
			t.Errorf("%s: %d actions were reported", name, f.applied)
		}
		client.Close()
		s.Close()
	}
}

// reports answers a Merge with a plan of three actions, and an Apply with events.
func reports(s *wire.Stream, typ wire.Type, spans [][]wire.Span) {
	defer s.End()
	ctx := context.Background()
	switch typ {
	case wire.Merge:
		var q wire.MergeQuery
		if s.Receive(ctx, typ, func(c *wire.Coder) { c.MergeQuery(&q) }) == nil {
			p := peer.Proposal{Actions: []peer.Change{{Path: "a"}, {Path: "b"}, {Path: "c"}}}
			_ = s.Send(wire.Proposal, func(c *wire.Coder) { c.Proposal(&p) })
		}
	case wire.Apply:
		var q wire.Applying
		if s.Receive(ctx, typ, func(c *wire.Coder) { c.Applying(&q) }) != nil {
			return
		}
		for _, of := range spans {
			_ = s.Send(wire.Event, func(c *wire.Coder) { c.Done(&wire.Done{Spans: of}) })
		}
		_ = s.Send(wire.Outcome, func(c *wire.Coder) { c.Result(&wire.Result{}) })
	}
}
