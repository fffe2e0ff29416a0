package sync_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/trash"
)

// beforeAndAfter has users of two trees work, and a run bring it to the second.
func beforeAndAfter(t testing.TB, seed uint64, both bool) (h *history, before, after map[index.Path]thing) {
	h = newHistory(t, seed, 3)
	if seed%4 == 3 {
		h.manned()
	}
	a, b := h.sites[0], h.sites[1]
	for range 6 + h.rand.IntN(12) {
		h.change(a)
	}
	h.two(a, b, h.sites[2])
	for range 1 + h.rand.IntN(12) {
		h.change(a)
		if both && h.rand.IntN(3) == 0 {
			h.change(b)
		}
	}
	before = b.look()
	r := h.two(a, b)
	h.say("run: %q %v", r.changes, r.conflicts)
	return h, before, b.look()
}

// Whatever a run did to a tree, its undo puts back, to the mtime and mode, and the
// undo of that does it again. It reaches all trees, without a conflict.
func TestRandomRunsAreUndone(t *testing.T) {
	eachSeed(t, 60, 150, func(t *testing.T, seed uint64) {
		h, before, after := beforeAndAfter(t, seed, seed%2 == 0)
		a, b, c := h.sites[0], h.sites[1], h.sites[2]
		if maps.Equal(before, after) {
			return
		}
		dry := b.undo(replica.UndoOptions{Dry: true})
		b.mustLook("dry run", after)
		u := b.mustUndo("")
		h.say("undo: %q", u.changes)
		b.mustLook("undo", before)
		if fmt.Sprint(dry.changes) != fmt.Sprint(u.changes) {
			t.Fatalf("a dry run told of %q, the real one of %q", dry.changes, u.changes)
		}
		if seed%3 == 0 {
			u = b.mustUndo("")
			h.say("redo: %q", u.changes)
			b.mustLook("redo", after)
			before = after
		}
		for _, r := range []*run{h.two(b, a), h.two(c, b), h.two(a, c)} {
			if len(r.conflicts) > 0 || len(r.problems) > 0 {
				t.Fatalf("conflicts %v, problems %q", r.conflicts, r.problems)
			}
		}
		for _, s := range h.sites {
			s.mustLook("afterwards", before)
		}
	})
}

// Undos among everything else that happens to trees: no bytes are lost, and the
// trees become equal.
func TestRandomHistoriesWithUndos(t *testing.T) {
	eachSeed(t, 40, 80, func(t *testing.T, seed uint64) {
		h := newHistory(t, seed, 3)
		h.kinds.modes, h.kinds.faults, h.kinds.accidents = seed%4 == 1, seed%4 == 2, seed%4 == 3
		if seed%3 == 2 {
			h.manned()
		}
		h.begin()
		for range 10 + h.rand.IntN(20) {
			h.hours += int64(h.rand.IntN(50))
			switch n := h.rand.IntN(20); {
			case n < 9:
				h.change(h.any())
			case n < 15:
				h.someRun()
			case n < 18:
				h.someUndo()
			case h.kinds.accidents:
				h.accident()
			}
		}
		h.equal = false // an undo is an edit that no user made
		h.converge()
	})
}

// Undos and restores between mirrors, which show what others have to be told. After each run
// its trees remember the same.
func TestRandomMirrorsOfWhatWasUndone(t *testing.T) {
	eachSeed(t, 60, 150, func(t *testing.T, seed uint64) {
		h := newHistory(t, seed, 2+int(seed%2))
		h.alarmed = true
		h.begin()
		h.ring()
		for range 8 + h.rand.IntN(16) {
			h.hours += int64(h.rand.IntN(50))
			switch n := h.rand.IntN(16); {
			case n < 5:
				h.change(h.any())
			case n < 8:
				h.someUndo()
			case n < 9:
				h.someRestore()
			default:
				order := h.rand.Perm(len(h.sites))
				o := latussync.Options{MaxDelete: off, Join: true}
				if n < 12 {
					o.Mode = peer.Mirror
				}
				h.run(o, 0, h.sites[order[0]], h.sites[order[1]])
			}
		}
		h.equal = false
		h.converge()
	})
}

// someRestore puts back something of the trash of a tree, if nothing stands in its way.
func (h *history) someRestore() {
	h.t.Helper()
	s := h.any()
	h.hours++
	put, err := replica.Restore(context.Background(), "/"+s.name, s.options(s.random()), "", func(t *trash.Trash) (trash.Item, error) {
		if its := t.Items(); len(its) > 0 {
			return its[h.rand.IntN(len(its))], nil
		}
		return trash.Item{}, trash.ErrUnknown
	})
	if put != nil {
		h.say("%s restores %s: %v", s.name, put.Path, err)
	}
}

// someUndo undoes one of the last runs of a tree, and is stopped now and then.
func (h *history) someUndo() {
	h.t.Helper()
	s := h.any()
	d, err := s.mem.User().Open(index.Private)
	if err != nil {
		return // no tree yet
	}
	d.Close()
	run := ""
	if runs := s.runs(); len(runs) > 0 && h.rand.IntN(3) == 0 {
		run = runs[h.rand.IntN(min(len(runs), 3))]
	}
	before := s.contents(false)
	maps.Copy(before, h.owed[s])
	stops := h.kinds.faults && h.rand.IntN(2) == 0
	if stops {
		s.mem.Restart()
		s.mem.StopAt(1 + h.rand.IntN(40))
	}
	u := s.undo(replica.UndoOptions{Run: run})
	if stops {
		s.mem.Restart()
		h.troubled = true
	}
	h.say("undo at %s of %q: %v, changes %q, left %q", s.name, u.of, u.err, u.changes, u.problems)
	if u.err != nil && !stops && !errors.Is(u.err, replica.ErrNoTree) { // its first run was killed
		h.t.Fatal(u.err)
	}
	after, staged := s.contents(false), s.contents(true)
	h.owed[s] = map[string]bool{}
	for text := range before {
		switch {
		case after[text]:
		case staged[text]:
			h.owed[s][text] = true
		default:
			h.t.Fatalf("%s has lost %.60q by an undo", s.name, text)
		}
	}
}
