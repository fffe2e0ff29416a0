package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"

	"latus/index"
	"latus/remote/wire"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
)

func TestEveryCallReachesTheReplica(t *testing.T) {
	r, want := sample(), sample()
	c := connect(t, r, ClientOptions{Path: "d"})
	ctx := context.Background()

	hello := peer.Hello{Spec: "host:d", Mode: peer.Mirror, Filter: []string{"*.o", "!\xff"}, MaxDelete: peer.Limit{Set: true, Percent: 2.5}}
	look := peer.LookQuery{Group: 5, Others: []peer.Tree{{Peer: 3, Place: peer.Place{Path: "/x"}}}, To: []index.Count{{Author: 3}}, Known: &index.Summary{}}
	query := peer.DeltaQuery{To: []index.Count{}, Also: []index.Path{"a", "b/c"}}
	options := peer.MergeOptions{Conflict: plan.Fail, Actions: true}
	deltas := []*peer.Delta{want.answer, want.answer}

	check := func(got, wanted any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, wanted) {
			t.Fatalf("got %+v, not %+v", got, wanted)
		}
	}
	welcome, err := c.Hello(ctx, hello)
	check(welcome, want.welcome, err)
	view, err := c.Look(ctx, look)
	check(view, want.view, err)
	delta, err := c.Delta(ctx, query)
	check(delta, want.answer, err)
	proposal, err := c.Merge(ctx, deltas, options)
	check(proposal, want.proposals[0], err)
	hashes, err := c.Hash(ctx, proposal.Questions)
	check(hashes, want.hashes, err)
	proposal, err = c.Answer(ctx, hashes)
	check(proposal, want.proposals[1], err)
	outcome, err := c.Finish(ctx)
	check(outcome, want.outcome, err)

	check(r.heard, []any{hello, look, query, deltas, options, proposal.Questions, hashes}, nil)
	if n := c.RoundTrips(); n != 7 {
		t.Errorf("%d round trips for 7 calls", n)
	}
	if c.Sent() == 0 || c.Received() == 0 {
		t.Error("no bytes were counted")
	}
}

