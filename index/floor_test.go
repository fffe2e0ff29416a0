package index

import (
	"slices"
	"strings"
	"testing"
)

// A floor comes back with the file, in a format that says so; a file of the
// older format is written anew for it, and read as ever before.
func TestFloor(t *testing.T) {
	s := newMemory()
	x := mustLoad(t, s)
	g, entries := synced(3, false)
	author(t, x, g, entries)
	has := func(text string) {
		t.Helper()
		if !strings.HasPrefix(string(s.files[FileName]), text) {
			t.Fatalf("the file begins with %.60s", s.files[FileName])
		}
	}
	has(`{"latus":"index","format":1,`)
	forget := func(marks ...Mark) {
		t.Helper()
		tx := x.Begin()
		tx.Forget(marks...)
		commit(t, tx)
		wantTold(t, tell(mustLoad(t, s)), tell(x))
	}
	forget(Mark{5, 2})
	has(`{"latus":"index","format":2,`)
	size := len(s.files[FileName])
	forget(Mark{5, 1}, Mark{5, 2})
	if len(s.files[FileName]) != size {
		t.Error("what is no news was written")
	}
	forget(Mark{4, 9}, Mark{5, 3})
	if want := (Floor{{4, 9}, {5, 3}}); !slices.Equal(mustLoad(t, s).Floor(), want) {
		t.Errorf("%v, want %v", x.Floor(), want)
	}
	if err := x.rewrite(formatFor(x.floor)); err != nil {
		t.Fatal(err)
	}
	has(`{"latus":"index","format":2,`)
	if want := (Floor{{4, 9}, {5, 3}}); !slices.Equal(mustLoad(t, s).Floor(), want) {
		t.Errorf("written anew: %v", mustLoad(t, s).Floor())
	}
}

func TestFloorHolds(t *testing.T) {
	know := func(gens ...Generation) *Knowledge {
		k := NewKnowledge()
		for _, g := range gens {
			k.Add(g)
		}
		return k
	}
	gen := func(author PeerID, seq, tag uint64) Generation {
		return Generation{GenID: GenID{author, tag}, Seq: seq}
	}
	all := know(gen(1, 1, 11), gen(1, 2, 12), gen(1, 3, 13), gen(2, 1, 21))
	for _, c := range []struct {
		floor Floor
		other *Knowledge
		want  bool
	}{
		{nil, know(), true},
		{Floor{{1, 2}}, know(gen(1, 1, 11), gen(1, 2, 12)), true},
		{Floor{{1, 3}}, know(gen(1, 1, 11), gen(1, 2, 12)), false},
		{Floor{{1, 1}, {2, 1}}, know(gen(1, 1, 11)), false},
		{Floor{{1, 2}}, know(gen(1, 1, 10), gen(1, 1, 11), gen(1, 2, 12)), true}, // a fork that only the other knows
		{Floor{{1, 2}}, know(gen(1, 1, 11), gen(1, 2, 99)), false},
		{Floor{{3, 7}}, know(), true}, // of somebody whose generations nobody knows any more
	} {
		if got := c.floor.Holds(all, c.other); got != c.want {
			t.Errorf("%v against %v: %v", c.floor, c.other.Counts(), got)
		}
	}
}

func TestVerified(t *testing.T) {
	k := NewKnowledge()
	for n := range uint64(4) {
		k.Add(Generation{GenID: GenID{1, 10 + n}, Seq: n + 1})
		k.Add(Generation{GenID: GenID{2, 20 + n}, Seq: n + 1})
	}
	counts := k.Counts()
	k.Add(Generation{GenID: GenID{1, 99}, Seq: 9})
	k.Add(Generation{GenID: GenID{2, 5}, Seq: 1}) // a fork, from now on first
	p := k.Verified(counts)
	if !p.Has(GenID{1, 13}) || p.Has(GenID{1, 99}) || p.Has(GenID{1, 5}) {
		t.Error("what was counted and is still first is had, and nothing else")
	}
	if p.Has(GenID{2, 20}) || p.Has(GenID{3, 1}) {
		t.Error("what cannot be verified is not had")
	}
	if q := NewKnowledge().Verified(counts); q.Has(GenID{1, 13}) {
		t.Error("nothing is had of what is not known here")
	}
}
