package remote

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"latus/index"
	"latus/internal/goroutines"
	"latus/sync/fetch"
	"latus/sync/peer"
)

// cut is a connection that breaks after so many bytes were read.
type cut struct {
	io.ReadWriteCloser
	left atomic.Int64
}

func cutAfter(c io.ReadWriteCloser, n int64) *cut {
	x := &cut{ReadWriteCloser: c}
	x.left.Store(n)
	return x
}

func (c *cut) Read(p []byte) (int, error) {
	left := c.left.Load()
	if left == 0 {
		c.Close()
		return 0, io.EOF
	}
	n, err := c.ReadWriteCloser.Read(p[:min(int64(len(p)), left)])
	c.left.Add(-int64(n))
	return n, err
}

// uncut is more than any conversation here.
const uncut = 1 << 40

// converse is a whole run with everything in it.
func converse(c *Client) error {
	ctx := context.Background()
	if _, err := c.Hello(ctx, peer.Hello{Spec: "host:d"}); err != nil {
		return err
	}
	if _, err := c.Look(ctx, peer.LookQuery{Known: &index.Summary{}}); err != nil {
		return err
	}
	d, err := c.Delta(ctx, peer.DeltaQuery{})
	if err != nil {
		return err
	}
	p, err := c.Merge(ctx, []*peer.Delta{d}, peer.MergeOptions{Actions: true})
	if err != nil {
		return err
	}
	as, err := c.Hash(ctx, p.Questions)
	if err != nil {
		return err
	}
	if _, err := c.Answer(ctx, as); err != nil {
		return err
	}
	sink := &checker{}
	if err := c.Send(ctx, p.Wants, sink); err != nil {
		return err
	}
	out, err := c.Apply(ctx, generator{}, &follower{})
	if err != nil {
		return err
	}
	if sink.good != 2 || out.Changes != 2 {
		return fmt.Errorf("a run that went well came to %d and %+v", sink.good, out)
	}
	return nil
}

func conversing() *recorder {
	r := sample()
	r.applying = func(ctx context.Context, src fetch.Source, w peer.Follower) (*peer.Outcome, error) {
		sink := &checker{}
		if err := src.Send(ctx, sample().proposals[0].Wants, sink); err != nil {
			return nil, err
		}
		if err := src.Send(ctx, many(1, 10), &checker{}); err != nil {
			return nil, err
		}
		w.Applied(1)
		return &peer.Outcome{Changes: sink.good}, nil
	}
	return r
}

func TestThePeerMayBeGoneAtAnyByte(t *testing.T) {
	before := goleak.IgnoreCurrent()
	run := func(toClient, toServer int64) (sent, received int64, err error) {
		a, b := memoryPipes(t)
		r := conversing()
		c, failed := NewClient(context.Background(), cutAfter(a, toClient), ClientOptions{})
		if failed != nil {
			t.Fatal(failed)
		}
		served := make(chan error, 1)
		go func() {
			served <- Serve(context.Background(), cutAfter(b, toServer), opening(r), ServeOptions{})
		}()
		err = converse(c)
		c.Close()
		if serveErr := <-served; err != nil && serveErr == nil {
			t.Errorf("cut after %d and %d bytes: the server has not noticed", toClient, toServer)
		}
		if len(r.heard) > 0 && r.closed != 1 {
			t.Errorf("the replica was closed %d times", r.closed)
		}
		return c.Sent(), c.Received(), err
	}
	sent, received, err := run(uncut, uncut)
	if err != nil {
		t.Fatal(err)
	}
	step := int64(1)
	if testing.Short() {
		step = 29
	}
	// The last messages may be cut off without harm: leave a margin.
	for n := int64(0); n < received; n += step {
		if _, _, err := run(n, uncut); err == nil && n < received-64 {
			t.Errorf("cut after %d of %d bytes to the client, and all went well", n, received)
		}
	}
	for n := int64(0); n < sent; n += step {
		if _, _, err := run(uncut, n); err == nil && n < sent-64 {
			t.Errorf("cut after %d of %d bytes to the server, and all went well", n, sent)
		}
	}
	goroutines.NoneLeft(t, before)
}
