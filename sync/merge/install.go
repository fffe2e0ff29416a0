package merge

import (
	"errors"
	"slices"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/trash"
	"latus/sync/tree"
)

var (
	errChanged  = trash.ErrChanged
	errNotEmpty = errors.New("the directory holds something new")
)

// do carries a step out and returns how its path looks then. After an error the
// path is as it was found.
func (a *applier) do(s *step) (index.Witness, error) {
	act := s.act
	s.had = a.attrsBefore(act)
	switch s.op {
	case lifting:
		return index.Witness{}, a.lift(s.n)
	case closing:
		return a.touch(act)
	}
	if act.Op != plan.Keep && a.taken(act) {
		return index.Witness{}, errChanged
	}
	switch act.Op {
	case plan.Keep:
		return index.Witness{}, a.Trash.Fill(s.slot, a.stage.Dir(), s.staged.Name)
	case plan.Touch:
		if s.staged.Name == "" {
			return a.touch(act)
		}
		if err := a.place(s); err != nil {
			return index.Witness{}, err
		}
		return s.staged.Fresh, a.Trash.Discard(s.slot)
	case plan.Delete:
		return index.Witness{}, a.delete(s)
	case plan.Rmdir:
		return index.Witness{}, a.rmdir(act.Path)
	case plan.Move:
		return a.move(s)
	case plan.Mkdir:
		if s.staged.Name == "" {
			return a.mkdir(act)
		}
		if s.bundle != nil {
			return a.unload(s)
		}
	}
	return s.staged.Fresh, a.place(s)
}

// place gives the staged version its name. What stood there goes to the trash.
func (a *applier) place(s *step) error {
	a.lack(s.act.Path, s.staged.Lacks)
	if s.staged.Bundled() && s.bundle.placed {
		return nil
	}
	dir, name, err := a.dirs.of(s.act.Path)
	if err != nil {
		return err
	}
	switch old := s.act.Old; {
	case live(old):
		if !a.stage.Traits().Owners {
			tree.KeepOwner(a.stage.Dir(), s.staged.Name, dir, name)
		}
		err = a.Trash.Swap(s.slot, a.stage.Dir(), s.staged.Name, s.staged.Fresh, dir, name, old)
		if tree.IsNotExist(err) {
			err = errChanged
		}
		return err
	case old.Kind == index.Dir:
		if err := a.makeRoom(s); err != nil {
			return err
		}
	}
	return created(a.stage.Rename(s.staged.Name, dir, name))
}

// makeRoom removes the empty directory that something else is to replace. It is
// gone, whatever becomes of that. Where the run ignores directories of that name, though not
// what takes its place, the index may know older bits of it, or that of one that is gone.
func (a *applier) makeRoom(s *step) error {
	p := s.act.Path
	if dir, name, err := a.dirs.of(p); err == nil {
		i, err := dir.Stat(name)
		s.room = roomMade{bits: i.Mode, none: tree.IsNotExist(err)}
	}
	err := a.rmdir(p)
	if err == nil {
		a.note(line{path: p, what: moved})
	}
	return err
}

// created: a creation never replaces what somebody else put there.
func created(err error) error {
	if tree.IsExist(err) {
		return errChanged
	}
	return err
}

// delete moves a file or link to the trash. One that is gone already is as it
// shall be.
func (a *applier) delete(s *step) error {
	dir, name, err := a.dirs.of(s.act.Path)
	if isGone(err) {
		return nil
	}
	if err == nil {
		err = a.Trash.Take(s.slot, dir, name, s.act.Old)
	}
	if tree.IsNotExist(err) {
		return nil
	}
	return err
}

func (a *applier) rmdir(p index.Path) error {
	dir, name, err := a.dirs.of(p)
	if isGone(err) {
		return nil
	}
	if err == nil {
		a.dirs.drop(p)
		err = dir.Rmdir(name)
	}
	switch {
	case tree.IsNotExist(err):
		return nil
	case errors.Is(err, tree.ErrNotEmpty):
		return a.stillFull(p)
	case errors.Is(err, tree.ErrNotDir), errors.Is(err, tree.ErrIsLink):
		return errChanged
	}
	return err
}

// stillFull says why a directory cannot go. What could not be deleted in it has been told of.
func (a *applier) stillFull(p index.Path) error {
	d, err := a.dirs.open(p)
	if err != nil {
		return err
	}
	names, err := d.List()
	if err != nil {
		return err
	}
	stays := errIgnored
	for _, name := range names {
		i, err := d.Stat(name)
		if err != nil {
			return err
		}
		at := p.Join(name)
		switch {
		case a.Ignored != nil && a.Ignored(at, i.Kind == index.Dir):
		case slices.ContainsFunc(a.res.Problems, func(o Problem) bool { return o.Path == at || o.Path.Under(at) }):
			stays = errHolds
		default:
			return errNotEmpty
		}
	}
	return stays
}

// These leave a directory for what is in it, and are no problem of the directory's own.
var (
	errIgnored = errors.New("the directory holds what is ignored")
	errHolds   = errors.New("the directory holds what could not be deleted")
)

// mkdir makes a directory. One that somebody made meanwhile is as good.
func (a *applier) mkdir(act *plan.Action) (index.Witness, error) {
	dir, name, err := a.dirs.of(act.Path)
	if err != nil {
		return index.Witness{}, err
	}
	mode := a.openMode(act)
	err = dir.Mkdir(name, a.stage.Plain(mode, 0o755))
	made := err == nil
	if err != nil && !tree.IsExist(err) {
		return index.Witness{}, err
	}
	i, err := dir.Stat(name)
	if err == nil && i.Kind != index.Dir {
		err = errChanged
	}
	if err == nil && made && act.Owner != (index.IDs{}) {
		if _, err = a.stage.Chown(dir, name, act.Owner); err == nil {
			err = a.stage.SyncOne(dir, name, index.Dir)
		}
		if err == nil {
			i, err = dir.Stat(name)
		}
	}
	var sum index.Sum
	if err == nil && made {
		if sum = act.Attrs.Sum(); metaOf(act).HasAttrs() {
			var lacks error
			sum, lacks = a.stage.SetAttrs(dir, name, &i, act.Attrs)
			a.lack(act.Path, lacks)
			err = a.stage.SyncOne(dir, name, index.Dir)
		}
	}
	if err == nil && made && (i.Mode^mode)&a.stage.Traits().ModeBits != 0 {
		if err = dir.Chmod(name, a.stage.Over(i, mode, 0o755)); err == nil {
			err = a.stage.SyncOne(dir, name, index.Dir)
		}
		if err == nil {
			i, err = dir.Stat(name)
		}
	}
	if err == nil && i.Kind != index.Dir {
		err = errChanged // somebody has put something else there already
	}
	if err != nil && made {
		a.remember(act.Path, dir, name, index.Witness{Kind: index.Dir}, 0)
	}
	i.Ctime, i.Attrs = 0, sum
	return i.Witness, err
}