func TestAnswersMayBeLarge(t *testing.T) {
	r := sample()
	for i := range 20_000 {
		h := index.Head{Gen: index.GenID{Author: 1, Tag: uint64(i + 1)}, Kind: index.File, Clock: 1, Size: int64(i)}
		copy(h.Hash[:], block(i, 32))
		r.view.Delta.Entries = append(r.view.Delta.Entries, &index.Entry{Path: index.Path(fmt.Sprintf("b/%08d", i)), Heads: []index.Head{h}})
	}
	for _, mode := range []wire.Compression{wire.Auto, wire.Never} {
		a, b := systemPipes(t)
		c := connectOver(t, a, b, r, ClientOptions{Compress: mode})
		if _, err := c.Hello(context.Background(), peer.Hello{}); err != nil {
			t.Fatal(err)
		}
		v, err := c.Look(context.Background(), peer.LookQuery{})
		if err != nil || !reflect.DeepEqual(v, r.view) {
			t.Fatal("the view came changed:", err)
		}
		r.proposals = sample().proposals
		if _, err := c.Merge(context.Background(), []*peer.Delta{v.Delta, v.Delta}, peer.MergeOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := r.heard[len(r.heard)-2]; !reflect.DeepEqual(got, []*peer.Delta{v.Delta, v.Delta}) {
			t.Fatal("the deltas came changed")
		}
	}
}

func TestRoundTrips(t *testing.T) {
	ctx := context.Background()
	t.Run("nothing to do", func(t *testing.T) {
		r := sample()
		c := connect(t, r, ClientOptions{})
		if _, err := c.Hello(ctx, peer.Hello{}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Look(ctx, peer.LookQuery{Known: &index.Summary{}}); err != nil {
			t.Fatal(err)
		}
		c.Close()
		if n := c.RoundTrips(); n != 2 {
			t.Errorf("%d round trips", n)
		}
	})
	for name, questions := range map[string]int{"whole files": 0, "with questions": 1} {
		t.Run(name, func(t *testing.T) {
			r := sample()
			r.applying = func(ctx context.Context, src fetch.Source, _ peer.Watcher) (*peer.Outcome, error) {
				sink := &checker{}
				err := src.Send(ctx, sample().proposals[0].Wants, sink)
				return &peer.Outcome{Changes: sink.good}, err
			}
			c := connect(t, r, ClientOptions{})
			p := upTo(t, c)
			for range questions {
				var err error
				if p, err = c.Answer(ctx, []peer.Answer{}); err != nil {
					t.Fatal(err)
				}
			}
			back := make(chan error)
			go func() { back <- c.Send(ctx, many(100, 1000), &checker{}) }()
			out, err := c.Apply(ctx, generator{}, nil)
			if err != nil || out.Changes != len(p.Wants) {
				t.Fatalf("%+v, %v", out, err)
			}
			if err := <-back; err != nil {
				t.Fatal(err)
			}
			// Send may have begun after Apply was answered; it never waits for it.
			if n := c.RoundTrips(); n < 4+questions || n > 5+questions {
				t.Errorf("%d round trips", n)
			}
		})
	}
}

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
				r.applying = func(ctx context.Context, src fetch.Source, w peer.Watcher) (*peer.Outcome, error) {
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
		r.applying = func(ctx context.Context, src fetch.Source, _ peer.Watcher) (*peer.Outcome, error) {
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
	r.applying = func(ctx context.Context, src fetch.Source, w peer.Watcher) (*peer.Outcome, error) {
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
			r.applying = func(ctx context.Context, src fetch.Source, w peer.Watcher) (*peer.Outcome, error) {
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
	r.applying = func(ctx context.Context, src fetch.Source, w peer.Watcher) (*peer.Outcome, error) {
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
	r.applying = func(ctx context.Context, src fetch.Source, w peer.Watcher) (*peer.Outcome, error) {
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

func TestTheWatcherIsToldInOrder(t *testing.T) {
	r := sample()
	r.proposals[0].Actions = make([]peer.Change, 20_000)
	for i := range r.proposals[0].Actions {
		r.proposals[0].Actions[i].Path = "p"
	}
	var want []int
	r.applying = func(ctx context.Context, src fetch.Source, w peer.Watcher) (*peer.Outcome, error) {
		for n := range 20_000 {
			if n%2 == 0 || n < 1000 {
				w.Applied(n)
				w.Progress(int64(n), 7)
			}
		}
		return &peer.Outcome{}, nil
	}
	for n := range 20_000 {
		if n%2 == 0 || n < 1000 {
			want = append(want, n)
		}
	}
	c := connect(t, r, ClientOptions{})
	upTo(t, c)
	f := &follower{}
	if _, err := c.Apply(context.Background(), generator{}, f); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.done, want) || f.files != 19_998 {
		t.Errorf("%d actions, not %d; %d files", len(f.done), len(want), f.files)
	}
}

func TestAnOutcomeMayComeWithAnError(t *testing.T) {
	r := sample()
	r.applying = func(context.Context, fetch.Source, peer.Watcher) (*peer.Outcome, error) {
		return &peer.Outcome{Changes: 3}, fs.ErrPermission
	}
	c := connect(t, r, ClientOptions{})
	upTo(t, c)
	out, err := c.Apply(context.Background(), generator{}, nil)
	if out == nil || out.Changes != 3 || err != fs.ErrPermission {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestRefusalsAreTyped(t *testing.T) {
	r := sample()
	r.err = &peer.Refusal{Cause: peer.Busy, Tree: "host:d", Text: "in use"}
	c := connect(t, r, ClientOptions{})
	_, err := c.Hello(context.Background(), peer.Hello{Spec: "host:d"})
	if no, ok := errors.AsType[*peer.Refusal](err); !ok || no.Cause != peer.Busy || no.Error() != "host:d: in use" {
		t.Errorf("got %v", err)
	}
	if _, err := c.Look(context.Background(), peer.LookQuery{}); err == nil {
		t.Error("after a refusal nothing can be asked")
	}
}
