package plan

import (
	"math/rand/v2"
	"testing"

	"latus/index"
)

// Two trees that have heard of the same, and whatever either has at a path, come to the same
// once each lists everything, which a run that finds a difference does twice: nothing may
// differ for ever.
func TestWhoListsEverythingAgrees(t *testing.T) {
	gens := []index.GenID{gen(1, 1), gen(2, 2), gen(1, 3), gen(2, 4), gen(3, 5)}
	all := hasMerged{}
	for _, g := range gens {
		all[g] = true
	}
	for seed := range uint64(20000) {
		r := rand.New(rand.NewPCG(seed, 7))
		versions := make([]index.Head, len(gens))
		for i, g := range gens {
			versions[i] = []index.Head{fileHead(g, r.IntN(2)), dirHead(g), linkHead(g, "to"), gone(g)}[r.IntN(4)]
			versions[i].First = r.IntN(3) == 0
			versions[i].Utime = int64(r.IntN(50))
		}
		mine, theirs := anyEntry(r, versions), anyEntry(r, versions)
		rule := MergeRule{Mine: Sees{r.IntN(2) == 0}, Theirs: Sees{r.IntN(2) == 0}}
		back := MergeRule{Mine: rule.Theirs, Theirs: rule.Mine, Again: true}
		hub, spoke := mine, theirs
		for range 2 {
			hub = or(MergeEntry(hub, spoke, all, all, rule))
			spoke = or(MergeEntry(spoke, hub, all, all, back))
		}
		if hub.Digest() != spoke.Digest() {
			t.Fatalf("seed %d: %+v\nand %+v\ncome to %+v\nand %+v", seed, mine, theirs, hub, spoke)
		}
	}
}

// or is e, or an entry that says nothing.
func or(e *index.Entry, _ bool) *index.Entry {
	if e == nil {
		return &index.Entry{Path: "a"}
	}
	return e
}

// anyEntry has some of these versions, and registers that somebody set, or nobody.
func anyEntry(r *rand.Rand, versions []index.Head) *index.Entry {
	e := &index.Entry{Path: "a", Witness: index.Witness{Kind: index.File}}
	for _, h := range versions {
		if r.IntN(2) == 0 {
			if r.IntN(3) == 0 {
				h = unhashed(h)
			}
			e.Heads = append(e.Heads, h)
		}
	}
	sortHeads(e.Heads)
	var by [3]index.GenID
	for i := range by {
		if r.IntN(4) > 0 {
			by[i] = versions[r.IntN(len(versions))].Gen
		}
	}
	stamp := func() int64 { return int64(r.IntN(40)) }
	e.Mode = index.ModeReg{Value: []uint32{0, 0o600, 0o755}[r.IntN(3)], Stamp: stamp(), Gen: by[0]}
	e.Owner = index.OwnerReg{Value: []index.Owner{"", "0:0", "1:1"}[r.IntN(3)], Stamp: stamp(), Gen: by[1]}
	e.Attrs = index.AttrsReg{Value: []index.Attrs{"", index.NoAttrs, "x=AA;"}[r.IntN(3)], Stamp: stamp(), Gen: by[2]}
	return e
}
