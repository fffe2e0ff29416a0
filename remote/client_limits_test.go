package remote

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latus/remote/wire"
	"latus/sync/fetch"
	"latus/sync/peer"
)

func TestBandwidthIsLimitedBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		r := sample()
		const size, rate = 1 << 20, 100 << 10
		r.proposals[0].Wants = many(1, size)
		r.applying = func(ctx context.Context, src fetch.Source, _ peer.Follower) (*peer.Outcome, error) {
			return &peer.Outcome{}, src.Send(ctx, many(1, size), &checker{})
		}
		served := make(chan error, 1)
		go func() { served <- Serve(context.Background(), b, opening(r), ServeOptions{}) }()
		c, err := NewClient(context.Background(), a, ClientOptions{BandwidthLimit: rate})
		if err != nil {
			t.Fatal(err)
		}
		upTo(t, c)
		for name, f := range map[string]func() error{
			"push": func() error { _, err := c.Apply(context.Background(), generator{}, nil); return err },
			"pull": func() error { return c.Send(context.Background(), many(1, size), &checker{}) },
		} {
			start := time.Now()
			if err := f(); err != nil {
				t.Error(name, err)
			}
			if d := time.Since(start); d < 9*time.Second || d > 12*time.Second {
				t.Errorf("%s: 1 MiB at 100 KiB/s took %v", name, d)
			}
		}
		c.Close()
		<-served
	})
}

func TestCompressionPays(t *testing.T) {
	ctx := context.Background()
	received := func(src fetch.Source, mode wire.Compression) int64 {
		r := sample()
		r.Source = src
		c := connect(t, r, ClientOptions{Compress: mode})
		upTo(t, c)
		before := c.Received()
		if err := c.Send(ctx, many(4, 1<<20), &checker{}); err != nil {
			t.Fatal(err)
		}
		return c.Received() - before
	}
	if n := received(prose{}, wire.Auto); n > 1<<20 {
		t.Errorf("4 MiB of text took %d bytes", n)
	}
	if n := received(prose{}, wire.Never); n < 4<<20 {
		t.Errorf("4 MiB uncompressed took %d bytes", n)
	}
	for _, mode := range []wire.Compression{wire.Auto, wire.Always, wire.Never} {
		if n := received(generator{}, mode); n > 4<<20+4<<10 {
			t.Errorf("4 MiB of noise took %d bytes", n)
		}
	}
}

// prose is a source of text. Its hashes are those of the generator, so nothing
// checks them.
type prose struct{}

func (prose) Send(_ context.Context, wants []fetch.Want, sink fetch.Sink) error {
	text := []byte(strings.Repeat("The quick brown fox jumps over the lazy dog. ", 2000))
	for n, w := range wants {
		for left := w.Size; left > 0; {
			p := text[:min(left, int64(len(text)))]
			if err := sink.Data(n, p); err != nil {
				return err
			}
			left -= int64(len(p))
		}
		if err := sink.Missing(n, fetch.ErrNoSource); err != nil {
			return err
		}
	}
	return nil
}
