package merge

import (
	"errors"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/stage"
	"latus/sync/trash"
	"latus/sync/tree"
)

// keep finishes bringing a loser's bytes to the trash. Its entry stays pending,
// the next plan finds them there.
func (r *recovery) keep(i index.Intent) error {
	r.note(line{path: i.Path, what: settled})
	staged, err := look(r.stage.Dir(), i.Staged)
	if err != nil || staged.Kind == index.Absent || !r.same(staged, i.New) {
		return err
	}
	err = r.trash.Fill(trash.SlotID(i.Trash), r.stage.Dir(), i.Staged)
	if tree.IsExist(err) {
		return r.shelve(i, i.Path)
	}
	return err
}

// touch finishes setting mtime and mode, of a new directory as well.
func (r *recovery) touch(i index.Intent, dir tree.Dir, name string, target tree.Info) error {
	begun := target.Kind == i.New.Kind && target.Size == i.New.Size &&
		r.stage.Traits().SameIdentity(target.Witness, i.New) &&
		(target.Kind == index.Dir || r.near(target.Mtime, i.New.Mtime) || r.near(target.Mtime, i.Old.Mtime))
	given := target.Owner.Known() && i.New.Owner.Known() && target.Owner == i.New.Owner && i.Old.Owner != i.New.Owner
	untouched := r.same(target, i.Old) && (target.Mode^i.Old.Mode)&r.stage.Traits().ModeBits == 0 && !given
	if !begun || i.Op == plan.Touch.String() && untouched {
		r.note(line{path: i.Path, what: settled})
		return nil
	}
	return r.adjust(i, dir, name, target)
}

// adjust gives what stands at its path the mtime and mode of the plan line. Bits that
// neither the run nor what it found has set are somebody's edit: they stay, for the
// scan to find.
func (r *recovery) adjust(i index.Intent, dir tree.Dir, name string, target tree.Info) error {
	mode := target.Mode
	if r.midway(target, i) {
		mode = i.New.Mode
	}
	w, err := adjust(r.stage, dir, name, target, stage.Meta{Mode: mode, Mtime: i.New.Mtime})
	if errors.Is(err, errChanged) {
		r.note(line{path: i.Path, what: settled})
		return nil
	}
	if err == nil {
		if i.Op == plan.Touch.String() && (w.Mtime != target.Mtime || w.Mode != target.Mode) {
			r.place(i)
		}
		r.noteShown(i, r.installed(i, w))
	}
	return err
}

// midway tells whether the mode of what stands at its path is one that it has while
// the plan line is carried out.
func (r *recovery) midway(target tree.Info, i index.Intent) bool {
	is := func(mode uint32) bool { return (target.Mode^mode)&r.stage.Traits().ModeBits == 0 }
	if is(i.New.Mode) || target.Kind == index.Link {
		return true
	}
	open := i.New.Mode
	if target.Kind == index.Dir {
		open |= 0o700
	}
	switch i.Op {
	case plan.Touch.String():
		return is(open) || is(i.Old.Mode) || is(i.Old.Mode|0o600) || // see Stage.SetAttrs
			target.Kind == index.Dir && is(i.Old.Mode|ownerWrite)
	case plan.Move.String():
		e := r.index.Get(i.From)
		return is(open) || e == nil || is(e.Witness.Mode)
	case plan.Mkdir.String():
		return target.Mode&^open&r.stage.Traits().ModeBits == 0 // the umask may lack
	}
	return false
}

// installed is w with the mode that the run has set, whatever it is by now.
func (r *recovery) installed(i index.Intent, w index.Witness) index.Witness {
	if bits := r.stage.Traits().ModeBits; w.Kind == index.File || w.Kind == index.Dir {
		w.Mode = w.Mode&^bits | i.New.Mode&bits
	}
	return w
}

// noteShown notes that the new version is in place.
func (r *recovery) noteShown(i index.Intent, w index.Witness) {
	r.touched[i.Path.Dir()] = true
	w.Ctime = 0
	r.note(line{path: i.Path, what: shown, w: w, gen: i.Gen, hash: i.Hash})
	r.log(i, w)
}
