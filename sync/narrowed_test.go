package sync_test

import (
	"maps"
	"testing"

	"latus/sync/replica"
	"latus/sync/tree/memory"
)

// What an undo and a resolve do not look at is not gone for that: a tree that was carried to
// another filesystem deletes nothing elsewhere afterwards.
func TestUndoAndResolveAfterATreeWasCarried(t *testing.T) {
	for name, do := range map[string]func(b *site) error{
		"undo":    func(b *site) error { return b.undo(replica.UndoOptions{}).err },
		"resolve": func(b *site) error { return b.resolve("f", 2) },
	} {
		w := newWorld(t, 1, 2)
		a, b := w.sites[0], w.sites[1]
		a.write("f", "text")
		a.link("link", "f")
		a.write("a:b", "odd")
		a.write("README", "of one name")
		a.write("Readme", "of the other")
		w.two(a, b)
		a.write("f", "text by A, later")
		if name == "resolve" {
			b.write("f", "text by B, later still")
		}
		w.two(a, b)
		want := a.look()
		b.mem.Carry(exFAT)
		if err := do(b); err != nil {
			t.Error(name, err)
		}
		w.two(a, b)
		got := a.look()
		delete(want, "f")
		delete(got, "f")
		if !maps.Equal(want, got) {
			t.Errorf("%s: %s", name, difference(want, got))
		}
	}
}

// A new file of the same letters is in the way of what an undo is to bring back.
func TestUndoWhereCaseIsFolded(t *testing.T) {
	w := newWorld(t, 1, 1)
	folds := memory.Capable()
	folds.FoldsCase = true
	a, b := w.sites[0], w.add("B", memory.WithTraits(folds))
	a.write("Foo", "old")
	w.two(a, b)
	a.remove("Foo")
	w.two(a, b)
	b.write("foo", "new")
	if u := b.undo(replica.UndoOptions{}); u.err != nil || len(u.problems) != 1 || len(u.changes) > 0 {
		t.Error(u.err, u.problems, u.changes)
	}
	w.two(a, b)
	w.same(a, b)
	if got := a.look(); got["foo"].text != "new" || len(got) != 1 {
		t.Error(got)
	}
}

// Whatever became of the directory of a path since, nothing of it is lost when the path is
// decided about, and the next runs make all equal.
func TestUndoAndResolveWhereADirectoryChanged(t *testing.T) {
	for name, mess := range map[string]func(b *site){
		"a file now":        func(b *site) { b.rename("d", "e"); b.write("d", "file now") },
		"a link now":        func(b *site) { b.rename("d", "e"); b.link("d", "e") },
		"gone":              func(b *site) { b.remove("d") },
		"moved":             func(b *site) { b.rename("d", "e") },
		"with new things":   func(b *site) { b.write("d/new", "new"); b.mkdir("d/sub"); b.write("d/sub/x", "x") },
		"in place of it":    func(b *site) { b.remove("d/f"); b.mkdir("d/f"); b.write("d/f/in", "in") },
		"with other names":  func(b *site) { b.rename("d/g", "d/h"); b.rename("d/f", "d/g") },
		"with names traded": func(b *site) { b.rename("d/f", "d/x"); b.rename("d/g", "d/f"); b.rename("d/x", "d/g") },
	} {
		for _, keep := range []int{0, 1, 2} { // 0: undo
			w := newWorld(t, 1, 2)
			a, b := w.sites[0], w.sites[1]
			a.mkdir("d")
			a.write("d/f", "f0")
			a.write("d/g", "g0")
			a.write("o", "o0")
			w.two(a, b)
			a.write("d/f", "f by a")
			if keep > 0 {
				b.write("d/f", "f by b, later")
			}
			w.two(a, b)
			mess(b)
			bytes := b.contents(false)
			if keep == 0 {
				b.undo(replica.UndoOptions{})
			} else {
				_ = b.resolve("d/f", keep) // an edit may have settled it
			}
			w.two(a, b)
			w.two(a, b)
			w.same(a, b)
			now := b.contents(false)
			for text := range bytes {
				if !now[text] {
					t.Errorf("%s, %d: lost %q", name, keep, text)
				}
			}
		}
	}
}
