package merge

import (
	"io"
	"maps"
	"slices"
	"testing"

	"latus/index"
	"latus/sync/stage"
	"latus/sync/tree"
)

// found is what a look at a whole tree shows.
type found struct {
	thing
	info tree.Info
}

func walk(t testing.TB, tr tree.Tree, at index.Path, all map[index.Path]found) {
	t.Helper()
	d, err := tr.Open(at)
	must(t, err)
	defer d.Close()
	names, err := d.List()
	must(t, err)
	for _, name := range names {
		p := at.Join(name)
		i, err := d.Stat(name)
		must(t, err)
		f := found{thing{kind: i.Kind, mode: i.Mode}, i}
		switch i.Kind {
		case index.Dir:
			if p != index.Private {
				walk(t, tr, p, all)
			}
		case index.Link:
			f.text, err = d.Readlink(name)
			must(t, err)
		case index.File:
			r, err := d.Read(name)
			must(t, err)
			b := make([]byte, i.Size)
			_, err = io.ReadFull(r, b)
			must(t, err)
			r.Close()
			f.text = string(b)
		}
		if p != index.Private {
			all[p] = f
		}
	}
}

func files(t testing.TB, tr tree.Tree, at index.Path) map[index.Path]found {
	t.Helper()
	all := map[index.Path]found{}
	if d, err := tr.Open(at); tree.IsNotExist(err) {
		return all
	} else if err == nil {
		d.Close()
	}
	walk(t, tr, at, all)
	return all
}

// checkWhole: every name holds what it held or shall hold, and what it held is
// somewhere.
func (w *world) checkWhole() {
	t := w.t
	t.Helper()
	now := files(t, w.seen, "")
	for p, f := range now {
		was, shall := w.story.was[p], w.story.shall[p]
		if !(f.kind == was.kind && (f.text == was.text || f.kind == index.Dir)) &&
			!(f.kind == shall.kind && (f.text == shall.text || f.kind == index.Dir)) &&
			!(p == "moved/edit" && f.text == w.story.was["dir/edit"].text) { // its old version, come along
			t.Fatalf("%s holds %v %.20q, neither the old nor the new version", p, f.kind, f.text)
		}
	}
	for p, was := range w.story.was {
		if shall, both := w.story.shall[p]; both && now[p].kind == index.Absent && was.kind != index.Dir && shall.kind != index.Dir && !w.moves(p) {
			t.Fatalf("nothing at %s", p)
		}
	}
	w.checkKept(now)
}

// moves tells whether the content that stood at p is to be at another path, so that
// nothing stands at p for a while.
func (w *world) moves(p index.Path) bool {
	for q, th := range w.story.shall {
		if q != p && th.text == w.story.was[p].text {
			return true
		}
	}
	return false
}

func (w *world) checkKept(now map[index.Path]found) { w.checkKeptBut(now, "") }

// checkKeptBut leaves out what somebody else replaced.
func (w *world) checkKeptBut(now map[index.Path]found, but string) {
	t := w.t
	t.Helper()
	somewhere := map[string]bool{}
	for _, place := range []map[index.Path]found{now, files(t, w.seen, index.Private+"/trash"), files(t, w.seen, stage.Path)} {
		for _, f := range place {
			somewhere[f.text] = true
		}
	}
	for p, was := range w.story.was {
		if was.kind != index.Dir && !somewhere[was.text] && was.text != but {
			t.Fatalf("what stood at %s is lost: %.20q", p, was.text)
		}
	}
	for _, text := range w.story.trashed {
		if !somewhere[text] {
			t.Fatalf("lost from the trash: %.20q", text)
		}
	}
	for _, it := range w.trash.Items() {
		if it.At > began && it.At < worldTime {
			t.Fatalf("trash item %+v is dated by the clock of this machine", it)
		}
		f, err := w.seen.Open(it.Place().Dir())
		must(t, err)
		i, err := f.Stat(it.Place().Base())
		must(t, err)
		f.Close()
		if i.Kind != it.Kind || i.Kind == index.File && i.Size != it.Size {
			t.Fatalf("trash item %+v is %+v", it, i)
		}
	}
}

// checkCalm: the disk is as the witnesses say, so that a scan would find nothing.
func (w *world) checkCalm() {
	t := w.t
	t.Helper()
	now := files(t, w.seen, "")
	for e := range w.x.All() {
		f, there := now[e.Path]
		delete(now, e.Path)
		switch {
		case !there && e.Witness.Kind == index.Absent:
		case !there:
			t.Fatalf("a scan would find %s deleted", e.Path)
		case !w.seen.Traits().Same(f.info, e.Witness, false) || f.info.Mode != e.Witness.Mode:
			t.Fatalf("a scan would find %s changed: %+v, witness %+v", e.Path, f.info.Witness, e.Witness)
		}
	}
	for p := range now {
		t.Fatalf("a scan would find %s new", p)
	}
	if n := len(w.x.Intents()); n > 0 {
		t.Fatalf("%d plan lines are not settled: %+v", n, w.x.Intents())
	}
}

// checkDone: the tree is as it shall be, nothing is pending, the trash has what was
// displaced, and staging is empty.
func (w *world) checkDone() {
	t := w.t
	t.Helper()
	now := files(t, w.seen, "")
	for _, p := range w.story.shall.sorted() {
		shall := w.story.shall[p]
		f, ok := now[p]
		delete(now, p)
		switch {
		case !ok:
			t.Fatalf("%s is missing", p)
		case f.kind != shall.kind || f.text != shall.text && f.kind != index.Dir:
			t.Fatalf("%s is %v %.20q, want %v %.20q", p, f.kind, f.text, shall.kind, shall.text)
		case f.kind != index.Link && (f.mode^shall.mode)&w.seen.Traits().ModeBits != 0:
			t.Fatalf("%s has mode %o, want %o", p, f.mode, shall.mode)
		case f.kind == index.File && f.info.Mtime != shall.mtime():
			t.Fatalf("%s has mtime %d, want %d", p, f.info.Mtime, shall.mtime())
		}
	}
	for p := range now {
		t.Fatalf("%s is still there", p)
	}
	for e := range w.x.All() {
		if e.Pending {
			t.Fatalf("%s is pending: %+v", e.Path, e)
		}
	}
	for p, text := range w.story.losers {
		if it, ok := w.trash.Find(p, index.GenID{Author: other, Tag: 3}); !ok || it.Size != int64(len(text)) {
			t.Fatalf("the loser of %s is not in the trash: %+v", p, it)
		}
	}
	if left := files(t, w.seen, stage.Path); len(left) > 0 {
		t.Fatalf("left in staging: %v", slices.Collect(maps.Keys(left)))
	}
	w.checkKept(files(t, w.seen, ""))
	w.checkCalm()
	if again := w.plan(); len(again.Actions)+len(again.Acks) > 0 {
		t.Fatalf("a second plan is not empty: %+v", again.Actions)
	}
}
