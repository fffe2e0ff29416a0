package remote

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"sync/atomic"
	"testing"

	"latus/index"
	"latus/remote/wire"
	"latus/sync/fetch"
	"latus/sync/peer"
)

func TestContentFlowsBothWaysAtOnce(t *testing.T) {
	const size, n = 16 << 20, 4
	for name, pipes := range map[string]func(testing.TB) (a, b io.ReadWriteCloser){"memory": memoryPipes, "system": systemPipes} {
		for _, compress := range []wire.Compression{wire.Auto, wire.Never} {
			t.Run(name, func(t *testing.T) {
				wants := many(n, size)
				var handed, taken [2]atomic.Int64
				counting := func(i int) (generator, *checker) {
					return generator{handed: func(k int) { handed[i].Add(int64(k)) }},
						&checker{took: func(k int) error {
							if held := handed[i].Load() - taken[i].Add(int64(k)); held > 8<<20 {
								return errors.New("too much is held in memory")
							}
							return nil
						}}
				}
				out, outSink := counting(0)
				in, inSink := counting(1)
				r := sample()
				r.Source = in
				r.proposals[0].Wants = wants
				r.applying = func(ctx context.Context, src fetch.Source, w peer.Follower) (*peer.Outcome, error) {
					return &peer.Outcome{}, src.Send(ctx, wants, outSink)
				}
				a, b := pipes(t)
				c := connectOver(t, a, b, r, ClientOptions{Compress: compress})
				upTo(t, c)
				back := make(chan error)
				go func() { back <- c.Send(context.Background(), wants, inSink) }()
				if _, err := c.Apply(context.Background(), out, nil); err != nil {
					t.Error(err)
				}
				if err := <-back; err != nil {
					t.Error(err)
				}
				if outSink.good != n || inSink.good != n {
					t.Errorf("%d and %d of %d arrived", outSink.good, inSink.good, n)
				}
			})
		}
	}
}

