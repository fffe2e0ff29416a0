package remote

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/zeebo/blake3"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
)

// recorder is a Replica that notes what it is asked and answers as it was told to.
type recorder struct {
	fetch.Source

	welcome   *peer.Welcome
	view      *peer.View
	answer    *peer.Delta
	proposals []*peer.Proposal
	hashes    []peer.Answer
	outcome   *peer.Outcome
	err       error
	looking   func(context.Context)
	applying  func(ctx context.Context, src fetch.Source, w peer.Follower) (*peer.Outcome, error)

	mu     sync.Mutex
	heard  []any
	closed int
}

func (r *recorder) note(x ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, x...)
}

func (r *recorder) Hello(_ context.Context, h peer.Hello) (*peer.Welcome, error) {
	r.note(h)
	return r.welcome, r.err
}

func (r *recorder) Look(ctx context.Context, q peer.LookQuery) (*peer.View, error) {
	r.note(q)
	if r.looking != nil {
		r.looking(ctx)
	}
	return r.view, ctx.Err()
}

func (r *recorder) Delta(_ context.Context, q peer.DeltaQuery) (*peer.Delta, error) {
	r.note(q)
	return r.answer, nil
}

func (r *recorder) Merge(_ context.Context, ds []*peer.Delta, o peer.MergeOptions) (*peer.Proposal, error) {
	r.note(ds, o)
	return r.propose(), nil
}

func (r *recorder) Answer(_ context.Context, as []peer.Answer) (*peer.Proposal, error) {
	r.note(as)
	return r.propose(), nil
}

func (r *recorder) propose() *peer.Proposal {
	p := r.proposals[0]
	r.proposals = r.proposals[1:]
	return p
}

func (r *recorder) Hash(_ context.Context, qs []plan.Question) ([]peer.Answer, error) {
	r.note(qs)
	return r.hashes, nil
}

func (r *recorder) Apply(ctx context.Context, src fetch.Source, w peer.Follower) (*peer.Outcome, error) {
	if r.applying != nil {
		return r.applying(ctx, src, w)
	}
	return r.outcome, nil
}

func (r *recorder) Finish(context.Context) (*peer.Outcome, error) { return r.outcome, nil }

func (r *recorder) Withdraw(context.Context) error {
	r.note("withdraw")
	return nil
}

func (r *recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed++
	return nil
}

// sample is a recorder with something in every answer.
func sample() *recorder {
	gen := index.GenID{Author: 7, Tag: 1 << 63}
	known := index.Summary{{Author: 7, Common: 3, Hash: 4, More: []index.Generation{{GenID: gen, Seq: 4, Time: 5}}}}
	head := index.Head{Gen: gen, Kind: index.File, Clock: 1, Size: 3, Mtime: -5, Utime: 6, Hash: index.Hash{1}}
	delta := &peer.Delta{From: 7, Known: known, Entries: []*index.Entry{{Path: "a\xff", Heads: []index.Head{head}}}}
	wants := []fetch.Want{{Path: "a", Gen: gen, Size: 3, Origin: &index.Origin{Path: "b", Gen: gen}}, {Path: "big", Gen: gen, Size: 5}}
	proposal := &peer.Proposal{
		Counts: map[string]int{"create": 2}, Bytes: 8, Wants: wants, Second: delta, Files: 9,
		Actions:   []peer.Change{{Op: plan.Create, Kind: index.File, Path: "a", Size: 3}, {Op: plan.Move, Path: "b", From: "c"}},
		Questions: []plan.Question{{Path: "a", Gen: gen}},
		Conflicts: []plan.Conflict{{Path: "a", Winner: head, Losers: []index.Head{head}}},
		Held:      []plan.Held{{Path: "x", Reason: reason.Ignored.Why()}, {Path: "y", Reason: reason.NotEmpty.Why().Then(": a"), News: true}},
	}
	return &recorder{
		welcome:   &peer.Welcome{Tree: peer.Tree{Group: 1, Peer: 7, Name: "host:d"}, Counts: []index.Count{{Author: 7, N: 4, Hash: 9}}},
		view:      &peer.View{Known: known, Digest: 1 << 63, Delta: delta, Problems: []peer.Problem{{Path: "p", Reason: reason.Words("unreadable")}}, Files: 2},
		answer:    delta,
		proposals: []*peer.Proposal{proposal, proposal},
		hashes:    []peer.Answer{{Path: "a", Gen: gen, Hash: index.Hash{9}}},
		outcome:   &peer.Outcome{Digest: 5, Changes: 2, Run: "20261122-131405-1a2b", Saved: map[string]int64{"move": 5}},
		Source:    generator{},
	}
}

