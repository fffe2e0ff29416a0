package merge

import (
	"cmp"
	"errors"
	"io/fs"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/trash"
	"latus/sync/tree"
)

// remember notes how a path looks that was half done, so that this is no edit to
// the next scan. What w does not describe, but for the mtime that it was given, is one.
func (a *applier) remember(p index.Path, dir tree.Dir, name string, w index.Witness, given int64) {
	i, err := dir.Stat(name)
	if err != nil || !trash.Unwritten(i, w, given, a.stage.traits) {
		return
	}
	i.Ctime = 0
	a.note(line{path: p, what: moved, w: i.Witness})
}

// touch sets mtime, mode, owner and extended attributes of what is there.
func (a *applier) touch(act *plan.Action) (index.Witness, error) {
	dir, name, err := a.dirs.of(act.Path)
	if err != nil {
		return index.Witness{}, err
	}
	i, err := dir.Stat(name)
	if tree.IsNotExist(err) {
		return index.Witness{}, errChanged
	}
	if err != nil {
		return index.Witness{}, err
	}
	if act.Op == plan.Touch && !a.same(i, act.Old) && !a.cameAlong(i, act) || i.Kind != act.Head.Kind {
		return index.Witness{}, errChanged
	}
	if act.Op == plan.Touch && regiven(dir, name, act.Old.Attrs, act.Attrs) {
		return index.Witness{}, errChanged
	}
	a.Trash.Stir(i)
	if i.Kind == index.Dir && a.unlocker.holds(act.Path) {
		// Else closing it again would undo this.
		if err := a.unlocker.relock(act.Path); err != nil {
			return index.Witness{}, err
		}
		now, err := dir.Stat(name)
		if err != nil {
			return index.Witness{}, err
		}
		i.Mode = now.Mode
	}
	sum := act.Old.Attrs // unless somebody has changed them: the ctime is not known any more
	if act.Attrs != "" && (sum != act.Attrs.Sum() || act.Op != plan.Touch) {
		var lacks error
		sum, lacks = a.stage.attr(dir, name, &i, act.Attrs)
		a.lack(act.Path, lacks)
	}
	w, err := a.stage.adjust(dir, name, i, metaOf(act))
	w.Attrs = sum
	if err != nil && !errors.Is(err, errChanged) {
		a.remember(act.Path, dir, name, i.Witness, act.Head.Mtime)
	}
	return w, err
}

// adjust sets what differs of owner, mode and mtime, and looks at the result: somebody
// who wrote at the same time must not go unnoticed.
func (s *stage) adjust(dir tree.Dir, name string, i tree.Info, m meta) (index.Witness, error) {
	if m.owner.Or(i.Owner) != i.Owner {
		if err := dir.Chown(name, m.owner); err != nil {
			return index.Witness{}, err
		}
		if m.mode&0o6000 != 0 { // which that takes away
			i.Mode &^= 0o6000
		}
	}
	if i.Kind != index.Link && (i.Mode^m.mode)&s.traits.ModeBits != 0 {
		if err := dir.Chmod(name, s.over(i, m.mode, 0o644)); err != nil {
			return index.Witness{}, err
		}
	}
	late := s.late(i, m.mtime)
	if late {
		// Else its mtime would hide what somebody has written since.
		if now, err := dir.Stat(name); err != nil || !trash.Unwritten(now, i.Witness, m.mtime, s.traits) {
			return index.Witness{}, cmp.Or(err, errChanged)
		}
		err := dir.Chtime(name, m.mtime)
		if err != nil && (i.Kind != index.Link || !errors.Is(err, tree.ErrUnsupported)) {
			return index.Witness{}, err
		}
	}
	if err := s.syncOne(dir, name, i.Kind); err != nil {
		return index.Witness{}, err
	}
	now, err := dir.Stat(name)
	if err == nil && !trash.Unwritten(now, i.Witness, m.mtime, s.traits) && !(late && s.rendered(dir, name, now, i, m.mtime)) {
		err = errChanged
	}
	now.Ctime = 0
	return now.Witness, err
}

// rendered tells whether now, another mtime than was set, is what the filesystem makes of
// that: many cannot show every year. Then it is the same when it is set again, which it
// would hardly be had somebody written.
func (s *stage) rendered(dir tree.Dir, name string, now, i tree.Info, mtime int64) bool {
	if !trash.Unwritten(now, i.Witness, now.Mtime, s.traits) || dir.Chtime(name, mtime) != nil || s.syncOne(dir, name, i.Kind) != nil {
		return false
	}
	again, err := dir.Stat(name)
	return err == nil && again.Mtime == now.Mtime && trash.Unwritten(again, i.Witness, now.Mtime, s.traits)
}

// fits tells whether what looks like i has the owner, mode and mtime of m already.
func (s *stage) fits(i tree.Info, m meta) bool {
	return m.owner.Or(i.Owner) == i.Owner && !s.late(i, m.mtime) && (i.Kind == index.Link || (i.Mode^m.mode)&s.traits.ModeBits == 0)
}

// late tells whether what looks like i is to get mtime. Where a second is shown whole it
// keeps what it has below that.
func (s *stage) late(i tree.Info, mtime int64) bool {
	switch {
	case i.Kind == index.Dir, i.Mtime == mtime:
		return false
	case s.traits.Whole:
		return !s.traits.SameTime(i.Witness, index.Witness{Mtime: mtime})
	}
	return true
}

// syncOne makes content, mode and mtime durable, where syncing the tree will not.
// What its mode keeps the owner from opening can't be synced, nor, on Windows, what it
// keeps from being written.
func (s *stage) syncOne(dir tree.Dir, name string, kind index.Kind) error {
	if !s.eachFile.Load() || kind == index.Link {
		return nil
	}
	var f interface {
		Sync() error
		Close() error
	}
	var err error
	if kind == index.Dir {
		f, err = dir.OpenDir(name)
	} else {
		f, err = dir.Read(name)
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, fs.ErrPermission) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
