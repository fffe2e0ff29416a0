package sync_test

import (
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/replica"
)

// What an undo, or a restore, put back has no permission bits that anybody set: those were
// forgotten with the deletion. A mirror shows them all the same, and all trees remember the same
// after it.
func TestMirrorOfWhatWasUndone(t *testing.T) {
	mirror := latussync.Options{Mode: peer.Mirror, MaxDelete: off}
	deleted := func(w *world, a, b *site) {
		b.remove("x")
		w.two(a, b)
		w.two(a, b)
	}
	mirroredAway := func(w *world, a, b *site) { w.sync(mirror, b, a); w.two(a, b) }
	for name, prepare := range map[string]func(w *world, a, b *site) (first, other *site){
		"a deletion": func(w *world, a, b *site) (first, other *site) {
			deleted(w, a, b)
			a.mustUndo("")
			return a, b
		},
		"a mirror the wrong way": func(w *world, a, b *site) (first, other *site) {
			b.remove("x")
			mirroredAway(w, a, b)
			a.mustUndo("")
			return a, b
		},
		"a move, and the other name removed": func(w *world, a, b *site) (first, other *site) {
			a.rename("x", "y")
			w.two(a, b)
			b.mustUndo("")
			a.remove("y")
			return b, a
		},
		"a move into what is ignored since": func(w *world, a, b *site) (first, other *site) {
			a.mkdir("e")
			w.two(a, b)
			a.rename("x", "e/x")
			w.two(a, b)
			a.write(".latusignore", "/e\n")
			b.mustUndo("")
			return b, a
		},
		"private": func(w *world, a, b *site) (first, other *site) {
			a.chmod("x", 0o600)
			w.two(a, b)
			deleted(w, a, b)
			a.mustUndo("")
			return a, b
		},
		"twice": func(w *world, a, b *site) (first, other *site) {
			deleted(w, a, b)
			a.mustUndo("")
			w.sync(mirror, a, b)
			b.mustUndo("")
			return a, b
		},
		"restored": func(w *world, a, b *site) (first, other *site) {
			deleted(w, a, b)
			if err := a.restore("x"); err != nil {
				t.Fatal(err)
			}
			return a, b
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 5, 3)
			a, b, c := w.sites[0], w.sites[1], w.sites[2]
			a.write("x", "precious")
			a.write("keep", "keep")
			w.two(a, b)
			first, other := prepare(w, a, b)
			for i := range 2 { // where an ignore file goes, a second one sees what it ignored
				if r := w.sync(mirror, first, other); r.err != nil || r.Unequal || i > 0 && r.Problems > 0 {
					t.Fatalf("mirror: %v, changes %q, problems %q", r.err, r.changes, r.problems)
				}
			}
			if got, want := other.look()["x"], first.look()["x"]; got != want {
				t.Fatalf("%v was mirrored as %v", want, got)
			}
			w.agree(first, other)
			w.agree(a, b)
			w.two(a, c)
			w.agree(b, c)
			b.write("x", "edited since")
			w.two(a, b)
			w.agree(b, a)
		})
	}
}

// agree has two trees meet that have the same, and remember the same.
func (w *world) agree(a, b *site) {
	w.t.Helper()
	if r := w.two(a, b); r.err != nil || r.Unequal || r.Problems+len(r.changes)+len(r.conflicts) > 0 {
		w.t.Fatalf("%s and %s: %v, changes %q, conflicts %v, problems %q\n%s", a.name, b.name, r.err, r.changes, r.conflicts, r.problems, unlikeMemories(a, b))
	}
}

// Permission bits that came with no generation, as they were taken over of a mirror once, are
// found and let go of by the run that lists everything.
func TestBitsThatNobodySetAreForgotten(t *testing.T) {
	w, s := three(t, "ABC")
	w.two(s...)
	s[1].remove("two")
	w.two(s[0], s[1])
	w.two(s...)
	s[0].undo(replica.UndoOptions{})
	w.two(s...)
	s[1].tamper(func(x *index.Index, tx *index.Tx) {
		e := *x.Get("two")
		e.Mode = index.ModeReg{Value: 0o644}
		tx.Put(&e)
	})
	for range 2 {
		w.agree(s[0], s[1])
		w.agree(s[1], s[2])
	}
}
