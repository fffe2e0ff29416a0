package remote

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
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
			r.applying = func(ctx context.Context, src fetch.Source, _ peer.Follower) (*peer.Outcome, error) {
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

func TestTheWatcherIsToldInOrder(t *testing.T) {
	r := sample()
	r.proposals[0].Actions = make([]peer.Change, 20_000)
	for i := range r.proposals[0].Actions {
		r.proposals[0].Actions[i].Path = "p"
	}
	var want []int
	r.applying = func(ctx context.Context, src fetch.Source, w peer.Follower) (*peer.Outcome, error) {
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
	r.applying = func(context.Context, fetch.Source, peer.Follower) (*peer.Outcome, error) {
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
