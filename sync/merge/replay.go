package merge

import (
	"slices"

	"latus/index"
	"latus/sync/digest"
	"latus/sync/plan"
	"latus/sync/trash"
	"latus/sync/tree"
)

// scene is where the versions of a plan line are: one of them at its path, the
// other on its way in staging, or in the trash.
type scene struct {
	index.Intent
	dir    tree.Dir
	name   string
	target tree.Info
	staged tree.Info
	slot   string
	shelf  tree.Info // in the slot
}

// install finds out how far an installation or a move got.
func (r *recovery) install(i index.Intent, dir tree.Dir, name string, target tree.Info) error {
	s := &scene{Intent: i, dir: dir, name: name, target: target, slot: trash.SlotID(i.Trash)}
	if err := r.lookAround(s); err != nil {
		return err
	}
	if s.shelf.Kind != index.Absent && !r.same(s.shelf, i.Old) && r.isNew(s.shelf, i) && s.staged.Kind == index.Absent {
		// A power loss kept the second rename and lost the first.
		if err := r.trash.Return(s.slot, r.stage.Dir(), i.Staged); err != nil {
			return err
		}
		s.staged, s.shelf = s.shelf, tree.Info{}
	}
	isNew, err := r.decide(s)
	if err != nil {
		return err
	}
	switch {
	case isNew:
		return r.complete(s)
	case s.target.Kind == index.Absent:
		return r.resume(s)
	case r.followed(s), !live(s.Old) && s.staged.Kind == index.Absent && r.isNew(s.target, s.Intent) && !r.mayBeBefore(s):
		// What is there is an edit of the new version, and no rival of it.
		if s.staged.Kind != index.Absent {
			if err := r.trash.Fill(s.slot, r.stage.Dir(), s.Staged); err != nil {
				return err
			}
		}
		was := s.New
		if s.Op == plan.Move.String() {
			r.left(s.Intent)
			was.Mode = s.target.Mode // perhaps not set yet
		}
		if r.same(s.target, was) {
			was.Mtime = 0 // for the scan to find the edit
		}
		r.noteShown(s.Intent, was)
		return nil
	}
	moved, err := r.movedBefore(s)
	if err != nil {
		return err
	}
	if moved {
		r.left(s.Intent)
		r.noteShown(s.Intent, s.New)
		return nil
	}
	// The old version, or an edit: the new one was not installed.
	return r.drop(s)
}

// movedBefore tells whether a file was moved to its path, and what stands there now is an
// edit of it: it is the same file, or the next line of the plan has taken its old place.
func (r *recovery) movedBefore(s *scene) (bool, error) {
	cleared := !live(s.Old) || r.same(s.shelf, s.Old)
	if s.Op != plan.Move.String() || s.New.Kind != index.File || s.target.Kind != index.File || s.staged.Kind != index.Absent || !cleared {
		return false, nil
	}
	if e := r.index.Get(s.Path); e != nil && r.same(s.target, e.Witness) {
		return false, nil // what stood there before: a power loss undid more than that
	}
	var from tree.Info
	dir, name, err := r.dirs.of(s.From)
	if err == nil {
		from, err = look(dir, name)
	}
	if err != nil && !isGone(err) {
		return false, err
	}
	known := r.stage.Traits().StableInodes && s.New.Inode != 0
	is := func(i tree.Info) bool {
		return known && i.Kind == index.File && i.Inode != 0 && r.stage.Traits().SameIdentity(i.Witness, s.New)
	}
	if is(s.target) && !is(from) {
		return true, nil
	}
	return slices.ContainsFunc(r.index.Intents(), func(i index.Intent) bool {
		return i.Path == s.From && i.Run == s.Run && r.same(from, i.New)
	}), nil
}

func (r *recovery) lookAround(s *scene) (err error) {
	if s.Staged != "" {
		if s.staged, err = look(r.stage.Dir(), s.Staged); err != nil {
			return err
		}
	}
	if s.slot != "" {
		s.shelf, err = r.trash.Look(s.slot)
		if tree.IsNotExist(err) {
			err = nil
		}
	}
	return err
}

// followed tells whether the new version stood at its path, and something else does
// now: the old one came out, and the new one is not on its way any more.
func (r *recovery) followed(s *scene) bool {
	out := s.staged
	if out.Kind == index.Absent {
		out = s.shelf
	} else if s.shelf.Kind != index.Absent {
		return false
	}
	return s.Op != plan.Move.String() && live(s.Old) && out.Kind != index.Absent && r.same(out, s.Old) && !r.same(out, s.New)
}

// isNew tells whether i may be the new version. What was moved has the mtime and
// mode of its old place until they were set.
func (r *recovery) isNew(i tree.Info, intent index.Intent) bool {
	if intent.Op != plan.Move.String() {
		return r.same(i, intent.New)
	}
	if i.Kind != intent.New.Kind || i.Size != intent.New.Size || !r.stage.Traits().SameIdentity(i.Witness, intent.New) {
		return false
	}
	was := intent.New.Mtime
	if e := r.index.Get(intent.From); e != nil && e.Witness.Kind == i.Kind {
		was = e.Witness.Mtime
	}
	return i.Kind == index.Dir || r.near(i.Mtime, intent.New.Mtime) || r.near(i.Mtime, was)
}

