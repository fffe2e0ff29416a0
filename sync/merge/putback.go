package merge

import (
	"errors"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/stage"
	"latus/sync/trash"
	"latus/sync/tree"
)

// putBack returns what was lifted to where it stood, or else to the trash.
func (r *recovery) putBack(i index.Intent) error {
	r.note(line{path: i.Path, what: settled})
	up, err := look(r.stage.Dir(), i.Staged)
	if err != nil {
		return err
	}
	if up.Kind != index.Absent && !r.isNew(up, i) {
		// What was moved has gone from its new place since: somebody did away with it.
		r.goneFrom(i)
		return r.displaced(i, up)
	}
	dir, name, err := r.dirs.of(i.From)
	if up.Kind == index.Absent {
		if err == nil {
			err = r.unadjust(i, dir, name)
		}
		r.goneFrom(i)
		if isGone(err) {
			err = nil
		}
		return err
	}
	if err == nil {
		err = r.stage.Dir().Rename(i.Staged, dir, name)
	}
	if err == nil {
		r.touched[i.From.Dir()] = true
		return r.unadjust(i, dir, name)
	}
	return r.shelve(i, i.From)
}

// bringBack returns what a deletion took to the trash and could not look at any more,
// if that is not what it was to take: somebody had edited it.
func (r *recovery) bringBack(i index.Intent, dir tree.Dir, name string) (back bool, err error) {
	id := trash.SlotID(i.Trash)
	if id == "" {
		return false, nil
	}
	shelf, err := r.trash.Look(id)
	if tree.IsNotExist(err) || err == nil && !r.edited(shelf, i.Old) {
		return false, nil
	}
	if err == nil {
		err = r.trash.Return(id, dir, name)
	}
	if err == nil {
		r.touched[i.Path.Dir()] = true
		r.note(line{path: i.Path, what: settled})
	}
	return err == nil, err
}

// edited tells whether what came to the trash is not what w remembers, nor a copy of
// that (see separate).
func (r *recovery) edited(shelf tree.Info, w index.Witness) bool {
	w.Inode, w.Btime = 0, 0
	return live(shelf.Witness) && live(w) && !r.same(shelf, w)
}

// displaced brings what something else took the place of to the trash.
func (r *recovery) displaced(i index.Intent, up tree.Info) error {
	if i.Trash != "" && r.same(up, i.Old) {
		err := r.trash.Fill(trash.SlotID(i.Trash), r.stage.Dir(), i.Staged)
		if !tree.IsExist(err) {
			return err
		}
	}
	return r.shelve(i, i.Path)
}

// goneFrom notes what is not there any more of what was to be moved.
func (r *recovery) goneFrom(i index.Intent) {
	r.gone(i.From)
	if i.New.Kind != index.Dir {
		return
	}
	for e := range r.index.Below(i.From) {
		if e.Witness.Kind != index.Absent {
			r.gone(e.Path)
		}
	}
}

// unadjust takes the mtime and mode of the new path from what is at the old one
// again: a power loss may have kept them and lost the move.
func (r *recovery) unadjust(i index.Intent, dir tree.Dir, name string) error {
	e := r.index.Get(i.From)
	now, err := look(dir, name)
	if err != nil || e == nil || now.Kind != e.Witness.Kind || !r.isNew(now, i) {
		return err
	}
	_, err = adjust(r.stage, dir, name, now, stage.Meta{Mode: e.Witness.Mode, Mtime: e.Witness.Mtime})
	if errors.Is(err, errChanged) {
		err = nil
	}
	return err
}

// left notes that a move took From away, and what was below it along.
func (r *recovery) left(i index.Intent) {
	r.touched[i.From.Dir()] = true
	r.gone(i.From)
	if i.New.Kind != index.Dir {
		return
	}
	r.dirs.drop(i.From)
	r.dirs.drop(i.Path)
	for e := range r.index.Below(i.From) {
		if e.Witness.Kind != index.Absent {
			r.gone(e.Path)
			p := i.Path + e.Path[len(i.From):]
			r.along(e, p)
			if rec, ok := alongRecord(r.index, e, e.Witness, p); ok {
				rec.Run = i.Run
				r.records = append(r.records, rec)
			}
		}
	}
}

// gone notes that what was at p is not there any more. What stands there instead
// is another plan line's business, or the scan's.
func (r *recovery) gone(p index.Path) {
	if dir, name, err := r.dirs.of(p); err == nil {
		if now, err := look(dir, name); err != nil || now.Kind != index.Absent {
			return
		}
	}
	l := line{path: p, what: wholly}
	if e := r.index.Get(p); e != nil {
		if h, ok := plan.Display(e.Heads); ok && h.Kind.Live() {
			l.what = moved
		}
	}
	r.note(l)
}

// along notes that what e was stands at p now, if it does. If mtime or mode are not
// those of p yet, or the content is perhaps another, it stays pending.
func (r *recovery) along(e *index.Entry, p index.Path) {
	l := line{path: p, what: moved, w: e.Witness}
	if dir, name, err := r.dirs.of(p); err == nil {
		if now, err := look(dir, name); err != nil || now.Kind != e.Witness.Kind || now.Size != e.Witness.Size {
			return // it was put aside, or somebody was quick
		}
	}
	to := r.index.Get(p)
	if to == nil {
		if e.Witness.Kind == index.Dir {
			r.note(line{path: p, w: e.Witness})
		}
		return
	}
	h, ok := plan.Display(to.Heads)
	mode := !to.Mode.Set() || (to.Mode.Value^e.Witness.Mode)&r.stage.Traits().ModeBits == 0
	switch {
	case len(to.Heads) == 0 && e.Witness.Kind == index.Dir:
		l.what = wholly
	case ok && h.Kind == e.Witness.Kind && mode && (h.Kind == index.Dir || r.near(h.Mtime, e.Witness.Mtime) && isFrom(h, e)):
		l.what, l.gen = shown, h.Gen
	}
	r.note(l)
}

// isFrom tells whether h is known to have the content that e had.
func isFrom(h index.Head, e *index.Entry) bool {
	was, ok := plan.Display(e.Acked())
	switch {
	case !ok || was.Kind != h.Kind:
		return false
	case h.Kind == index.Link:
		return was.Target == h.Target
	case was.Hash.Known() && h.Hash.Known():
		return was.Hash == h.Hash
	}
	return was.Size == h.Size && h.Origin != nil && h.Origin.Path == e.Path
}
