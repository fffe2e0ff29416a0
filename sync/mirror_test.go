package sync_test

import (
	"fmt"
	"slices"
	"testing"

	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/tree/memory"
)

// A mirror after a conflict that was left alone: what the first tree has counts,
// though the other side's version had won, and its bytes are nowhere any more.
func TestMirrorOfWhatWasLeftAlone(t *testing.T) {
	w, s := three(t, "AB")
	w.two(s...)
	s[0].write("two", "by A")
	s[1].write("two", "by B, later")
	if r := w.sync(latussync.Options{Conflict: plan.Fail}, s...); r.err != nil {
		t.Fatal(r.err)
	}
	s[1].remove("two")
	s[1].mkdir("two")
	if r := w.sync(latussync.Options{Mode: peer.Mirror, MaxDelete: off}, s...); r.err != nil || len(r.problems) > 0 {
		t.Fatalf("%v, problems %q", r.err, r.problems)
	}
	w.same(s...)
	if r := w.two(s...); len(r.changes)+len(r.problems) > 0 {
		t.Fatalf("still changes %q, problems %q", r.changes, r.problems)
	}
	if got := s[1].look()["two"].text; got != "by A" {
		t.Fatalf("%q", got)
	}
}

// What the first tree's user saves while it is mirrored wins over what the mirror made of
// the version before, whose bytes are nowhere any more: the next mirror is done with it.
func TestMirrorOfWhatIsBeingEdited(t *testing.T) {
	saved := false
	w := newWorld(t, 5, 0)
	var a *site
	a = w.add("A", memory.WithHook(func(call memory.Call) error {
		if w.hours == 4 && call.Op == "sync" && call.Name == "index.jsonl" && !saved { // scanned, and not decided yet
			saved = true
			a.write("two", "saved by A's user meanwhile")
			a.touch("two", a.now()-1e6) // before B decides, by its clock
		}
		return nil
	}))
	b := w.add("B")
	a.write("two", "two")
	w.two(a, b)
	w.two(a, b)
	w.two(a, b)
	b.write("two", "by B, later")
	a.write("other", "so that something is authored")
	w.sync(latussync.Options{Mode: peer.Mirror, MaxDelete: off}, a, b)
	if !saved {
		t.Fatal("nothing was authored")
	}
	w.two(a, b)
	for _, s := range w.sites {
		if got := s.look()["two"].text; got != "saved by A's user meanwhile" {
			t.Fatalf("%s: %q", s.name, got)
		}
	}
	w.sync(latussync.Options{Mode: peer.Mirror, MaxDelete: off}, a, b)
	if r := w.two(a, b); len(r.changes)+len(r.problems) > 0 {
		t.Fatalf("still changes %q, problems %q", r.changes, r.problems)
	}
	w.same(a, b)
	if got := b.look()["two"].text; got != "saved by A's user meanwhile" {
		t.Fatalf("%q", got)
	}
}

// A mirror that could not put back a version of the first tree's, which is edited then: the
// next one puts back the edit, and does not wait for the other's bytes, which are nowhere.
func TestMirrorOfWhatAnotherLeft(t *testing.T) {
	broken := false
	w := newWorld(t, 5, 0)
	a, b := w.add("A"), w.add("B", memory.WithHook(func(call memory.Call) error {
		if broken && call.Op == "exchange" {
			return errIO
		}
		return nil
	}))
	mirror := latussync.Options{Mode: peer.Mirror, MaxDelete: off}
	a.write("two", "by A")
	w.two(a, b)
	b.write("two", "by B, later")
	broken = true
	if r := w.sync(mirror, a, b); len(r.problems) == 0 {
		t.Fatal("it was put back")
	}
	broken = false
	a.write("two", "edited by A")
	for i := range 2 {
		if r := w.sync(mirror, a, b); r.err != nil || len(r.problems) > 0 || i > 0 && len(r.changes) > 0 {
			t.Fatalf("run %d: %v, changes %q, problems %q", i, r.err, r.changes, r.problems)
		}
		w.same(a, b)
		if got := b.look()["two"].text; got != "edited by A" {
			t.Fatalf("%q", got)
		}
	}
	if r := w.two(a, b); len(r.changes)+len(r.problems) > 0 {
		t.Fatalf("still changes %q, problems %q", r.changes, r.problems)
	}
}

// What a decision took over goes by an older name; so does what a mirror makes of it.
func TestMirrorOfADecision(t *testing.T) {
	for first := range 2 {
		w, s := three(t, "ABC")
		w.two(s...)
		s[0].write("two", "by A")
		s[1].write("two", "by B, later")
		w.sync(latussync.Options{Conflict: plan.KeepBoth}, s[0], s[1])
		s[2].write("two", "by C, and last")
		if r := w.sync(latussync.Options{Mode: peer.Mirror, MaxDelete: off}, s[first], s[2]); r.err != nil || len(r.problems) > 0 {
			t.Fatalf("%v, problems %q", r.err, r.problems)
		}
		w.same(s...)
	}
}

