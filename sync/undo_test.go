package sync_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/replica"
	"latus/sync/trash"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// undone is an Undo as it looked from outside.
type undone struct {
	*run
	of               string
	paths, deletions int
	meanwhile        func() // what happens once it is planned; nil: nothing
}

func (u *undone) Undoing(r *mergelog.Start, paths, deletions int) {
	u.of, u.paths, u.deletions = r.Run, paths, deletions
	if u.meanwhile != nil {
		u.meanwhile()
	}
}

// undo undoes a run, "" for the last one.
func (s *site) undo(o replica.UndoOptions) *undone {
	s.w.t.Helper()
	return s.undoWhile(o, nil)
}

// undoWhile undoes a run, while something happens.
func (s *site) undoWhile(o replica.UndoOptions, meanwhile func()) *undone {
	s.w.t.Helper()
	s.w.hours++
	o.MaxDelete = off
	u := &undone{run: &run{sites: []*site{s}, lacks: map[*site][]index.Path{}}, meanwhile: meanwhile}
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(s.w.rand.Uint32())
	}
	u.Report, u.err = replica.Undo(context.Background(), "/"+s.name, o, s.options(rand.NewChaCha8(seed)), u)
	return u
}

// mustUndo undoes all of a run.
func (s *site) mustUndo(run string) *undone {
	s.w.t.Helper()
	u := s.undo(replica.UndoOptions{Run: run})
	if u.err != nil || len(u.problems) > 0 {
		s.w.t.Fatalf("undo %s: %v, problems %q", run, u.err, u.problems)
	}
	return u
}

// runs are the ids of the runs in the log, newest first.
func (s *site) runs() []string {
	s.w.t.Helper()
	d, err := s.mem.User().Open(index.Private)
	if err != nil {
		s.w.t.Fatal(err)
	}
	defer d.Close()
	var ids []string
	if err := mergelog.ReadRuns(tree.Store(d), func(r mergelog.Run) bool {
		ids = append(ids, r.Start.Run)
		return true
	}); err != nil {
		s.w.t.Fatal(err)
	}
	return ids
}

func (s *site) mustLook(what string, want map[index.Path]thing) {
	s.w.t.Helper()
	if got := s.look(); !maps.Equal(got, want) {
		s.w.t.Fatalf("%s: %s is not as it should be (shall, is):\n%s", what, s.name, difference(want, got))
	}
}

// stick is a filesystem of few gifts: a clock of two seconds, no permission bits,
// no inodes that last, no exchange, no mtimes of links.
func stick() tree.Traits { return tree.Traits{Clock: 2e9, Links: true} }

// On a filesystem that can do little, an undo puts back as much as a run brought.
func TestUndoOnAStick(t *testing.T) {
	eachSeed(t, 20, 60, func(t *testing.T, seed uint64) {
		h := newHistory(t, seed, 1)
		a, b := h.sites[0], h.add("B", memory.WithTraits(stick()))
		for range 6 + h.rand.IntN(12) {
			h.change(a)
		}
		h.two(a, b)
		for range 1 + h.rand.IntN(12) {
			h.change(a)
		}
		before := b.look()
		h.two(a, b)
		after := b.look()
		if maps.Equal(before, after) {
			return
		}
		u := b.mustUndo("")
		h.say("undo: %q", u.changes)
		b.mustLook("undo", before)
		u = b.mustUndo("")
		h.say("redo: %q", u.changes)
		b.mustLook("redo", after)
		if r := h.two(b, a); len(r.conflicts) > 0 {
			t.Fatal(r.conflicts)
		}
		b.mustLook("afterwards", after)
	})
}

