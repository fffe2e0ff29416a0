package merge

import (
	"errors"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/plan"
	"latus/sync/stage"
	"latus/sync/tree"
)

// source is where a move or a copy takes its content from.
type source struct {
	path   index.Path
	w      index.Witness
	hash   index.Hash  // as recorded; zero: unknown
	gen    index.GenID // of the version; zero: of none
	target string      // of a link
}

// sources is where moves and copies find what they take, and what has been moved of that.
type sources struct {
	from    map[int]source       // of moves and copies
	renamed []int                // moves of directories that were carried out
	lifted  map[int]stage.Staged // moves whose source is in staging
	asides  map[int]index.Path   // of all moves that put something aside, where from
	leaving map[index.Path]int   // moves of files and links, by where they come from
}

// source looks up what shall be taken from p.
func (a *applier) source(p index.Path) source {
	s := source{path: p}
	e := a.Index.Get(p)
	if e == nil {
		return s
	}
	_, noted := a.noted(p)
	s.w = a.witness(e)
	if at := a.paths[p]; noted && at != nil && at.main >= 0 {
		s.hash = a.Plan.Actions[at.main].Head.Hash
	} else if h, ok := plan.Display(e.Acked()); ok && h.Kind == s.w.Kind {
		s.hash, s.gen, s.target = h.Hash, h.Gen, h.Target
	}
	return s
}

// find looks for the source of an action: where the index has it, or where a
// directory's move took it.
func (a *applier) find(n int) (dir tree.Dir, name string, err error) {
	src := a.from[n]
	places := []index.Path{src.path}
	for _, m := range a.renamed {
		if act := &a.Plan.Actions[m]; src.path.Under(act.From) {
			places = append(places, act.Path+src.path[len(act.From):])
		}
	}
	for m, up := range a.lifted {
		if act := &a.Plan.Actions[m]; src.path.Under(act.From) {
			places = append(places, stage.Path+"/"+index.Path(up.Name)+src.path[len(act.From):])
		}
	}
	for _, p := range places {
		if dir, name, err = a.dirs.of(p); err != nil {
			continue
		}
		var i tree.Info
		if i, err = dir.Stat(name); err != nil {
			continue
		}
		if a.same(i, src.w) {
			return dir, name, nil
		}
		err = fetch.ErrChanged
	}
	if tree.IsNotExist(err) {
		err = fetch.ErrChanged
	}
	return nil, "", err
}

// move gives what stands at From a new path, with the mtime and mode of the new
// version.
func (a *applier) move(s *step) (w index.Witness, err error) {
	s.moved = false
	if live(s.act.Old) {
		if _, aside := a.lifted[s.n]; !aside {
			if err := a.lift(s.n); err != nil {
				return w, err
			}
		}
	}
	if up, aside := a.lifted[s.n]; aside {
		w, err = a.lower(s, up)
	} else {
		w, err = a.shift(s)
	}
	return a.noteMove(s, w, err)
}

// shift moves a file or a directory that was not lifted. It notes nothing: noteMove does,
// in the order of the plan.
func (a *applier) shift(s *step) (index.Witness, error) {
	dir, name, i, err := a.rename(s)
	if err != nil {
		return index.Witness{}, err
	}
	s.moved = true
	return a.adjustMoved(s, dir, name, i)
}

// noteMove notes what became of a move: w and err are of shift or lower.
func (a *applier) noteMove(s *step, w index.Witness, err error) (index.Witness, error) {
	if !s.moved {
		return index.Witness{}, err
	}
	delete(a.lifted, s.n)
	a.left(s)
	s.staged = stage.Staged{Hash: a.from[s.n].hash}
	src := a.from[s.n].w
	if errors.Is(err, errChanged) {
		// Somebody edits it already, at its new place: the scan will see.
		return src, nil
	}
	if err != nil {
		// It is moved all the same, and nobody else may have its bytes.
		w = a.asMoved(s.act, src)
		a.note(line{path: s.act.Path, what: partly, w: w})
	}
	return w, err
}

// asMoved is how the path of act looks, to where src was moved: like that as long as
// nobody can tell.
func (a *applier) asMoved(act *plan.Action, src index.Witness) index.Witness {
	dir, name, err := a.dirs.of(act.Path)
	if err == nil {
		i, err := dir.Stat(name)
		if err == nil && a.stage.Traits().Unwritten(i, src, act.Head.Mtime) {
			src = i.Witness
		}
	}
	src.Ctime = 0
	return src
}

