package sync_test

import (
	"fmt"
	"slices"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/tree/memory"
)

// What a killed run had begun, the next one finishes before it does anything else. It says
// so as a dry run before it does: no change goes untold, and what was done before is not told.
func TestWhatAKilledRunBeganIsTold(t *testing.T) {
	begin := func(o ...memory.Option) (*world, *site, *site) {
		w := newWorld(t, 5, 0)
		a, b := w.add("A"), w.add("B", o...)
		a.write("base", "base")
		w.two(a, b)
		for i := range 12 {
			a.write(index.Path(fmt.Sprintf("f%02d", i)), fmt.Sprint("new ", i))
		}
		return w, a, b
	}
	for name, o := range map[string][]memory.Option{"exchange": nil, "no exchange": {memory.WithTraits(bare())}} {
		t.Run(name, func(t *testing.T) {
			w, a, b := begin(o...)
			calls := b.mem.Changes()
			w.two(a, b)
			recovered := 0
			for n := range sample(b.mem.Changes()-calls, 60) {
				w, a, b := begin(o...)
				b.mem.StopAt(calls + n)
				w.sync(latussync.Options{}, a, b)
				b.mem.Restart()
				before := b.look()
				dry := w.sync(latussync.Options{Dry: true}, a, b)
				next := w.two(a, b)
				slices.Sort(dry.changes)
				slices.Sort(next.changes)
				if !slices.Equal(dry.changes, next.changes) {
					t.Errorf("stopped at %d: the dry run told\n%q, the real one\n%q", n, dry.changes, next.changes)
				}
				if next.Changes != len(next.changes) {
					t.Errorf("stopped at %d: %d changes told, %d counted", n, len(next.changes), next.Changes)
				}
				for p := range b.look() {
					_, was := before[p]
					if told := slices.Contains(next.changes, fmt.Sprint("B create ", p)); told == was {
						t.Errorf("stopped at %d: %s was there before: %v, told: %v", n, p, was, told)
					}
				}
				recovered += next.Changes - sum(next.planned)
			}
			if recovered == 0 {
				t.Error("no run was stopped where the next one had anything to finish")
			}
		})
	}
}

// sum is how many changes were planned in all.
func sum(ps []*peer.Proposal) (n int) {
	for _, p := range ps {
		for _, of := range p.Counts {
			n += of
		}
	}
	return n
}
