package remote

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"latus/sync/fetch"
	"latus/sync/peer"
)

func TestACancelledCallEndsAtOnce(t *testing.T) {
	r := sample()
	ended := make(chan struct{})
	begun := make(chan struct{})
	r.looking = func(ctx context.Context) {
		close(begun)
		<-ctx.Done()
		close(ended)
	}
	c := connect(t, r, ClientOptions{})
	if _, err := c.Hello(context.Background(), peer.Hello{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-begun
		cancel()
	}()
	if _, err := c.Look(ctx, peer.LookQuery{}); err != context.Canceled {
		t.Errorf("got %v", err)
	}
	<-ended
	if _, err := c.Look(ctx, peer.LookQuery{}); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

func TestACancelledApplyTellsItsOutcome(t *testing.T) {
	r := sample()
	r.proposals[0].Wants = many(100, 1<<20)
	ctx, cancel := context.WithCancel(context.Background())
	r.applying = func(inner context.Context, src fetch.Source, _ peer.Follower) (*peer.Outcome, error) {
		err := src.Send(inner, many(100, 1<<20), &checker{took: func(int) error { cancel(); return nil }})
		<-inner.Done()
		return &peer.Outcome{Changes: 5}, err
	}
	c := connect(t, r, ClientOptions{})
	upTo(t, c)
	out, err := c.Apply(ctx, generator{}, nil)
	if out == nil || out.Changes != 5 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestACancelledApplyWaitsNoLongerThanItsGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		r := sample()
		stuck := make(chan struct{})
		ctx, cancel := context.WithCancel(context.Background())
		r.applying = func(context.Context, fetch.Source, peer.Follower) (*peer.Outcome, error) {
			cancel()
			<-stuck
			return &peer.Outcome{}, nil
		}
		served := make(chan error, 1)
		go func() { served <- Serve(context.Background(), b, opening(r), ServeOptions{}) }()
		c, err := NewClient(context.Background(), a, ClientOptions{Grace: 3 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		upTo(t, c)
		start := time.Now()
		if out, err := c.Apply(ctx, generator{}, nil); out != nil || err != context.Canceled {
			t.Errorf("got %+v, %v", out, err)
		}
		if d := time.Since(start); d != 3*time.Second {
			t.Errorf("it took %v", d)
		}
		close(stuck)
		c.Close()
		<-served
	})
}