// An undo that was stopped anywhere is finished by the next run, if it had begun,
// and what was done by then is in the log: it can be undone in turn.
func TestStoppedUndo(t *testing.T) {
	eachSeed(t, 12, 40, func(t *testing.T, seed uint64) {
		h, before, after := beforeAndAfter(t, seed, false)
		if maps.Equal(before, after) {
			return
		}
		known := len(h.sites[1].runs())
		begun := false
		for n := 1 + h.rand.IntN(4); ; n += 1 + h.rand.IntN(6) {
			a, b := h.sites[0].clone("A"), h.sites[1].clone("B")
			b.mem.StopAt(n)
			u := b.undo(replica.UndoOptions{})
			b.mem.Restart()
			if u.err != nil && !errors.Is(u.err, tree.ErrStopped) {
				t.Fatal(n, u.err)
			}
			if r := h.two(b, a); len(r.conflicts)+len(r.problems) > 0 {
				t.Fatal(n, r.conflicts, r.problems)
			}
			undone := maps.Equal(b.look(), before)
			if !undone {
				b.mustLook(fmt.Sprint("stopped at ", n), after)
				if begun {
					t.Fatal(n, "it had begun before, and did not now")
				}
			}
			begun = begun || undone
			b.mustLook("the other tree", a.look())
			if !undone {
				continue
			}
			runs := b.runs()
			for _, run := range runs[:len(runs)-known] {
				b.mustUndo(run)
			}
			b.mustLook(fmt.Sprint("redone, stopped at ", n), after)
			if u.err == nil {
				break
			}
		}
	})
}

// What was edited since stays, and no bytes are lost whatever is put back.
func TestUndoAfterEdits(t *testing.T) {
	eachSeed(t, 60, 150, func(t *testing.T, seed uint64) {
		h, _, _ := beforeAndAfter(t, seed, seed%2 == 0)
		a, b, c := h.sites[0], h.sites[1], h.sites[2]
		h.edits = map[index.Path][]edit{}
		left := b.look()
		for range 1 + h.rand.IntN(6) {
			h.change(b)
		}
		seen, bytes := b.look(), b.contents(false)
		if seed%4 == 0 {
			h.two(b, c)
		}
		u := b.undo(replica.UndoOptions{})
		if u.err != nil {
			t.Fatal(u.err)
		}
		h.say("undo of %s: %q, left %q", u.of, u.changes, u.problems)
		got := b.look()
		for p := range h.edits {
			if seen[p].kind == index.File && got[p] != seen[p] && seen[p] != left[p] && seed%4 != 0 {
				t.Fatalf("%s was edited since to %v, and is %v", p, seen[p], got[p])
			}
		}
		now := b.contents(false)
		for text := range bytes {
			if !now[text] {
				t.Fatalf("lost %q", text)
			}
		}
		for range 2 {
			h.two(a, b)
			h.two(b, c)
			h.two(c, a)
		}
		b.mustLook("afterwards", a.look())
		c.mustLook("afterwards", a.look())
	})
}

// Without the trash nothing that was deleted or overwritten comes back, and that
// is said; a move is put back all the same.
func TestUndoWithoutTrash(t *testing.T) {
	w := newWorld(t, 1, 2)
	a, b := w.sites[0], w.sites[1]
	for _, p := range []index.Path{"edited", "deleted", "moved"} {
		a.write(p, "first "+string(p))
	}
	w.two(a, b)
	a.write("edited", "second")
	a.remove("deleted")
	a.rename("moved", "there")
	w.two(a, b)
	b.emptyTrash()
	u := b.undo(replica.UndoOptions{})
	if u.err != nil || len(u.problems) != 2 || fmt.Sprint(u.changes) != "[B move moved]" {
		t.Fatal(u.err, u.problems, u.changes)
	}
	w.two(b, a)
	a.mustLook("afterwards", b.look())
}

// emptyTrash takes all out of the trash, needed or not.
func (s *site) emptyTrash() {
	s.w.t.Helper()
	tr, err := trash.Open(s.mem.User(), false)
	if err != nil {
		s.w.t.Fatal(err)
	}
	defer tr.Close()
	if _, err := tr.Purge(trash.PurgeOptions{}); err != nil {
		s.w.t.Fatal(err)
	}
}
