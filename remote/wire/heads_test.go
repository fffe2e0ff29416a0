package wire

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// crowded is a path of n versions, with all its registers.
func crowded(n int) *index.Entry {
	e := &index.Entry{Path: "profile"}
	for i := range n {
		e.Heads = append(e.Heads, index.Head{Gen: index.GenID{Author: 1, Tag: uint64(i + 1)}, Kind: index.File, Clock: 1, Size: int64(i)})
	}
	gen := index.GenID{Author: 1, Tag: 1}
	e.Mode = index.ModeReg{Value: 0o600, Gen: gen}
	e.Owner = index.OwnerReg{Value: "0:0", Gen: gen}
	e.Attrs = index.AttrsReg{Value: "a=AA;", Gen: gen}
	return e
}

// As many versions as trees come to are told, with whatever else there is of the path.
func TestManyVersionsOfAPathAreTold(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 129, 255, 256, 1000, index.MaxHeads + 1, MaxHeads} {
		whole := crowded(n)
		for _, e := range []*index.Entry{
			whole, {Path: "p", Heads: whole.Heads, Mode: whole.Mode}, {Path: "p", Heads: whole.Heads, Owner: whole.Owner}, {Path: "p", Heads: whole.Heads, Attrs: whole.Attrs},
		} {
			sent := peer.Delta{From: 1, Entries: []*index.Entry{e}}
			if got := across(t, sent, (*Coder).Delta); !reflect.DeepEqual(got, sent) {
				t.Fatalf("%d versions did not arrive", n)
			}
		}
	}
	losers := crowded(500).Heads
	c := plan.Conflict{Path: "profile", Winner: losers[0], Losers: losers[1:]}
	if got := across(t, c, (*Coder).conflict); !reflect.DeepEqual(got, c) {
		t.Error("a conflict of 500 versions did not arrive")
	}
}

// Where more versions are here than can be told, that is said to be so, and is no fault of the
// other side.
func TestTooManyVersionsAreNobodysOffence(t *testing.T) {
	e := &index.Entry{Path: "profile", Heads: crowded(MaxHeads + 1).Heads}
	d := peer.Delta{From: 1, Entries: []*index.Entry{e}}
	_, err := encode(func(c *Coder) { c.Delta(&d) })
	if err == nil || errors.Is(err, ErrProtocol) || !strings.Contains(err.Error(), `"profile" has`) {
		t.Errorf("a delta: %v", err)
	}
	conflict := plan.Conflict{Path: "profile", Winner: e.Heads[0], Losers: e.Heads[1:]}
	_, err = encode(func(c *Coder) { c.conflict(&conflict) })
	if err == nil || errors.Is(err, ErrProtocol) {
		t.Errorf("a conflict: %v", err)
	}
}
