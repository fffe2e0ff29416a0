package merge

import (
	"cmp"
	"errors"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/stage"
	"latus/sync/tree"
)

// remember notes how a path looks that was half done, so that this is no edit to
// the next scan. What w does not describe, but for the mtime that it was given, is one.
func (a *applier) remember(p index.Path, dir tree.Dir, name string, w index.Witness, given int64) {
	i, err := dir.Stat(name)
	if err != nil || !a.stage.Traits().Unwritten(i, w, given) {
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
		sum, lacks = a.stage.SetAttrs(dir, name, &i, act.Attrs)
		a.lack(act.Path, lacks)
	}
	w, err := adjust(a.stage, dir, name, i, metaOf(act))
	w.Attrs = sum
	if err != nil && !errors.Is(err, errChanged) {
		a.remember(act.Path, dir, name, i.Witness, act.Head.Mtime)
	}
	return w, err
}

// adjust sets what differs of owner, mode and mtime, and looks at the result: somebody
// who wrote at the same time must not go unnoticed.
func adjust(s *stage.Stage, dir tree.Dir, name string, i tree.Info, m stage.Meta) (index.Witness, error) {
	if m.Owner.Or(i.Owner) != i.Owner {
		if err := dir.Chown(name, m.Owner); err != nil {
			return index.Witness{}, err
		}
		if m.Mode&0o6000 != 0 { // which that takes away
			i.Mode &^= 0o6000
		}
	}
	if i.Kind != index.Link && (i.Mode^m.Mode)&s.Traits().ModeBits != 0 {
		if err := dir.Chmod(name, s.Over(i, m.Mode, 0o644)); err != nil {
			return index.Witness{}, err
		}
	}
	tardy := late(s, i, m.Mtime)
	if tardy {
		// Else its mtime would hide what somebody has written since.
		if now, err := dir.Stat(name); err != nil || !s.Traits().Unwritten(now, i.Witness, m.Mtime) {
			return index.Witness{}, cmp.Or(err, errChanged)
		}
		err := dir.Chtime(name, m.Mtime)
		if err != nil && (i.Kind != index.Link || !errors.Is(err, tree.ErrUnsupported)) {
			return index.Witness{}, err
		}
	}
	if err := s.SyncOne(dir, name, i.Kind); err != nil {
		return index.Witness{}, err
	}
	now, err := dir.Stat(name)
	if err == nil && !s.Traits().Unwritten(now, i.Witness, m.Mtime) && !(tardy && rendered(s, dir, name, now, i, m.Mtime)) {
		err = errChanged
	}
	now.Ctime = 0
	return now.Witness, err
}

// rendered tells whether now, another mtime than was set, is what the filesystem makes of
// that: many cannot show every year. Then it is the same when it is set again, which it
// would hardly be had somebody written.
func rendered(s *stage.Stage, dir tree.Dir, name string, now, i tree.Info, mtime int64) bool {
	if !s.Traits().Unwritten(now, i.Witness, now.Mtime) || dir.Chtime(name, mtime) != nil || s.SyncOne(dir, name, i.Kind) != nil {
		return false
	}
	again, err := dir.Stat(name)
	return err == nil && again.Mtime == now.Mtime && s.Traits().Unwritten(again, i.Witness, now.Mtime)
}

// fits tells whether what looks like i has the owner, mode and mtime of m already.
func fits(s *stage.Stage, i tree.Info, m stage.Meta) bool {
	return m.Owner.Or(i.Owner) == i.Owner && !late(s, i, m.Mtime) && (i.Kind == index.Link || (i.Mode^m.Mode)&s.Traits().ModeBits == 0)
}

// late tells whether what looks like i is to get mtime. Where a second is shown whole it
// keeps what it has below that.
func late(s *stage.Stage, i tree.Info, mtime int64) bool {
	switch {
	case i.Kind == index.Dir, i.Mtime == mtime:
		return false
	case s.Traits().Whole:
		return !s.Traits().SameTime(i.Witness, index.Witness{Mtime: mtime})
	}
	return true
}
