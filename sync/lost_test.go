package sync_test

import (
	"fmt"
	"strings"
	"testing"

	latussync "latus/sync"
	"latus/sync/plan"
)

// leftAlone is three trees of which A and C have edited a file, in a run that left that
// alone. So A knows of C's version, the later one, and has not its bytes.
func leftAlone(t *testing.T, o latussync.Options) (w *world, a, b, c *site) {
	w = newWorld(t, 1, 3)
	a, b, c = w.sites[0], w.sites[1], w.sites[2]
	a.write("D", "1")
	w.sync(o, a, b, c)
	a.write("D", "A")
	w.hours++
	c.write("D", "CC")
	o.Conflict = plan.Fail
	w.sync(o, a, c)
	return w, a, b, c
}

const lost = "no tree of this run has these bytes"

// What no tree of a run has is known before anything is done: a dry run shows what the run
// does, and neither tells that something was kept.
func TestVersionThatNobodyHas(t *testing.T) {
	for _, links := range []bool{false, true} {
		for _, order := range []string{"ab", "ba"} {
			o := latussync.Options{MaxDelete: off, HardLinks: links}
			w, a, b, c := leftAlone(t, o)
			sites := []*site{a, b}
			if order == "ba" {
				sites = []*site{b, a}
			}
			for _, dry := range []bool{true, false} {
				o.Dry = dry
				r := w.sync(o, sites...)
				want := fmt.Sprintf("[%s D: %s %s D: %s]", sites[0].name, lost, sites[1].name, lost)
				if fmt.Sprint(r.problems) != want || len(r.changes)+len(r.conflicts) > 0 || r.err != nil {
					t.Errorf("%s, dry %v: %v, problems %v, changes %v, conflicts %v", order, dry, r.err, r.problems, r.changes, r.conflicts)
				}
			}
			if got := a.look()["D"].text; got != "A" {
				t.Errorf("A has %q", got)
			}
			if !inTrash(b, "A") {
				t.Error("the loser is not in B's trash")
			}
			o.Dry = false
			r := w.sync(o, sites[0], sites[1], c)
			if len(r.problems) > 0 || len(r.conflicts) != 1 || a.look()["D"].text != "CC" {
				t.Errorf("%s: problems %v, conflicts %v", order, r.problems, r.conflicts)
			}
			w.same(a, b, c)
			if r := w.two(a, b, c); len(r.changes)+len(r.problems) > 0 {
				t.Errorf("and again: %v, %v", r.changes, r.problems)
			}
		}
	}
}

func inTrash(s *site, text string) bool {
	for _, it := range s.trashed() {
		if it.text == text {
			return true
		}
	}
	return false
}

// With keep-both the loser gets its name all the same.
func TestLoserOfAVersionThatNobodyHas(t *testing.T) {
	o := latussync.Options{MaxDelete: off}
	w, a, b, c := leftAlone(t, o)
	o.Conflict = plan.KeepBoth
	r := w.sync(o, a, b)
	if r.err != nil || len(r.problems) != 2 {
		t.Errorf("%v, %v, %v", r.err, r.problems, r.changes)
	}
	for range 2 {
		w.sync(o, a, b, c)
	}
	w.same(a, b, c)
	if got := fmt.Sprint(a.textsOf("D")); got != "[A CC]" {
		t.Errorf("%s", got)
	}
}

// A tree that was stopped when all of a version had come, and cannot ask who has it any
// more, goes on with that alone.
func TestFetchedVersionThatNobodyElseHas(t *testing.T) {
	o := latussync.Options{MaxDelete: off}
	text := strings.Repeat("C", 1<<20)
	for n := 1; ; n++ {
		w := newWorld(t, 1, 3)
		a, b, c := w.sites[0], w.sites[1], w.sites[2]
		a.write("D", "1")
		w.sync(o, a, b, c)
		a.write("D", strings.Repeat("A", 1<<20)) // as long, so that both are hashed
		w.hours++
		c.write("D", text)
		leave := o
		leave.Conflict = plan.Fail
		w.sync(leave, a, c)
		b.mem.StopAt(n)
		r := w.sync(o, c, b)
		b.mem.Restart()
		if r.err == nil && len(r.problems) == 0 {
			t.Fatal("never stopped with the new version in staging")
		}
		if !b.contents(true)[text] || b.contents(false)[text] {
			continue
		}
		r = w.sync(o, a, b)
		if r.err != nil || b.look()["D"].text != text {
			t.Fatalf("stopped at %d: %v, %v, %v", n, r.err, r.problems, r.changes)
		}
		w.sync(o, a, b)
		w.same(a, b)
		return
	}
}