// decide tells whether the target is the new version. Where a look can't tell it
// from the old one, or from an edit, its content does, if that is known; else it is not
// taken for an edit, but rather for the old one: the next run does it all again.
func (r *recovery) decide(s *scene) (bool, error) {
	if s.target.Kind == index.Absent || !r.isNew(s.target, s.Intent) {
		return false, nil
	}
	// Where nothing was in the way, what is still on its way is not there, or has two names.
	coming := !live(s.Old) && s.staged.Kind != index.Absent
	if coming && s.target.Inode != 0 && s.staged.Inode != 0 {
		return s.target.Inode == s.staged.Inode, nil
	}
	other := !r.same(s.target, s.Old)
	if other && r.mayBeBefore(s) {
		other = false
	}
	if other && !coming && !mayBeEdited(s.target, s.Run, r.stage.Traits().Clock) || s.target.Kind != index.File || !s.Hash.Known() {
		return other, nil
	}
	f, err := s.dir.Read(s.name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	h, err := digest.Copy(r.ctx, f, nil)
	return h == s.Hash, err
}

// mayBeBefore tells whether the target looks like what stood there before the run, which was
// to make way for something else to come: where inodes tell nothing apart, files of one size
// and mtime that trade places look alike.
func (r *recovery) mayBeBefore(s *scene) bool {
	e := r.index.Get(s.Path)
	return !live(s.Old) && s.target.Kind != index.Dir && e != nil && r.same(s.target, e.Witness)
}

// complete: the new version is in place. The old one may still be where it was
// exchanged to.
func (r *recovery) complete(s *scene) error {
	if live(s.Old) && s.staged.Kind != index.Absent {
		if !r.same(s.staged, s.Old) && s.shelf.Kind == index.Absent {
			// Not what was to be replaced: somebody edited it. It goes back.
			err := r.stage.Dir().Exchange(s.Staged, s.dir, s.name)
			if err != nil {
				return err
			}
			if s.target, err = look(s.dir, s.name); err != nil {
				return err
			}
			if s.staged, err = look(r.stage.Dir(), s.Staged); err != nil {
				return err
			}
			return r.drop(s)
		}
		var err error
		if s.shelf.Kind != index.Absent {
			err = r.shelve(s.Intent, s.Path)
		} else {
			err = r.trash.Fill(s.slot, r.stage.Dir(), s.Staged)
		}
		if err != nil {
			return err
		}
	}
	if s.Op == plan.Move.String() {
		r.left(s.Intent)
		if s.target.Kind == index.File && s.target.Links > 1 && !r.same(s.target, s.New) {
			// Its mode and mtime are for this name only: the next plan sets them.
			w := s.target.Witness
			w.Ctime = 0
			r.note(line{path: s.Path, what: partly, w: w})
			r.log(s.Intent, w)
			return nil
		}
		return r.adjust(s.Intent, s.dir, s.name, s.target)
	}
	if s.Op == plan.Mkdir.String() {
		return r.adjust(s.Intent, s.dir, s.name, s.target)
	}
	r.noteShown(s.Intent, r.installed(s.Intent, s.target.Witness))
	return nil
}

// resume: nothing stands at the path. If the old version was taken away for it
// the new one goes there, else the old one goes back.
func (r *recovery) resume(s *scene) error {
	cleared := !live(s.Old) || r.same(s.shelf, s.Old)
	fresh := s.staged.Kind != index.Absent && r.isNew(s.staged, s.Intent)
	switch {
	case cleared && fresh:
		if err := r.stage.Dir().Rename(s.Staged, s.dir, s.name); err != nil {
			return err
		}
		r.place(s.Intent)
		var err error
		if s.target, err = look(s.dir, s.name); err != nil {
			return err
		}
		s.staged = tree.Info{}
		return r.complete(s)
	case r.same(s.shelf, s.Old) && live(s.Old), fresh && r.edited(s.shelf, s.Old):
		// The latter was taken away and not looked at any more.
		if err := r.trash.Return(s.slot, s.dir, s.name); err != nil {
			return err
		}
		r.touched[s.Path.Dir()] = true
	case s.staged.Kind != index.Absent && live(s.Old) && r.same(s.staged, s.Old):
		// Exchanged with something that vanished since.
		if err := r.stage.Dir().Rename(s.Staged, s.dir, s.name); err != nil {
			return err
		}
		r.touched[s.Path.Dir()] = true
		s.staged = tree.Info{}
	}
	return r.drop(s)
}

// drop lets go of a plan line that was not carried out. What was lifted goes
// back; what was staged for it stays for Resume, or is swept.
func (r *recovery) drop(s *scene) error {
	r.note(line{path: s.Path, what: settled})
	if s.Old.Kind == index.Dir && s.target.Kind == index.Absent {
		r.note(line{path: s.Path, what: moved}) // it was removed to make room
	}
	if s.Op == plan.Move.String() {
		return r.putBack(s.Intent)
	}
	if s.staged.Kind == index.Absent {
		return nil
	}
	doubtful := r.same(s.staged, s.Old) && !s.Hash.Known()
	if live(s.staged.Witness) && (doubtful || !r.same(s.staged, s.New)) {
		// It may have come out of an exchange.
		return r.shelve(s.Intent, s.Path)
	}
	return nil
}
