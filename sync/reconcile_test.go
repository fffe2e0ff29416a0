package sync_test

import (
	"sync/atomic"
	"testing"

	latussync "latus/sync"
	"latus/sync/peer"
)

// Trees drop one of two equal versions when they learn that they are equal. A tree that was not
// there holds both, and no delta tells: all of it was heard of long ago. The run in which that
// shows compares everything at once, and the next one has nothing to put right.
func TestEqualVersionsDroppedWithoutAThirdTree(t *testing.T) {
	w := newWorld(t, 1, 4)
	a, b, c, d := w.sites[0], w.sites[1], w.sites[2], w.sites[3]
	a.write("b", "content")
	w.hours++
	d.write("b", "content")
	a.write("other", "of A")
	c.mkdir("b")
	w.two(a, b) // which learns the hash
	w.two(c, d)
	if r := w.sync(latussync.Options{MaxDelete: off, Join: true}, c, d, a, b); r.err != nil {
		t.Fatal(r.err)
	}
	a.write("news", "of A")
	var full atomic.Bool
	w.lists = func(q peer.DeltaQuery) {
		if q.Full {
			full.Store(true)
		}
	}
	for _, run := range [][]*site{{c, d}, {c, a}, {d, b}, {a, b}, {a, d}, {b, c}} {
		if r := w.two(run...); r.Unequal || len(r.problems) > 0 {
			t.Errorf("%v: %q\n%s", run, r.problems, unlikeMemories(run...))
		}
	}
	if !full.Load() {
		t.Error("no run had to compare everything: the scene shows nothing")
	}
	for _, s := range w.sites[1:] {
		w.same(a, s)
	}
}
