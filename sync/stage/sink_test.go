package stage

import (
	"context"
	"testing"

	"github.com/zeebo/blake3"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/tree"
	"latus/sync/tree/memory"
	"latus/sync/tree/treetest"
)

// sinkOf is a sink with contents of which something is known already.
func sinkOf(ctx context.Context, s *Stage, in []incoming) *Sink {
	wants := make([]fetch.Want, len(in))
	for i := range in {
		wants[i] = in[i].want
	}
	k := NewSink(ctx, s, wants, nil, make(chan struct{}, 1))
	for i := range in {
		k.in[i].Store(&in[i])
	}
	return k
}

// opened is a staging area with nothing in it.
func opened(t *testing.T, tr tree.Tree) *Stage {
	t.Helper()
	treetest.MakePrivate(t, tr)
	s, err := Open(tr)
	treetest.Check(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// TestAgainCountsAnew: what is asked for a second time has other numbers, however
// it is brought. Under the number of another want its bytes would go to that one's
// path.
func TestAgainCountsAnew(t *testing.T) {
	stage := opened(t, memory.New())
	in := make([]incoming, 3)
	for i := range in {
		in[i] = incoming{meta: Meta{Mode: 0o644}, want: fetch.Want{Size: 4}, out: Staged{Name: LocalName("run", "", i)}}
	}
	in[1].phase, in[1].want.Offset = spoiled, 2
	in[2].phase, in[2].want.Offset = spoiled, 2
	s := sinkOf(context.Background(), stage, in)
	var second fetch.Sink = s.again()
	p := []byte("text")
	if err := second.(fetch.Keeper).Keep(1, p, index.Hash(blake3.Sum256(p))); err != nil {
		t.Fatal(err)
	}
	if in[0].phase != idle || in[1].phase != idle || in[2].phase != ended || in[2].err != nil {
		t.Errorf("phases %d %d %d, error %v", in[0].phase, in[1].phase, in[2].phase, in[2].err)
	}
	if err := second.Missing(0, fetch.ErrNoSource); err != nil || in[1].phase != ended || in[0].phase != idle {
		t.Errorf("phases %d %d after the other one is missing, %v", in[0].phase, in[1].phase, err)
	}
}

// countdown is cancelled when somebody has asked so often.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// A stop while what an earlier run had fetched is read once more leaves that for the next.
func TestCancelledWhileReadAgain(t *testing.T) {
	st := opened(t, memory.New().User())
	f, err := st.create("c-x", 0o600)
	treetest.Check(t, err)
	_, err = f.Write(make([]byte, 2<<20))
	treetest.Check(t, err)
	treetest.Check(t, f.Close())
	in := []incoming{{meta: Meta{Mode: 0o644}, want: fetch.Want{Size: 4 << 20, Offset: 2 << 20}, out: Staged{Name: "c-x"}}}
	s := sinkOf(&countdown{context.Background(), 3}, st, in)
	_ = s.Data(0, make([]byte, 1<<20))
	s.Give(context.Canceled)
	if !in[0].partial {
		t.Fatal("what was fetched before goes")
	}
}