func TestContentIsRelayedBothWaysAtOnce(t *testing.T) {
	wants := many(64, 256<<10)
	var clients [2]*Client
	var sinks [2]checker
	for i := range clients {
		r := sample()
		r.proposals[0].Wants = wants
		r.applying = func(ctx context.Context, src fetch.Source, _ peer.Follower) (*peer.Outcome, error) {
			return &peer.Outcome{}, src.Send(ctx, wants, &sinks[i])
		}
		clients[i] = connect(t, r, ClientOptions{})
		upTo(t, clients[i])
	}
	done := make(chan error)
	for i := range clients {
		go func() {
			_, err := clients[i].Apply(context.Background(), clients[1-i], nil)
			done <- err
		}()
	}
	for range clients {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if sinks[0].good != len(wants) || sinks[1].good != len(wants) {
		t.Errorf("%d and %d of %d arrived", sinks[0].good, sinks[1].good, len(wants))
	}
}

func TestEachContentEndsAsItsSourceSays(t *testing.T) {
	wants := many(5, 70_000)
	for i, p := range []index.Path{"whole", "nowhere", "changed", "damaged", "locked"} {
		wants[i].Path = p
	}
	src := generator{fail: map[index.Path]error{
		"nowhere": fetch.ErrNoSource, "changed": fetch.ErrChanged, "damaged": fetch.ErrDamaged,
		"locked": &fs.PathError{Op: "open", Path: "locked", Err: fs.ErrPermission},
	}}
	check := func(t *testing.T, sink *checker) {
		t.Helper()
		if sink.good != 1 || len(sink.missing) != 4 || sink.missing[1] != fetch.ErrNoSource ||
			sink.missing[2] != fetch.ErrChanged || sink.missing[3] != fetch.ErrDamaged ||
			!errors.Is(sink.missing[4], fs.ErrPermission) {
			t.Errorf("%d good, missing %v", sink.good, sink.missing)
		}
	}
	r := sample()
	r.Source = src
	r.proposals[0].Wants = wants
	pushed := &checker{}
	r.applying = func(ctx context.Context, src fetch.Source, w peer.Follower) (*peer.Outcome, error) {
		return &peer.Outcome{}, src.Send(ctx, wants, pushed)
	}
	c := connect(t, r, ClientOptions{})
	upTo(t, c)
	pulled := &checker{}
	if err := c.Send(context.Background(), wants, pulled); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Apply(context.Background(), src, nil); err != nil {
		t.Fatal(err)
	}
	check(t, pulled)
	check(t, pushed)
}

func TestAnApplyMayWantMore(t *testing.T) {
	for name, first := range map[string]bool{"after the proposal's": true, "instead of the proposal's": false} {
		t.Run(name, func(t *testing.T) {
			r := sample()
			r.proposals[0].Wants = many(40, 256<<10)
			r.applying = func(ctx context.Context, src fetch.Source, w peer.Follower) (*peer.Outcome, error) {
				out := &peer.Outcome{}
				sink := &checker{}
				if first {
					if err := src.Send(ctx, many(40, 256<<10), sink); err != nil {
						return nil, err
					}
				}
				results := make(chan error)
				for n := range 3 {
					go func() { results <- src.Send(ctx, many(n+1, 300_000), &checker{}) }()
				}
				for range 3 {
					if err := <-results; err != nil {
						return nil, err
					}
				}
				out.Changes = sink.good
				return out, nil
			}
			c := connect(t, r, ClientOptions{})
			upTo(t, c)
			before := c.RoundTrips()
			out, err := c.Apply(context.Background(), generator{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if first && out.Changes != 40 {
				t.Errorf("%d of 40", out.Changes)
			}
			if n := c.RoundTrips() - before; n != 4 {
				t.Errorf("%d round trips for an Apply and three wishes", n)
			}
		})
	}
}

func TestASinkThatFailsEndsTheSending(t *testing.T) {
	full := errors.New("no space left")
	failing := func() *checker { return &checker{took: func(int) error { return full }} }
	r := sample()
	r.proposals[0].Wants = many(10, 4<<20)
	var got error
	r.applying = func(ctx context.Context, src fetch.Source, w peer.Follower) (*peer.Outcome, error) {
		got = src.Send(ctx, many(10, 4<<20), failing())
		return &peer.Outcome{}, nil
	}
	c := connect(t, r, ClientOptions{})
	upTo(t, c)
	if err := c.Send(context.Background(), many(10, 4<<20), failing()); err != full {
		t.Errorf("got %v", err)
	}
	if _, err := c.Apply(context.Background(), generator{}, nil); err != nil {
		t.Fatal(err)
	}
	if got != full {
		t.Errorf("got %v", got)
	}
}

// faulty is a source that goes away.
type faulty struct{ err error }

func (f faulty) Send(_ context.Context, _ []fetch.Want, sink fetch.Sink) error {
	for range 3 {
		if err := sink.Data(0, block(1, 300_000)); err != nil {
			return err
		}
	}
	return f.err
}

func TestASourceThatGoesIsSaidToBeGone(t *testing.T) {
	gone := errors.New("the cable is out")
	r := sample()
	r.proposals[0].Wants = many(10, 4<<20)
	r.Source = faulty{gone}
	var got error
	r.applying = func(ctx context.Context, src fetch.Source, w peer.Follower) (*peer.Outcome, error) {
		got = src.Send(ctx, many(10, 4<<20), &checker{})
		return &peer.Outcome{}, nil
	}
	c := connect(t, r, ClientOptions{})
	upTo(t, c)
	if err := c.Send(context.Background(), many(1, 4<<20), &checker{}); err == nil || err.Error() != gone.Error() {
		t.Errorf("got %v", err)
	}
	if _, err := c.Apply(context.Background(), faulty{gone}, nil); err != nil {
		t.Fatal(err)
	}
	if got == nil || got.Error() != gone.Error() {
		t.Errorf("got %v", got)
	}
}

func TestAContentThatGrowsHasChanged(t *testing.T) {
	r := sample()
	r.Source = faulty{}
	c := connect(t, r, ClientOptions{})
	upTo(t, c)
	sink := &checker{}
	err := c.Send(context.Background(), many(1, 3), sink)
	if sink.missing[0] != fetch.ErrChanged {
		t.Errorf("missing %v", sink.missing)
	}
	if !errors.Is(err, wire.ErrProtocol) {
		t.Errorf("a source that ends nothing: %v", err)
	}
}
