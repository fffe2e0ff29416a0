package merge

import (
	"context"
	"testing"

	"github.com/zeebo/blake3"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// sinkOf is a sink with contents of which something is known already.
func sinkOf(ctx context.Context, t tree.Tree, s *stage, in []incoming) *sink {
	wants := make([]fetch.Want, len(in))
	for i := range in {
		wants[i] = in[i].want
	}
	k := newSink(ctx, t, s, wants, func(n int) *incoming { return &in[n] }, make(chan struct{}, 1))
	for i := range in {
		k.at(i)
	}
	return k
}

// TestAgainCountsAnew: what is asked for a second time has other numbers, however
// it is brought. Under the number of another want its bytes would go to that one's
// path.
func TestAgainCountsAnew(t *testing.T) {
	m := memory.New()
	root, err := m.Open("")
	if err != nil {
		t.Fatal(err)
	}
	if err := root.Mkdir(index.Private, 0o700); err != nil {
		t.Fatal(err)
	}
	stage, err := openStage(m)
	if err != nil {
		t.Fatal(err)
	}
	in := make([]incoming, 3)
	for i := range in {
		in[i] = incoming{meta: meta{mode: 0o644}, want: fetch.Want{Size: 4}, out: staged{name: localName("run", i)}}
	}
	in[1].phase, in[1].want.Offset = spoiled, 2
	in[2].phase, in[2].want.Offset = spoiled, 2
	s := sinkOf(context.Background(), m, stage, in)
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
