package index

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func gen(author PeerID, seq, tag uint64) Generation {
	return Generation{GenID: GenID{author, tag}, Seq: seq, Time: int64(seq)}
}

func knows(gens ...Generation) *Knowledge {
	k := NewKnowledge()
	for _, g := range gens {
		k.Add(g)
	}
	return k
}

// drawKnowledge draws from few generations, so that two of them overlap, extend
// and fork each other. A tag has one seq, as in life; a seq may have two tags.
func drawKnowledge(t *rapid.T, label string) *Knowledge {
	k := NewKnowledge()
	for author := PeerID(1); author <= 3; author++ {
		var all []Generation
		for seq := uint64(1); seq <= 6; seq++ {
			all = append(all, gen(author, seq, seq*1000), gen(author, seq, seq*1000+7))
		}
		var gens []Generation
		switch rapid.IntRange(0, 3).Draw(t, label) {
		case 0: // a prefix of one history
			for i := range rapid.IntRange(0, 6).Draw(t, "n") {
				gens = append(gens, all[2*i])
			}
		case 1: // a history that forks off
			fork := rapid.IntRange(0, 6).Draw(t, "fork")
			for i := range rapid.IntRange(0, 6).Draw(t, "n") {
				if i < fork {
					gens = append(gens, all[2*i])
				} else {
					gens = append(gens, all[2*i+1])
				}
			}
		default: // anything
			gens = rapid.SliceOfDistinct(rapid.SampledFrom(all), func(g Generation) uint64 { return g.Tag }).Draw(t, "gens")
		}
		for _, g := range gens {
			k.Add(g)
		}
	}
	return k
}

// TestExchange checks that two sides that tell counts, forks and summaries to
// each other learn exactly what the other knows.
func TestExchange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawKnowledge(t, "a"), drawKnowledge(t, "b")
		forked := append(a.Forked(b.Counts()), b.Forked(a.Counts())...)
		got, err := b.Resolve(a.Summary(b.Counts(), forked))
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equal(a) || !slices.Equal(slices.Collect(got.All()), slices.Collect(a.All())) {
			t.Fatalf("b understood %v, a knows %v", slices.Collect(got.All()), slices.Collect(a.All()))
		}
		if !slices.Equal(got.Counts(), a.Counts()) {
			t.Fatalf("counts %v, want %v", got.Counts(), a.Counts())
		}
		for _, author := range forked {
			common := 0
			x, y := a.authors[author].gens, b.authors[author].gens
			for common < min(len(x), len(y)) && x[common] == y[common] {
				common++
			}
			if common == min(len(x), len(y)) {
				t.Fatalf("%s is said to be forked: %v and %v", author, x, y)
			}
		}
	})
}

// TestSets checks Add, merge, Clone, Has, Get, Equal and Len against a map.
func TestSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawKnowledge(t, "a"), drawKnowledge(t, "b")
		want := map[GenID]Generation{}
		for g := range a.All() {
			want[g.GenID] = g
		}
		before := slices.Collect(a.All())
		u := a.Clone()
		if rapid.Bool().Draw(t, "asked before") {
			u.Has(GenID{1, 1000})
		}
		for author, theirs := range b.authors {
			u.history(author).merge(theirs.gens)
		}
		for g := range b.All() {
			want[g.GenID] = g
		}
		v := b.Clone()
		all := slices.Collect(a.All())
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, g := range all {
			v.Add(g)
			v.Add(g)
		}
		if !u.Equal(v) || !slices.Equal(u.Counts(), v.Counts()) || u.Len() != len(want) {
			t.Fatalf("union %v, one by one %v", slices.Collect(u.All()), slices.Collect(v.All()))
		}
		for author := PeerID(1); author <= 4; author++ {
			for seq := uint64(1); seq <= 6; seq++ {
				for _, tag := range []uint64{seq * 1000, seq*1000 + 7} {
					id := GenID{author, tag}
					g, ok := u.Get(id)
					if w, in := want[id]; in != ok || in != u.Has(id) || g != w {
						t.Fatalf("%v: %v, %v", id, g, ok)
					}
				}
			}
		}
		if !slices.Equal(slices.Collect(a.All()), before) {
			t.Fatal("a clone's union changed the original")
		}
		if a.Equal(b) != slices.Equal(before, slices.Collect(b.All())) {
			t.Fatal("Equal is wrong")
		}
	})
}

