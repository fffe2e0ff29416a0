package plan

import (
	"testing"

	"latus/index"
)

// story is a history that somebody thought of, and how it must end on every disk.
type story struct {
	name string
	tell func(w *world)
	ends map[index.Path]int // contents; the files start as 1, 2, … in the order of paths
}

// Trees 0 and 1 are in sync with f, d/a and d/b; tree 2 got them from tree 1.
func beginning(r *rules) *world {
	w := newWorld(3, "f", "d/a", "d/b")
	w.rules, w.delta = r, true
	for _, p := range w.paths {
		w.edit(0, p)
	}
	w.sync(syncing{}, 0, 1)
	w.sync(syncing{}, 1, 2)
	w.sync(syncing{}, 0, 1)
	return w
}

func drop(w *world, t int) {
	(&history{w: w}).collect(w.sides[t])
}

var stories = []story{
	{"both edit, three trees learn of it", func(w *world) {
		w.edit(0, "f")
		w.edit(1, "f")
		w.sync(syncing{}, 0, 1)
		w.sync(syncing{}, 0, 2)
		w.sync(syncing{}, 1, 2)
		w.edit(2, "f") // settles it
	}, map[index.Path]int{"f": 6, "d/a": 2, "d/b": 3}},
	{"deleted here, edited there, the deletion travels first", func(w *world) {
		w.remove(0, "f")
		w.edit(1, "f")
		w.sync(syncing{}, 0, 2)
		w.sync(syncing{}, 1, 2)
	}, map[index.Path]int{"f": 4, "d/a": 2, "d/b": 3}},
	{"a deletion on a stick", func(w *world) {
		w.remove(0, "f")
		w.sync(syncing{}, 0, 2)
		w.sync(syncing{}, 2, 1)
	}, map[index.Path]int{"d/a": 2, "d/b": 3}},
	{"a deletion that is forgotten before a stranger hears of it", func(w *world) {
		w.remove(0, "f")
		w.sync(syncing{}, 0, 1)
		drop(w, 0)
		w.sync(syncing{}, 0, 2)
	}, map[index.Path]int{"d/a": 2, "d/b": 3}},
	{"an old copy is put back and goes on", func(w *world) {
		w.sides[0].seq++ // its counter is used again below
		backup := w.sides[0].clone()
		w.edit(0, "f")
		w.sync(syncing{}, 0, 1)
		w.lossy = true
		w.sides[0] = backup
		w.edit(0, "d/a")
		w.sync(syncing{}, 0, 1)
	}, map[index.Path]int{"f": 4, "d/a": 5, "d/b": 3}},
	{"an index is lost, meanwhile the other deletes and edits", func(w *world) {
		w.lossy = true
		lost := newSide(1)
		lost.disk, lost.trash = w.sides[0].disk, w.sides[0].trash
		w.sides[0] = lost
		w.remove(1, "f")
		w.edit(1, "d/a")
		w.sync(syncing{}, 0, 1)
	}, map[index.Path]int{"f": 1, "d/a": 4, "d/b": 3}},
	{"a directory is deleted against an edit and a new file in it", func(w *world) {
		w.remove(0, "d")
		w.edit(1, "d/a")
		w.edit(1, "d/n")
		w.sync(syncing{}, 0, 1)
	}, map[index.Path]int{"f": 1, "d/a": 4, "d/n": 5}},
	{"a file becomes a directory against an edit", func(w *world) {
		w.edit(0, "f/q")
		w.edit(1, "f")
		w.sync(syncing{}, 0, 1)
	}, map[index.Path]int{"f/q": 4, "d/a": 2, "d/b": 3}},
	{"and gets its name back when the directory empties", func(w *world) {
		w.edit(0, "f/q")
		w.edit(1, "f")
		w.sync(syncing{}, 0, 1)
		w.sync(syncing{}, 1, 2)
		w.sync(syncing{}, 0, 2)
		w.remove(2, "f")
		w.edit(2, "f")
	}, map[index.Path]int{"f": 6, "d/a": 2, "d/b": 3}},
	{"each moves a directory into the other's", func(w *world) {
		w.edit(0, "e/c")
		w.sync(syncing{}, 0, 1)
		w.rename(0, "d", "e/d")
		w.rename(1, "e", "d/e")
		w.sync(syncing{}, 0, 1)
	}, map[index.Path]int{"f": 1, "e/d/a": 2, "e/d/b": 3, "d/e/c": 4}},
}

func (s story) told(r *rules) string {
	return caught(func() {
		w := beginning(r)
		s.tell(w)
		w.settle(func(int) bool { return false })
		for i, t := range w.sides {
			for p, c := range s.ends {
				if o := t.disk[p]; o.kind != index.File || o.content != c {
					w.fail("story: %s is %v %d in tree %d, not %d", p, o.kind, o.content, i, c)
				}
			}
			for p, o := range t.disk {
				if _, ok := s.ends[p]; !ok && o.kind == index.File {
					w.fail("story: %s is in tree %d", p, i)
				}
			}
		}
	})
}

func TestStories(t *testing.T) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			if what := s.told(sound()); what != "" {
				t.Error(what)
			}
		})
	}
}
