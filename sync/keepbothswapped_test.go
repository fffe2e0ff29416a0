package sync_test

import (
	"fmt"
	"slices"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/tree/memory"
)

// swappedScenes put conflicts into two directories, of which a user exchanges the names in the
// midst of the run that gives the losers theirs.
var swappedScenes = map[string]func(loser, winner *site){
	"in one": func(loser, winner *site) {
		loser.write("d/f", "the loser")
		winner.w.hours++
		winner.write("d/f", "the winner")
	},
	"in one alone": func(loser, winner *site) { // nothing comes to where the loser was
		loser.write("d/alone", "the loser")
		winner.w.hours++
		winner.write("d/alone", "the winner")
	},
	"in both": func(loser, winner *site) {
		for _, p := range []index.Path{"d/f", "e/f"} {
			loser.write(p, "the loser "+string(p))
		}
		winner.w.hours++
		for _, p := range []index.Path{"d/f", "e/f"} {
			winner.write(p, "the winner "+string(p))
		}
	},
	"where a directory has to be": func(loser, winner *site) {
		loser.remove("d/in/f")
		loser.remove("d/in")
		loser.write("d/in", "the loser")
		winner.w.hours++
		winner.write("d/in/f", "the winner")
	},
}

// A user exchanges two directories before some call of the run that gives losers their names.
// No version is left whose bytes are nowhere: the next run has them, or gives them up.
func TestKeepBothWhileDirectoriesAreExchanged(t *testing.T) {
	for name, scene := range swappedScenes {
		for first := range 2 {
			for n, more := 1, true; more; n++ {
				t.Run(fmt.Sprintf("%s, %d first, before %d", name, first, n), func(t *testing.T) {
					more = exchangeBefore(t, n, first, scene)
				})
			}
		}
	}
}

// exchangeBefore does so before call n, and tells whether the run had as many.
func exchangeBefore(t *testing.T, n, first int, scene func(loser, winner *site)) bool {
	w := newWorld(t, 5, 0)
	var loser *site
	on, done := false, false
	loser = w.add("A", memory.WithHook(func(c memory.Call) error {
		if on && c.Change == n {
			done = true
			loser.swap("d", "e")
		}
		return nil
	}))
	winner := w.add("B")
	for _, p := range []index.Path{"d", "e", "d/in"} {
		loser.mkdir(p)
	}
	for _, p := range []index.Path{"d/f", "e/f", "d/alone", "d/in/f", "e/other"} {
		loser.write(p, "at first "+string(p))
	}
	w.two(loser, winner)
	scene(loser, winner)
	order := []*site{loser, winner}
	if first == 1 {
		order = []*site{winner, loser}
	}
	loser.mem.Restart() // which counts anew
	on = true
	if r := w.sync(latussync.Options{Conflict: plan.KeepBoth, MaxDelete: off}, order...); r.err != nil {
		t.Fatal(r.err)
	}
	on = false
	before := loser.contents(true)
	for i := range 3 {
		r := w.two(order...)
		if len(r.problems) > 0 {
			t.Fatalf("quiet run %d: %q", i, r.problems)
		}
	}
	w.same(loser, winner)
	kept := loser.contents(false)
	for text := range before {
		if !kept[text] {
			t.Errorf("%q is lost", text)
		}
	}
	return done
}

// A version that got a name of its own waits for bytes that nobody saw go. The tree that made it
// knows that it had them and has not any more: it gives the version up once a run finds that no
// tree has them.
func TestKeepBothOfWhatIsNowhere(t *testing.T) {
	for _, order := range [][]int{{0, 1}, {1, 0}, {2, 0, 1}} {
		broken := false
		w, all := unread(t, 0, &broken)
		if r := w.sync(latussync.Options{Conflict: plan.KeepBoth}, all[0], all[1]); r.err != nil || len(r.problems) == 0 {
			t.Fatalf("%v, problems %q", r.err, r.problems)
		}
		broken = false
		all[0].forgetLoser()
		var s []*site
		for _, i := range order {
			s = append(s, all[i])
		}
		if r := w.two(s...); len(r.lacks) == 0 {
			t.Fatalf("nothing is missing: %q", r.problems)
		}
		around(w, all, "by B, later")
	}
}

// It is not given up as long as a tree that has heard of it is away, and may have its bytes.
func TestKeepBothOfWhatMayBeElsewhere(t *testing.T) {
	broken := false
	w, s := unread(t, 0, &broken)
	name := index.Path("two (conflict hostA 2020-09-13 12-26-41)")
	for _, run := range [][]*site{{s[0], s[1]}, {s[0], s[2]}} {
		if r := w.sync(latussync.Options{Conflict: plan.KeepBoth}, run...); r.err != nil || len(r.problems) == 0 {
			t.Fatalf("%v, problems %q", r.err, r.problems)
		}
	}
	broken = false
	s[0].forgetLoser()
	for range 2 {
		if r := w.two(s[0], s[1]); !slices.Contains(r.lacks[s[0]], name) {
			t.Fatalf("given up: %q", r.problems)
		}
	}
	w.two(s...)
	around(w, s, "by B, later")
}

// forgetLoser takes "two" away without a trace.
func (s *site) forgetLoser() {
	s.remove("two")
	s.tamper(func(x *index.Index, tx *index.Tx) {
		e := *x.Get("two")
		e.Witness, e.Have, e.Pending = index.Witness{}, nil, true
		tx.Put(&e)
	})
}

// What a mirror was to put back, and its first tree has lost, gives way to what is there.
func TestMirroredFromNowhere(t *testing.T) {
	for first := range 2 {
		broken := false
		w := newWorld(t, 3, 0)
		a := w.add("A", memory.WithHook(func(c memory.Call) error {
			if broken && c.Name == "two" && c.Op == "read" {
				return errIO
			}
			return nil
		}))
		b := w.add("B")
		a.write("two", "by A")
		w.two(a, b)
		b.write("two", "by B")
		broken = true
		if r := w.sync(latussync.Options{Mode: peer.Mirror}, a, b); r.err != nil || len(r.problems) == 0 {
			t.Fatalf("%v, problems %q", r.err, r.problems)
		}
		broken = false
		a.forgetLoser()
		order := []*site{a, b}
		if first == 1 {
			order = []*site{b, a}
		}
		if r := w.two(order...); len(r.lacks) == 0 {
			t.Fatalf("nothing is missing: %q", r.problems)
		}
		if r := w.two(order...); len(r.problems) > 0 {
			t.Fatalf("problems %q", r.problems)
		}
		w.same(a, b)
		if got := a.look()["two"].text; got != "by B" {
			t.Fatalf("there is %q", got)
		}
	}
}

// Such a version is not given up as long as its bytes are there, though they cannot be read.
func TestKeepBothOfWhatCannotBeRead(t *testing.T) {
	for _, order := range [][]int{{0, 1}, {1, 0}, {2, 0, 1}} {
		broken := false
		w, all := unread(t, 0, &broken)
		var s []*site
		for _, i := range order {
			s = append(s, all[i])
		}
		for range 3 {
			if r := w.sync(latussync.Options{Conflict: plan.KeepBoth}, s...); r.err != nil || len(r.problems) == 0 {
				t.Fatalf("%v, problems %q", r.err, r.problems)
			}
		}
		broken = false
		around(w, all, "by A", "by B, later")
	}
}
