package scan

import (
	"latus/index"
	"latus/sync/plan"
)

// findLinks gives files that are new, or have changed, another name that they have as
// well for their origin: one that the index knows unchanged, else the first that this
// scan found. A file that has more names than were found costs a pass over all entries.
func (w *walk) findLinks(changed []Found) {
	if !w.traits.HardLinks || !w.traits.StableInodes {
		return
	}
	found := map[uint64][]*Found{}
	news := map[uint64]bool{}
	for i := range changed {
		f := &changed[i]
		if f.Links < 2 || f.Witness.Inode == 0 {
			continue
		}
		id := f.Witness.Inode
		found[id] = append(found[id], f)
		news[id] = news[id] || w.isNews(f)
	}
	unseen := false
	for id, names := range found {
		unseen = unseen || news[id] && len(names) < int(names[0].Links)
	}
	others := map[uint64]*index.Origin{}
	if unseen {
		here := map[index.Path]bool{}
		for i := range changed {
			here[changed[i].Path] = true
		}
		for e := range w.index.Survey() {
			id := e.Witness.Inode
			if names := found[id]; len(names) > 0 && others[id] == nil && !here[e.Path] && w.oneFile(names[0].Witness, e.Witness) {
				others[id] = known(e)
			}
		}
	}
	for id, names := range found {
		if news[id] {
			w.link(names, others[id])
		}
	}
}

// link gives the news among the names of one file an origin. other is a name that the
// index knows; nil: there is none.
func (w *walk) link(names []*Found, other *index.Origin) {
	for _, f := range names {
		if !w.oneFile(f.Witness, names[0].Witness) {
			return // it is being written
		}
		if other == nil && !w.isNews(f) { // its mode is
			other = known(w.index.Get(f.Path))
		}
	}
	for _, f := range names {
		switch {
		case !w.isNews(f):
		case other == nil:
			other = &index.Origin{Path: f.Path, Linked: true}
		case f.Origin == nil:
			f.Origin = other
		}
	}
}

// known is e's version as the origin of another name.
func known(e *index.Entry) *index.Origin {
	if h, ok := plan.Display(e.Acked()); ok && h.Kind == index.File {
		return &index.Origin{Path: e.Path, Gen: h.Gen, Linked: true}
	}
	return nil
}

// isNews tells whether f, a file, looks like another version than the one that the
// index knows.
func (w *walk) isNews(f *Found) bool {
	e := w.index.Get(f.Path)
	return e == nil || f.Replaced || e.Witness.Kind != index.File || e.Witness.Size != f.Witness.Size || !w.traits.SameTime(e.Witness, f.Witness)
}

// oneFile tells whether two looks showed one version of one file.
func (w *walk) oneFile(a, b index.Witness) bool {
	return a.Kind == b.Kind && a.Inode == b.Inode && sameFile(a, b) && a.Size == b.Size && w.traits.SameTime(a, b)
}
