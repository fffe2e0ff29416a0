package merge

import (
	"errors"
	"io/fs"
	"slices"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/trash"
	"latus/sync/tree"
)

// one recovers a plan line, if need be in directories that are read-only.
func (r *recovery) one(i index.Intent) error {
	err := r.replay(i)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	opened, fatal := r.unlocker.unlock(i.Path.Dir(), i.From.Dir(), i.From)
	if fatal != nil || !opened {
		return errors.Join(err, fatal)
	}
	return r.replay(i)
}

func (r *recovery) replay(i index.Intent) error {
	dir, name, err := r.dirs.of(i.Path)
	if err != nil {
		return r.orphan(i, err)
	}
	target, err := look(dir, name)
	if err != nil {
		return err
	}
	switch i.Op {
	case plan.Keep.String():
		return r.keep(i)
	case plan.Touch.String():
		return r.touch(i, dir, name, target)
	case plan.Delete.String(), plan.Rmdir.String():
		if target.Kind != index.Absent {
			r.note(line{path: i.Path, what: settled})
			return nil
		}
		if back, err := r.bringBack(i, dir, name); err != nil || back {
			return err
		}
		r.gotRid(i)
		return nil
	case plan.Mkdir.String():
		if i.Staged == "" {
			return r.touch(i, dir, name, target)
		}
	}
	return r.install(i, dir, name, target)
}

// look is Stat for which nothing there is no error: the Kind is Absent.
func look(dir tree.Dir, name string) (tree.Info, error) {
	i, err := dir.Stat(name)
	if tree.IsNotExist(err) {
		return tree.Info{}, nil
	}
	return i, err
}

// orphan recovers a plan line whose directory is not there.
func (r *recovery) orphan(i index.Intent, err error) error {
	if !isGone(err) {
		return err
	}
	switch i.Op {
	case plan.Move.String():
		return r.putBack(i)
	case plan.Keep.String():
		return r.keep(i)
	case plan.Delete.String(), plan.Rmdir.String():
		r.gotRid(i)
	default:
		r.note(line{path: i.Path, what: settled})
		if i.Staged == "" {
			return nil
		}
		up, err := look(r.stage.Dir(), i.Staged)
		if err == nil && live(up.Witness) && (r.same(up, i.Old) || !r.same(up, i.New)) {
			err = r.displaced(i, up) // it came out of an exchange
		}
		return err
	}
	return nil
}

// gotRid notes that a deletion is carried out.
func (r *recovery) gotRid(i index.Intent) {
	r.note(line{path: i.Path, what: wholly})
	_, filled := r.trash.Get(trash.SlotID(i.Trash))
	if filled || i.Op == plan.Rmdir.String() { // else somebody else was faster
		r.log(i, index.Witness{})
	}
}

// relock closes a directory that a killed run had opened. Any other mode is one that
// the run, or somebody else, has given it since.
func (r *recovery) relock(i index.Intent) error {
	r.note(line{path: i.Path, what: settled})
	dir, name, err := r.dirs.of(i.Path)
	if err != nil {
		return nil
	}
	target, err := look(dir, name)
	set := func(l line) bool { return l.path == i.Path && l.what == shown }
	if err != nil || target.Kind != index.Dir || (target.Mode^(i.Old.Mode|ownerWrite))&0o777 != 0 || slices.ContainsFunc(r.done, set) ||
		!r.stage.Traits().SameIdentity(target.Witness, i.Old) {
		return err
	}
	return dir.Chmod(name, i.Old.Mode)
}

func (r *recovery) same(i tree.Info, w index.Witness) bool {
	return i.Kind != index.Absent && r.stage.Traits().Same(i, w, false)
}

func (r *recovery) near(a, b int64) bool { return index.Near(a, b, r.stage.Traits().Clock) }

func (r *recovery) shelve(i index.Intent, p index.Path) error {
	it := trash.Item{Path: p, Run: i.Run, At: r.now}
	return shelve(r.trash, r.index, r.stage.Dir(), i.Staged, it)
}