func TestClonesGrowApart(t *testing.T) {
	a := knows(gen(1, 1, 11), gen(1, 2, 12))
	b := a.Clone()
	a.Add(gen(1, 3, 13))
	b.Add(gen(1, 3, 99))
	if a.Has(GenID{1, 99}) || b.Has(GenID{1, 13}) || a.Equal(b) {
		t.Error("clones share what came after")
	}
	if a.NextSeq(1) != 4 || a.NextSeq(2) != 1 {
		t.Errorf("next %d and %d", a.NextSeq(1), a.NextSeq(2))
	}
}

func TestResolveRefuses(t *testing.T) {
	k := knows(gen(1, 1, 11), gen(1, 2, 12), gen(1, 3, 13))
	good := k.Summary(k.Counts(), nil)
	if len(good) != 1 || good[0].Common != 3 || len(good[0].More) != 0 {
		t.Fatalf("%+v", good)
	}
	hash := good[0].Hash
	for name, s := range map[string]Summary{
		"another hash":          {{Author: 1, Common: 3, Hash: hash + 1}},
		"more than there is":    {{Author: 1, Common: 4, Hash: hash}},
		"an unknown author":     {{Author: 2, Common: 1, Hash: hash}},
		"an author twice":       {good[0], good[0]},
		"another author inside": {{Author: 1, Common: 3, Hash: hash, More: []Generation{gen(2, 4, 14)}}},
		"wrong order":           {{Author: 2, More: []Generation{gen(2, 2, 22), gen(2, 1, 21)}}},
		"a tag twice":           {{Author: 2, More: []Generation{gen(2, 1, 21), gen(2, 2, 21)}}},
		"a tag of the prefix":   {{Author: 1, Common: 3, Hash: hash, More: []Generation{gen(1, 4, 11)}}},
		"seq 0":                 {{Author: 2, More: []Generation{gen(2, 0, 21)}}},
	} {
		if got, err := k.Resolve(s); !errors.Is(err, ErrUnverified) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// TestUnnoticedForkDoesNotVerify: a side that has more, and forked, is only found
// out by the other; a summary made in ignorance of that must not be believed.
func TestUnnoticedForkDoesNotVerify(t *testing.T) {
	mine := knows(gen(1, 1, 11), gen(1, 2, 12))
	theirs := knows(gen(1, 1, 11), gen(1, 2, 92), gen(1, 3, 93))
	if f := mine.Forked(theirs.Counts()); len(f) != 0 {
		t.Errorf("mine cannot know: %v", f)
	}
	if f := theirs.Forked(mine.Counts()); !slices.Equal(f, []PeerID{1}) {
		t.Errorf("theirs must notice: %v", f)
	}
	if _, err := theirs.Resolve(mine.Summary(theirs.Counts(), nil)); !errors.Is(err, ErrUnverified) {
		t.Errorf("%v", err)
	}
}

// TestYearsOfGenerations: a generation a minute for a year, of which few are
// referred to, packs into little more than the tags themselves.
func TestYearsOfGenerations(t *testing.T) {
	const n = 100_000
	s := newMemory()
	x := mustLoad(t, s)
	r := rand.New(rand.NewPCG(3, 4))
	tx := x.Begin()
	for seq := range uint64(n) {
		g := gen(1, seq+1, r.Uint64())
		tx.Generation(g)
		if seq%10_000 == 0 {
			tx.Put(&Entry{Path: Path("f").Join(g.Author.String() + string(rune('a'+seq/10_000))), Heads: []Head{{Gen: g.GenID, Kind: Dir, Clock: 1}}})
		}
	}
	tx.Generation(gen(2, 1, 5))
	tx.Generation(gen(2, 1, 6))
	tx.Generation(gen(2, 9, 7))
	commit(t, tx)
	if err := x.Compact(); err != nil {
		t.Fatal(err)
	}
	if size := len(s.files[FileName]); size > n*11+10_000 {
		t.Errorf("%d bytes for %d generations", size, n)
	}
	y := mustLoad(t, s)
	if !y.Knowledge().Equal(x.Knowledge()) {
		t.Error("other generations came back")
	}
	for e := range y.All() {
		if g, ok := y.Generation(e.Heads[0].Gen); !ok || g.Time == 0 {
			t.Errorf("%s: %+v", e.Path, g)
		}
	}
}