// A mirror makes the others what is on the first tree's disk, also where that lags
// behind a version whose bytes cannot be had.
func TestMirrorOfWhatLags(t *testing.T) {
	for _, gone := range []bool{false, true} {
		broken := false
		w := newWorld(t, 5, 0)
		s := []*site{w.add("A"), w.add("B", memory.WithHook(func(call memory.Call) error {
			if broken && call.Op == "read" && call.Name == "two" {
				return errIO
			}
			return nil
		}))}
		s[0].write("two", "by A")
		w.two(s...)
		s[1].write("two", "by B, later")
		broken = true
		if r := w.two(s...); len(r.problems) == 0 {
			t.Fatal("could be read")
		}
		broken = false
		if gone {
			s[1] = w.add("C") // B's disk died
		}
		r := w.sync(latussync.Options{Mode: peer.Mirror, MaxDelete: off}, s...)
		if r.err != nil || len(r.problems) > 0 {
			t.Fatalf("%v, problems %q", r.err, r.problems)
		}
		w.same(s...)
		if got := s[1].look()["two"].text; got != "by A" {
			t.Fatalf("mirrored: %q", got)
		}
		if r := w.two(s...); len(r.changes)+len(r.conflicts)+len(r.problems) > 0 {
			t.Fatalf("and then conflicts %v, changes %q, problems %q", r.conflicts, r.changes, r.problems)
		}
	}
}

// Two first scans found one file, and one tree dropped one of the two versions while
// the other was superseded where both were known: the one that was left stays.
func TestTheVersionThatWasLeftStays(t *testing.T) {
	for seed := range uint64(6) {
		w := newWorld(t, seed, 4)
		a, b, c, d := w.sites[0], w.sites[1], w.sites[2], w.sites[3]
		when := a.now()
		for _, s := range []*site{a, d} {
			s.write("f", "the same")
			s.touch("f", when)
		}
		w.two(c, a)
		a.write("f", "an edit of A")
		if r := w.sync(latussync.Options{Mode: peer.Mirror, MaxDelete: off}, d, a, c, b); r.err != nil {
			t.Fatal(r.err)
		}
		w.two(b, a)
		if r := w.two(b, c); r.Unequal {
			t.Fatalf("seed %d: digests differ: %q", seed, r.problems)
		}
		w.two(w.sites...)
		w.same(w.sites...)
		if got := c.look()["f"].text; got != "the same" {
			t.Fatalf("seed %d: f is %q", seed, got)
		}
	}
}

// A mirror that was cut short has decided to bring a version back whose bytes are nowhere
// once the first tree's user has done something else with the file: that is what counts,
// and nobody waits for the older version.
func TestMirrorCutShortThenChanged(t *testing.T) {
	mirror := latussync.Options{Mode: peer.Mirror, MaxDelete: off}
	for name, change := range map[string]func(a *site){
		"removed": func(a *site) { a.remove("two") },
		"renamed": func(a *site) { a.rename("two", "other") },
		"edited":  func(a *site) { a.write("two", "edited by A") },
		"a directory": func(a *site) {
			a.remove("two")
			a.mkdir("two")
		},
	} {
		for next, o := range map[string]latussync.Options{
			"plain": {}, "mirror": mirror, "fail": {Conflict: plan.Fail}, "keep": {Conflict: plan.KeepBoth},
		} {
			for n := range 4 {
				told, turned := n%2 == 1, n/2 == 1 && next != "mirror"
				t.Run(fmt.Sprintf("%s, %s, told %t, turned %t", name, next, told, turned), func(t *testing.T) {
					broken := false
					w := newWorld(t, 5, 0)
					a := w.add("A", memory.WithHook(func(call memory.Call) error {
						if broken && !told && call.Op == "sync" && call.Name == "index.jsonl" {
							return errIO
						}
						return nil
					}))
					b := w.add("B", memory.WithHook(func(call memory.Call) error {
						if broken && call.Op == "exchange" {
							return errIO
						}
						return nil
					}))
					a.write("two", "by A")
					w.two(a, b)
					w.two(a, b)
					b.write("two", "by B, later")
					broken = true
					if r := w.sync(mirror, a, b); r.err == nil && len(r.problems) == 0 {
						t.Fatal("it was put back")
					}
					if got := b.look()["two"].text; got != "by B, later" {
						t.Fatalf("%q", got)
					}
					broken = false
					change(a)
					want := a.look()
					for i := range 2 {
						trees := []*site{a, b}
						if turned {
							slices.Reverse(trees)
						}
						r := w.sync(o, trees...)
						if r.err != nil || len(r.problems) > 0 || i > 0 && len(r.changes) > 0 {
							t.Fatalf("run %d: %v, changes %q, problems %q", i, r.err, r.changes, r.problems)
						}
						w.same(a, b)
					}
					if r := w.sync(mirror, a, b); r.err != nil || len(r.changes)+len(r.problems) > 0 {
						t.Fatalf("a mirror after it: %v, changes %q, problems %q", r.err, r.changes, r.problems)
					}
					if got := b.look(); got["two"].text != want["two"].text || got["other"].text != want["other"].text {
						t.Fatalf("%v, not %v", got, want)
					}
				})
			}
		}
	}
}
