package sync_test

import (
	"maps"
	"sync"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/tree/memory"
)

// stage is one performance of a scene.
type stage struct {
	*world
	before []map[string]bool // all bytes in each tree
	stood  []map[index.Path]thing
	hook   func(*site, memory.Call) error

	hooking sync.Mutex // one hook at a time
}

func (w *stage) run(c *scene) *run {
	for _, s := range w.sites {
		s.seed += 16 // no id is drawn twice
	}
	return w.sync(c.o, w.sites...)
}

// whole: every byte of before is still in its tree, and every name in a tree holds
// a version that stood there in one of the trees, or shall.
func (w *stage) whole(c *scene) {
	w.t.Helper()
	for i, s := range w.sites {
		after := s.contents(true)
		for text := range w.before[i] {
			if !after[text] {
				w.t.Fatalf("%s has lost %.60q", s.name, text)
			}
		}
		for p, is := range s.look() {
			whole := is.kind == index.Dir
			for j := range w.sites {
				for _, v := range []thing{w.stood[j][p], c.want[j][p]} {
					whole = whole || is.kind == v.kind && is.text == v.text
				}
			}
			if !whole {
				w.t.Fatalf("%s %s holds no version that ever was, but %v", s.name, p, is)
			}
		}
	}
}

// recovers runs again, undisturbed: now everything is as it would have been at
// once, and stays so.
func (w *stage) recovers(c *scene) {
	w.t.Helper()
	w.hook = nil
	var last *run
	for range 2 {
		last = w.run(c)
		if last.err != nil {
			w.t.Fatal(last.err)
		}
	}
	if c.o.Conflict != plan.Fail && (len(last.changes) > 0 || len(last.problems) > 0) {
		w.t.Fatalf("the second run after it still changes %q, problems %q", last.changes, last.problems)
	}
	for i, s := range w.sites {
		got := s.look()
		if c.late != "" && got[c.late] == w.sites[0].look()[c.late] {
			got[c.late] = c.want[i][c.late]
		}
		if !maps.Equal(got, c.want[i]) {
			w.t.Fatalf("%s is not what it would have been undisturbed:\n%s", s.name, difference(c.want[i], got))
		}
	}
	w.whole(c)
	written := w.written()
	w.run(c)
	if n := w.written() - written; n > 0 && c.o.Conflict != plan.Fail {
		w.t.Fatalf("a run with nothing to do wrote %d times", n)
	}
	for _, s := range w.sites {
		for p := range s.below(index.Private + "/staging") {
			w.t.Fatalf("%s: left in staging: %s", s.name, p)
		}
	}
}

func (w *stage) written() (n int) {
	for _, s := range w.sites {
		n += s.mem.Changes()
	}
	return n
}
