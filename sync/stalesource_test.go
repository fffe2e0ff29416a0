package sync_test

import (
	"fmt"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/replica"
)

// stale is two trees of which B has the bytes of f5 in its trash, and an ignored file F1
// that had them when it was last looked at.
func stale(t *testing.T) (w *world, a, b *site) {
	w = newWorld(t, 1, 2)
	a, b = w.sites[0], w.sites[1]
	a.write("F1", "same")
	a.write("f5", "same")
	w.sync(latussync.Options{MaxDelete: off, Checksum: true}, a, b)
	a.write(".latusignore", "F1\n")
	w.two(a, b)
	a.write("f5", "a newer text")
	w.two(a, b)
	b.write("F1", "mine")
	return w, a, b
}

// An ignored file was not looked at: that it had some bytes once makes it no source of
// them for an undo.
func TestUndoBesideAStaleCopy(t *testing.T) {
	w, a, b := stale(t)
	u := b.mustUndo("")
	if got := b.look()["f5"].text; got != "same" || fmt.Sprint(u.changes) != "[B undelete f5]" {
		t.Errorf("%q, %v", got, u.changes)
	}
	w.two(a, b)
	if got := a.look()["f5"].text; got != "same" {
		t.Errorf("afterwards: %q", got)
	}
}

// Nor is it one for a run, nor for the other tree of it.
func TestSyncBesideAStaleCopy(t *testing.T) {
	for _, purged := range []bool{false, true} {
		w, a, b := stale(t)
		if purged {
			b.emptyTrash()
		}
		a.write("new", "same")
		r := w.sync(latussync.Options{MaxDelete: off, Checksum: true}, a, b)
		if r.err != nil || len(r.problems) > 0 || b.look()["new"].text != "same" {
			t.Errorf("purged %v: %v, %v: %q", purged, r.err, r.problems, b.look())
		}
	}
}

// An ignored file that is as it was is as good a source as any.
func TestCopyOfAnIgnoredFile(t *testing.T) {
	w, a, b := stale(t)
	b.write("F1", "same")
	b.touch("F1", a.look()["F1"].mtime)
	b.emptyTrash()
	a.write("new", "same")
	r := w.sync(latussync.Options{MaxDelete: off, Checksum: true}, a, b)
	if r.err != nil || len(r.problems) > 0 || b.look()["new"].text != "same" {
		t.Errorf("%v, %v: %q", r.err, r.problems, b.look())
	}
}

// What changes between the plan and the copy is no source any more: what else is like it
// is one, or the trash.
func TestUndoWhileTheCopyChanges(t *testing.T) {
	for _, alone := range []bool{false, true} {
		w := newWorld(t, 1, 2)
		a, b := w.sites[0], w.sites[1]
		for _, p := range []index.Path{"F1", "F2", "f5"} {
			a.write(p, "same")
		}
		w.sync(latussync.Options{MaxDelete: off, Checksum: true}, a, b)
		if a.write("f5", "a newer text"); alone {
			a.remove("F2")
		}
		w.two(a, b)
		u := b.undoWhile(replica.UndoOptions{}, func() { b.write("F1", "mine") })
		if got := b.look()["f5"].text; u.err != nil || len(u.problems) > 0 || got != "same" {
			t.Errorf("%v, %v, %q", u.err, u.problems, got)
		}
	}
}