// generator is a Source that makes content up from the number of the want.
type generator struct {
	handed func(n int) // told how many bytes went out; may be nil
	fail   map[index.Path]error
}

func block(n int, size int) []byte {
	b := make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(n)})
	random.Read(b)
	return b
}

func (g generator) Send(ctx context.Context, wants []fetch.Want, sink fetch.Sink) error {
	for n, w := range wants {
		if why := g.fail[w.Path]; why != nil {
			if err := sink.Missing(n, why); err != nil {
				return err
			}
			continue
		}
		piece := block(n, int(min(w.Size, 256<<10)))
		hash := blake3.New()
		for left := w.Size; left > 0; left -= int64(len(piece)) {
			piece = piece[:min(int64(len(piece)), left)]
			hash.Write(piece)
			if err := errors.Join(ctx.Err(), sink.Data(n, piece)); err != nil {
				return err
			}
			if g.handed != nil {
				g.handed(len(piece))
			}
		}
		if err := sink.Done(n, sum(hash)); err != nil {
			return err
		}
	}
	return nil
}

func sum(h *blake3.Hasher) (s index.Hash) {
	h.Sum(s[:0])
	return s
}

// checker is a Sink that hashes what it gets.
type checker struct {
	took func(n int) error // told how many bytes came in; may be nil

	mu      sync.Mutex
	hashes  map[int]*blake3.Hasher
	good    int
	missing map[int]error
}

func (c *checker) Data(n int, p []byte) error {
	c.mu.Lock()
	if c.hashes == nil {
		c.hashes = map[int]*blake3.Hasher{}
	}
	if c.hashes[n] == nil {
		c.hashes[n] = blake3.New()
	}
	c.hashes[n].Write(p)
	c.mu.Unlock()
	if c.took != nil {
		return c.took(len(p))
	}
	return nil
}

func (c *checker) Done(n int, h index.Hash) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	got := c.hashes[n]
	if got == nil {
		got = blake3.New()
	}
	if sum(got) != h {
		return errors.New("content arrived changed")
	}
	c.good++
	return nil
}

func (c *checker) Missing(n int, why error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.missing == nil {
		c.missing = map[int]error{}
	}
	c.missing[n] = why
	return nil
}

// follower is a Follower that notes what it is told.
type follower struct {
	mu    sync.Mutex
	done  []int
	files int64
}

func (f *follower) Applied(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done = append(f.done, n)
}

func (f *follower) Progress(files, _ int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files = files
}

// upTo takes a run to the point where Apply comes next.
func upTo(t testing.TB, c *Client) *peer.Proposal {
	t.Helper()
	ctx := context.Background()
	if _, err := c.Hello(ctx, peer.Hello{Spec: "host:d"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Look(ctx, peer.LookQuery{}); err != nil {
		t.Fatal(err)
	}
	p, err := c.Merge(ctx, nil, peer.MergeOptions{Actions: true})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// many returns wants of so many bytes in all.
func many(n int, size int64) []fetch.Want {
	ws := make([]fetch.Want, n)
	for i := range ws {
		ws[i] = fetch.Want{Path: index.Path("f" + string(rune('a'+i%26))), Gen: index.GenID{Tag: uint64(i + 1)}, Size: size}
	}
	return slices.Clip(ws)
}