// adjustMoved gives what was moved, and looks like i, the mtime, mode, owner and extended
// attributes of the new version.
func (a *applier) adjustMoved(s *step, dir tree.Dir, name string, i tree.Info) (index.Witness, error) {
	if a.parts(s, i) {
		return i.Witness, errShared
	}
	m := a.openMeta(s.act)
	if tree.IsDistant(a.Tree) && m.Attrs == "" && fits(a.stage, i, m) {
		i.Ctime = 0
		return i.Witness, nil // all of it was there before this run
	}
	var sum index.Sum
	if m.Attrs != "" {
		if regiven(dir, name, a.from[s.n].w.Attrs, m.Attrs) {
			return i.Witness, errChanged
		}
		var lacks error
		sum, lacks = a.stage.SetAttrs(dir, name, &i, m.Attrs)
		a.lack(s.act.Path, lacks)
	}
	w, err := adjust(a.stage, dir, name, i, m)
	w.Attrs = sum
	return w, err
}

// rename moves From to a path where nothing is, and returns where that is and how it
// looks there.
func (a *applier) rename(s *step) (to tree.Dir, toName string, i tree.Info, err error) {
	if s.act.Old.Kind == index.Dir {
		if err = a.makeRoom(s); err != nil {
			return
		}
	}
	a.dirs.drop(s.act.From) // Windows moves no directory while anything below is held
	from, name, err := a.find(s.n)
	if err != nil {
		return
	}
	if to, toName, err = a.dirs.of(s.act.Path); err != nil {
		return
	}
	if err = created(from.Rename(name, to, toName)); err != nil {
		return
	}
	i, err = a.right(s.n, to, toName, from, name)
	return
}

// right looks whether what was moved is what should have been, and moves it back
// if not.
func (a *applier) right(n int, at tree.Dir, name string, back tree.Dir, backName string) (tree.Info, error) {
	i, err := at.Stat(name)
	if err == nil && !a.stage.Traits().Same(i, a.from[n].w, false) {
		err = errChanged // else its mtime would hide the edit
	}
	a.Trash.Stir(i)
	if err == nil {
		return i, nil
	}
	if berr := at.Rename(name, back, backName); berr != nil {
		// Its old place is taken. It stays where it is, an edit to the next scan.
		return i, errors.Join(err, berr)
	}
	return i, err
}

// left notes that what stood at From, and below it, is at the new path.
func (a *applier) left(s *step) {
	act := s.act
	a.touched[act.From.Dir()] = true
	a.gone(act.From)
	if act.Head.Kind != index.Dir {
		return
	}
	a.dirs.drop(act.From)
	a.dirs.drop(act.Path)
	a.renamed = append(a.renamed, s.n)
	for e := range a.Index.Below(act.From) {
		w := a.witness(e)
		if w.Kind == index.Absent || a.aside(e.Path) {
			continue
		}
		if w.Kind == index.File {
			a.res.Saved[plan.Move.String()] += w.Size
		}
		a.gone(e.Path)
		a.along(e, w, act.Path+e.Path[len(act.From):])
		a.recordAlong(e, w, act.Path+e.Path[len(act.From):])
	}
}

// gone notes that nothing is at p any more. If something shall be, that stays
// pending.
func (a *applier) gone(p index.Path) {
	l := line{path: p, what: wholly}
	if e := a.Index.Get(p); e != nil {
		if h, ok := plan.Display(e.Heads); ok && h.Kind.Live() {
			l.what = moved
		}
	}
	if at := a.paths[p]; at != nil && at.main >= 0 && a.fates[at.main] == carried {
		return // something else stands there already
	} else if at != nil && (at.main >= 0 || at.keeps > 0) {
		l.what = moved
	}
	a.note(l)
}

// along notes that what e was stands at p now.
func (a *applier) along(e *index.Entry, w index.Witness, p index.Path) {
	l := line{path: p, what: moved, w: w}
	to := a.Index.Get(p)
	if to == nil {
		if w.Kind == index.Dir {
			a.note(line{path: p, w: w})
		}
		return
	}
	if to.Attrs.Value == "" {
		l.w.Attrs = 0 // nobody has told whether they go along
	}
	at := a.paths[p]
	h, ok := plan.Display(to.Heads)
	switch {
	case at != nil && at.main >= 0:
	case at != nil && at.keeps > 0:
		l.what = shown
	case len(to.Heads) == 0 && w.Kind == index.Dir:
		l.what = wholly
	case ok && h.Kind == w.Kind:
		l.what, l.gen = wholly, h.Gen
		if was, ok := plan.Display(e.Acked()); ok && was.Kind == index.File {
			l.hash = was.Hash
		}
	}
	a.note(l)
}
