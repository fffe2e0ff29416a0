package replica

import (
	"latus/index"
	"latus/sync/plan"
)

// insistOnDirs authors what the disk of a mirror's first tree shows of directories that nobody
// has a version of: the others are to be made like it. It returns how many paths that was.
func (r *Replica) insistOnDirs() (int, error) {
	kept, gone := r.keptDirs(), r.goneDirs()
	if len(kept)+len(gone) == 0 {
		return 0, nil
	}
	g := r.generation(r.x.Knowledge())
	a := r.authoring(g, false)
	tx := r.x.Begin()
	tx.Generation(g)
	for _, e := range kept {
		tx.Put(plan.Insist(e, index.Dir, a))
	}
	for _, e := range gone {
		tx.Put(plan.Insist(e, index.Deleted, a))
	}
	return len(kept) + len(gone), r.writeAuthored(tx)
}

// keptDirs are the directories on this disk that stood for what was in them alone, and now
// for nothing. Elsewhere they would give way, to what had lost its name to them or to nothing.
func (r *Replica) keptDirs() (found []*index.Entry) {
	look := func(e *index.Entry) {
		h, live := plan.Display(e.Heads)
		_, blocked := r.found.Blocked(e.Path)
		switch {
		case e.Witness.Kind != index.Dir || live && h.Kind == index.Dir:
		case blocked || r.rules.Ignored(e.Path, true) || inhabited(r.x, e.Path):
		default:
			found = append(found, e)
		}
	}
	for e := range r.x.Implied() {
		look(e)
	}
	for e := range r.x.Contended() {
		if _, live := plan.Display(e.Heads); live { // else it was among those
			look(e)
		}
	}
	return found
}

// goneDirs are the files and links that had lost their name to such a directory, and are to
// come back now that the user took it away. The disk shows nothing there.
func (r *Replica) goneDirs() (found []*index.Entry) {
	for e := range r.x.Lagging() {
		here, live := plan.Display(e.Have)
		shall, _ := plan.Display(e.Heads)
		_, blocked := r.found.Blocked(e.Path)
		if live && here.Gen == shall.Gen && here.Kind != index.Dir && e.Witness.Kind == index.Absent && !blocked && !r.rules.Ignored(e.Path, false) {
			found = append(found, e)
		}
	}
	return found
}
