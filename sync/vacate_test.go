package sync_test

import (
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/tree/memory"
)

// A file that is moved away while something new takes its place, and the new content that
// cannot be had: the old one stays where it is. With a chain of them, all do.
func TestNothingMakesWayForNothing(t *testing.T) {
	w := newWorld(t, 3, 2)
	a, b := w.sites[0], w.sites[1]
	for _, p := range []index.Path{"f", "g", "h"} {
		a.write(p, "old "+string(p))
	}
	w.two(a, b)
	a.rename("g", "i")
	a.rename("f", "g")
	a.write("f", "new")
	a.rename("h", "j")
	story := &scene{world: w, o: latussync.Options{MaxDelete: off}}
	again, sites := story.again()
	again.t = t
	a, b = sites[0], sites[1]
	again.hook = func(s *site, call memory.Call) error {
		if s == a && call.Op == "open" && call.Name == "f" {
			return errIO
		}
		return nil
	}
	r := again.run(story)
	again.hook = nil
	if r.err != nil || len(r.problems) == 0 {
		t.Fatal(r.err, r.problems)
	}
	for p, text := range map[index.Path]string{"f": "old f", "g": "old g", "j": "old h"} {
		if got := b.look()[p]; got.text != text {
			t.Errorf("%s holds %q", p, got.text)
		}
	}
	again.run(story)
	again.same(a, b)
	if b.look()["i"].text != "old g" || b.look()["f"].text != "new" {
		t.Errorf("B has %v", b.look())
	}
}
