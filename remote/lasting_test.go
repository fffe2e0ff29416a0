package remote

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/tree/memory"
)

// forger is a tree that tells other things than it has.
type forger struct {
	peer.Replica
	forge func(*peer.Delta)
}

func (f forger) Look(ctx context.Context, q peer.LookQuery) (*peer.View, error) {
	v, err := f.Replica.Look(ctx, q)
	if err == nil && v.Delta != nil {
		f.forge(v.Delta)
	}
	return v, err
}

func (f forger) Delta(ctx context.Context, q peer.DeltaQuery) (*peer.Delta, error) {
	d, err := f.Replica.Delta(ctx, q)
	if err == nil {
		f.forge(d)
	}
	return d, err
}

// runForged is a run of an honest tree with one that forges, over a wire.
func runForged(t *testing.T, r *rand.Rand, honest, other *memory.Tree, forge func(*peer.Delta)) error {
	t.Helper()
	near := replicaOf(t, r, honest)
	defer near.Close()
	a, b := net.Pipe()
	served := make(chan error, 1)
	go func() {
		served <- Serve(context.Background(), b, opening(forger{replicaOf(t, r, other), forge}), ServeOptions{})
	}()
	c, err := NewClient(context.Background(), a, ClientOptions{})
	must(t, err)
	_, err = latussync.Run(context.Background(), []peer.Member{{Spec: "first", Replica: near}, {Spec: "second", Replica: c}}, latussync.Options{}, silent{})
	c.Close()
	<-served
	return err
}

// An edit from the end of all times, of one tree in one run, keeps nobody from editing what
// is there, and from telling it.
func TestALateEditLocksNobodyOut(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	honest, other := memory.New(memory.WithName("/honest")), memory.New(memory.WithName("/other"))
	populate(t, honest, map[index.Path]string{"a": "text of a"})
	must(t, runBoth(t, r, honest, other, 0, nil))
	populate(t, other, map[index.Path]string{"b": "text of b", "a": "changed", "d/x": "text of x"})
	forged := 0
	must(t, runForged(t, r, honest, other, func(d *peer.Delta) {
		for i, e := range d.Entries {
			n := *e
			n.Heads = append([]index.Head(nil), e.Heads...)
			for j := range n.Heads {
				n.Heads[j].Utime = index.MaxTime
				forged++
			}
			if n.Mode.Set() {
				n.Mode.Stamp = index.MaxTime
			}
			d.Entries[i] = &n
		}
	}))
	if forged < 3 {
		t.Fatalf("%d versions were forged", forged)
	}
	third := memory.New(memory.WithName("/third"))
	for round := range 3 {
		populate(t, honest, map[index.Path]string{"a": fmt.Sprint("edit ", round), "b": fmt.Sprint("edit of b ", round), "d/x": ""})
		must(t, runBoth(t, r, honest, third, 0, nil))
		for _, text := range []string{fmt.Sprint("edit ", round), fmt.Sprint("edit of b ", round)} {
			if !everything(t, third)[text] {
				t.Errorf("%q did not arrive", text)
			}
		}
		populate(t, third, map[index.Path]string{"d/x": fmt.Sprint("x ", round)})
		must(t, runBoth(t, r, honest, third, 0, nil))
		if !everything(t, honest)[fmt.Sprint("x ", round)] {
			t.Errorf("round %d: what the third tree made did not arrive", round)
		}
	}
}

// Many trees may each come with a file of the same name: all versions are kept, and told.
func TestManyTreesWithOneNameMeet(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	hub := memory.New(memory.WithName("/hub"))
	populate(t, hub, map[index.Path]string{"profile": "of the hub"})
	const trees = 70
	for i := range trees {
		m := memory.New(memory.WithName(fmt.Sprint("/tree", i)))
		populate(t, m, map[index.Path]string{"profile": strings.Repeat("of a tree ", i+1)})
		must(t, runForged(t, r, hub, m, func(*peer.Delta) {}))
	}
	last := memory.New(memory.WithName("/last"))
	must(t, runForged(t, r, hub, last, func(*peer.Delta) {}))
	populate(t, last, map[index.Path]string{"profile": "of all"})
	must(t, runForged(t, r, hub, last, func(*peer.Delta) {}))
	if !everything(t, hub)["of all"] {
		t.Error("an edit did not arrive")
	}
}

// A tree that says that there are more versions of a path than trees merge is not merged
// with. The other one stays what it is, and goes on with others.
func TestVersionsWithoutEndAreNotMerged(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	honest, other := memory.New(memory.WithName("/honest")), memory.New(memory.WithName("/other"))
	populate(t, honest, map[index.Path]string{"profile": "mine"})
	must(t, runBoth(t, r, honest, other, 0, nil))
	aside := other.Clone(memory.WithName("/aside"))
	populate(t, other, map[index.Path]string{"profile": "theirs"})
	err := runForged(t, r, honest, other, func(d *peer.Delta) {
		k := &d.Known[len(d.Known)-1]
		for i := range d.Known {
			if d.Known[i].Author == d.From {
				k = &d.Known[i]
			}
		}
		seq := uint64(1 << 20)
		for i, e := range d.Entries {
			if e.Path != "profile" {
				continue
			}
			n := *e
			n.Heads = nil
			for tag := range uint64(index.MaxHeads + 1) {
				g := index.Generation{GenID: index.GenID{Author: k.Author, Tag: 1 + tag}, Seq: seq + tag}
				k.More = append(k.More, g)
				n.Heads = append(n.Heads, index.Head{Gen: g.GenID, Kind: index.File, Clock: 1, Size: int64(tag)})
			}
			d.Entries[i] = &n
		}
	})
	if err == nil || !strings.Contains(err.Error(), `"profile" would have`) {
		t.Errorf("got %v", err)
	}
	populate(t, honest, map[index.Path]string{"profile": "mine, later"})
	must(t, runBoth(t, r, honest, aside, 0, nil))
	if !everything(t, aside)["mine, later"] {
		t.Error("an edit did not arrive")
	}
}
