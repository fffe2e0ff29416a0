package index

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// told is all that an index tells, comparable by DeepEqual.
type told struct {
	Entries []Entry
	Gens    []Generation
	Intents []Intent
	Digest  uint64
	Floor   Floor
}

func tell(x *Index) told {
	var s told
	for e := range x.All() {
		c := *e
		c.Heads, c.Have = normal(c.Heads), normal(c.Have)
		s.Entries = append(s.Entries, c)
	}
	s.Gens = slices.Collect(x.Knowledge().All())
	s.Intents = x.Intents()
	s.Digest, s.Floor = x.Digest(), x.Floor()
	return s
}

func normal(heads []Head) []Head {
	var c []Head
	for _, h := range heads {
		if len(h.Lineage) == 0 {
			h.Lineage = nil
		}
		c = append(c, h)
	}
	return c
}

func wantTold(t interface {
	Helper()
	Fatalf(string, ...any)
}, got, want told) {
	t.Helper()
	if len(got.Entries) != len(want.Entries) {
		t.Fatalf("%d entries, want %d", len(got.Entries), len(want.Entries))
	}
	for i := range got.Entries {
		if !reflect.DeepEqual(got.Entries[i], want.Entries[i]) {
			t.Fatalf("entry\n%+v, want\n%+v", got.Entries[i], want.Entries[i])
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("told\n%+v, want\n%+v", got, want)
	}
}

func sortedPaths(x *Index) error {
	all := slices.Collect(x.All())
	for i := 1; i < len(all); i++ {
		if Compare(all[i-1].Path, all[i].Path) >= 0 {
			return fmt.Errorf("%q before %q", all[i-1].Path, all[i].Path)
		}
	}
	return nil
}

// TestRoundTrip checks that whatever is committed loads again, as it was in
// memory, before and after a compaction, and that an index kept in memory only
// would have come to the same.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newMemory()
		x, _, err := Load(s, false)
		if err != nil {
			t.Fatal(err)
		}
		var paths []Path
		for range 5 {
			paths = append(paths, drawPath(t))
		}
		seqs := map[PeerID]uint64{}
		for range rapid.IntRange(1, 4).Draw(t, "transactions") {
			tx := x.Begin()
			drawChanges(t, tx, paths, seqs)
			if err := tx.Commit(rapid.Bool().Draw(t, "sync")); err != nil {
				t.Fatal(err)
			}
			if err := sortedPaths(x); err != nil {
				t.Fatal(err)
			}
			if rapid.IntRange(0, 3).Draw(t, "reload") == 0 {
				want := tell(x)
				if x = reload(t, s); len(want.Intents) == 0 {
					want.Intents = nil
				}
				got := tell(x)
				if len(got.Intents) == 0 {
					got.Intents = nil
				}
				if len(want.Floor) > 0 {
					forgetTimes(want.Gens)
					forgetTimes(got.Gens)
				}
				wantTold(t, got, want)
			}
		}
		want := tell(x)
		got := tell(reload(t, s))
		if len(want.Floor) > 0 { // the file may have been written anew
			forgetTimes(want.Gens)
			forgetTimes(got.Gens)
		}
		wantTold(t, got, want)
		want = tell(x)

		if err := x.rewrite(formatFor(x.floor)); err != nil {
			t.Fatal(err)
		}
		wantTold(t, tell(x), want)
		forgetTimes(want.Gens)
		y := reload(t, s)
		got = tell(y)
		forgetTimes(got.Gens)
		wantTold(t, got, want)

		tx := y.Begin()
		drawChanges(t, tx, paths, seqs)
		if err := tx.Commit(true); err != nil {
			t.Fatal(err)
		}
		want, got = tell(y), tell(reload(t, s))
		forgetTimes(want.Gens)
		forgetTimes(got.Gens)
		wantTold(t, got, want)
	})
}

// forgetTimes: compaction drops the times of generations that nothing refers to.
func forgetTimes(gens []Generation) {
	for i := range gens {
		gens[i].Time = 0
	}
}

func reload(t *rapid.T, s Store) *Index {
	x, damage, err := Load(s, false)
	if err != nil || damage != nil {
		t.Fatalf("load: %v, damage %+v", err, damage)
	}
	return x
}

// TestCompareFollowsTheTree checks that Compare is a total order in which a
// directory stands right before all that is below it.
func TestCompareFollowsTheTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawPath(t), drawPath(t), drawPath(t)
		if got, want := Compare(a, b), componentwise(a, b); got != want {
			t.Fatalf("Compare(%q, %q) = %d, want %d", a, b, got, want)
		}
		if Compare(a, b) != -Compare(b, a) || (Compare(a, b) == 0) != (a == b) {
			t.Fatalf("%q and %q", a, b)
		}
		if Compare(a, b) < 0 && Compare(b, c) < 0 && Compare(a, c) >= 0 {
			t.Fatalf("%q, %q, %q", a, b, c)
		}
		if a.Under(c) && Compare(c, b) < 0 && Compare(b, a) < 0 && !b.Under(c) {
			t.Fatalf("%q stands between %q and %q", b, c, a)
		}
	})
}

func componentwise(a, b Path) int {
	if a == "" || b == "" {
		return cmp.Compare(len(a), len(b))
	}
	first := func(p Path) (string, Path) {
		for i := range len(p) {
			if p[i] == '/' {
				return string(p[:i]), p[i+1:]
			}
		}
		return string(p), ""
	}
	x, restA := first(a)
	y, restB := first(b)
	if x != y {
		return cmp.Compare(x, y)
	}
	return componentwise(restA, restB)
}
