package sync_test

import (
	"fmt"
	"testing"

	"latus/index"
	latussync "latus/sync"
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
