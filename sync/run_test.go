package sync_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
)

// three makes as many trees as there are letters, A with a few files.
func three(t *testing.T, letters string) (*world, []*site) {
	w := newWorld(t, 7, len(letters))
	a := w.sites[0]
	a.mkdir("d")
	a.write("d/one", "the first")
	a.write("two", "the second")
	return w, w.sites
}

// same holds trees against the first one.
func (w *world) same(sites ...*site) {
	w.t.Helper()
	want := sites[0].look()
	for _, s := range sites[1:] {
		if got := s.look(); !maps.Equal(got, want) {
			w.t.Fatalf("%s and %s differ:\n%s", sites[0].name, s.name, difference(want, got))
		}
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	for _, o := range []latussync.Options{
		{}, {Mode: peer.OneWay}, {Mode: peer.Mirror}, {Conflict: plan.KeepBoth}, {Conflict: plan.Fail}, {Checksum: true},
	} {
		w, s := three(t, "ABC")
		o.Dry = true
		dry := func(wants int) {
			t.Helper()
			var before []int
			for _, x := range s {
				before = append(before, x.mem.Changes())
			}
			r := w.sync(o, s...)
			if r.err != nil || r.Changes < wants || len(r.changes) != r.Changes {
				t.Fatalf("%+v: %v, %d changes: %q", o, r.err, r.Changes, r.changes)
			}
			for i, x := range s {
				if n := x.mem.Changes() - before[i]; n > 0 {
					t.Fatalf("%+v: %s was written %d times", o, x.name, n)
				}
			}
		}
		dry(6)
		w.two(s...)
		s[0].write("two", "the second, again")
		s[1].write("two", "otherwise")
		s[2].rename("d", "e")
		dry(1)
	}
}

// A conflict is reported in the run in which it comes up, and in no other,
// whoever meets whom afterwards.
func TestConflictReportedOnce(t *testing.T) {
	for _, last := range [][]int{{0, 2}, {2, 0}, {1, 2}, {2, 1}} {
		w, s := three(t, "ABC")
		w.two(s...)
		s[0].write("two", "by A")
		s[1].write("two", "by B, later")
		if r := w.two(s[0], s[1]); len(r.conflicts) != 1 || r.Conflicts != 1 || r.conflicts[0].Path != "two" {
			t.Fatalf("conflicts %v", r.conflicts)
		}
		for _, pair := range [][]int{last, {0, 2}, {1, 2}, {0, 1}} {
			if r := w.two(s[pair[0]], s[pair[1]]); len(r.conflicts) > 0 {
				t.Fatalf("%v: again: %v", pair, r.conflicts)
			}
		}
		w.same(s...)
		for _, x := range s {
			if got := x.look()["two"].text; got != "by B, later" || !x.contents(false)["by A"] {
				t.Fatalf("%s has %q, and of the loser: %v", x.name, got, x.contents(false)["by A"])
			}
		}
	}
}

func TestKeepBoth(t *testing.T) {
	for _, n := range []int{2, 3} {
		for first := range n {
			w, s := three(t, "ABC"[:n])
			w.two(s...)
			for i, x := range s {
				w.hours++
				x.write("two", fmt.Sprint("by ", i))
			}
			order := slices.Concat(s[first:], s[:first])
			r := w.sync(latussync.Options{Conflict: plan.KeepBoth}, order...)
			if r.err != nil || len(r.conflicts) != 1 || len(r.problems) > 0 {
				t.Fatalf("%v, conflicts %v, problems %q", r.err, r.conflicts, r.problems)
			}
			w.same(s...)
			texts := s[0].textsOf("two")
			if want := []string{"by 0", "by 1", "by 2"}[:n]; !slices.Equal(texts, want) {
				t.Fatalf("%d trees, the %d. first: there is %q", n, first, texts)
			}
			if r := w.two(s...); r.Changes+len(r.conflicts) > 0 {
				t.Fatalf("and then %q, %v", r.changes, r.conflicts)
			}
		}
	}
}

// One run over many trees comes to what runs over pairs come to.
func TestManyTreesAreManyPairs(t *testing.T) {
	play := func(run func(w *world, s []*site)) map[index.Path]thing {
		w, s := three(t, "ABCD")
		s[3].write("three", "only D")
		w.two(s...)
		s[0].write("two", "by A")
		s[1].write("two", "by B, later")
		s[1].rename("d", "e")
		s[2].remove("d/one")
		s[2].mkdir("f")
		s[3].chmod("three", 0o600)
		s[3].write("d/new", "in a directory that goes")
		run(w, s)
		w.same(s...)
		return s[0].look()
	}
	want := play(func(w *world, s []*site) { w.two(s...) })
	for name, run := range map[string]func(w *world, s []*site){
		"pairs": func(w *world, s []*site) {
			w.two(s[0], s[1])
			w.two(s[2], s[3])
			w.two(s[1], s[2])
			w.two(s[3], s[0])
			w.two(s[1], s[2])
		},
		"star": func(w *world, s []*site) {
			for range 2 {
				w.two(s[3], s[0])
				w.two(s[3], s[1])
				w.two(s[3], s[2])
			}
		},
		"threes": func(w *world, s []*site) { w.two(s[1], s[2], s[3]); w.two(s[3], s[0], s[2]); w.two(s[0], s[1]) },
	} {
		if got := play(run); !sameButTimes(got, want) {
			t.Errorf("%s come to something else:\n%s", name, difference(want, got))
		}
	}
}

func sameButTimes(a, b map[index.Path]thing) bool {
	return maps.EqualFunc(a, b, func(x, y thing) bool { return x.kind == y.kind && x.text == y.text && x.mode == y.mode })
}
