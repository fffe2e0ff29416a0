package merge

import (
	"context"
	"errors"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/stage"
	"latus/sync/trash"
	"latus/sync/tree"
)

// A file with another name (a hard link) shares its inode with a path that the
// plan says nothing of. What is done to one name must not show at the other, in
// the tree or in the trash.
//
// With --hard-links a version that is another name of a file is made one here as well, if
// mode and mtime are the same: an edit of one name is then an edit of all, as where it came from.

// stands is the version of p that the disk shows; zero: none, or nobody knows.
func (a *applier) stands(p index.Path) index.GenID {
	if at := a.paths[p]; at != nil && at.main >= 0 {
		if a.fates[at.main] == carried {
			return a.Plan.Actions[at.main].Head.Gen
		}
	}
	if e := a.Index.Get(p); e != nil {
		if h, ok := plan.Display(e.Acked()); ok {
			return h.Gen
		}
	}
	return index.GenID{}
}

// join stages another name of dir/name, which is what the step is to copy. It tells
// whether it did: if not, a copy is as good.
func (a *applier) join(s *step, dir tree.Dir, name string) bool {
	src, out := a.from[s.n], stage.LocalName(a.Run, "", s.n)
	w := src.w
	w.Mode, w.Mtime, w.Ctime = s.act.Mode, s.act.Head.Mtime, 0
	hash := s.act.Head.Hash
	if !hash.Known() {
		hash = src.hash
	}
	if src.hash.Known() && src.hash != hash || a.stage.Remove(out) != nil || a.stage.Dir().Hardlink(dir, name, out) != nil {
		return false
	}
	i, err := a.stage.Dir().Stat(out)
	a.Trash.Stir(i)
	same := err == nil && a.stage.Traits().Same(i, w, false) && s.act.Owner.Or(i.Owner) == i.Owner
	if same && s.act.Attrs != "" {
		has, err := a.stage.Dir().Attrs(out)
		same = err == nil && has == s.act.Attrs
	}
	if !same {
		a.stage.Remove(out)
		return false
	}
	a.namesAlike.more(a.inodeMetaOf(i.Inode, s.act))
	i.Ctime, i.Attrs = 0, s.act.Attrs.Sum()
	s.staged = stage.Staged{Name: out, Fresh: i.Witness, Hash: hash}
	return true
}

// What is done to all names of a file alike is done to the file.

// errShared: what was moved has another name, which must not get the mode and the
// mtime of the new one.
var errShared = errors.New("has another name")

// same tells whether a look shows what w remembers. A change time that this run has
// moved through another name does not count.
func (a *applier) same(i tree.Info, w index.Witness) bool {
	return a.stage.Traits().Same(i, a.Trash.Stirred(w), true)
}

// cameAlong tells whether the file of a touch has what it shall have already, through
// another of its names.
func (a *applier) cameAlong(i tree.Info, act *plan.Action) bool {
	w := act.Old
	w.Mode, w.Mtime, w.Ctime = act.Mode, act.Head.Mtime, 0
	return i.Kind == index.File && i.Links > 1 && a.stage.Traits().Same(i, w, true) && a.alike(i, act)
}

// parts tells whether what a step has moved must not be given its mode and mtime
// where it is.
func (a *applier) parts(s *step, i tree.Info) bool {
	w := i.Witness
	w.Mode, w.Mtime = s.act.Mode, s.act.Head.Mtime
	return i.Kind == index.File && i.Links > 1 &&
		(!a.stage.Traits().Same(i, w, false) || s.act.Owner.Or(i.Owner) != i.Owner ||
			s.act.Attrs != "" && s.act.Attrs.Sum() != a.from[s.n].w.Attrs)
}

// part has the mode and mtime of what s moved set at the end: they are a touch of the
// new name.
func (a *applier) part(s *step, w index.Witness) {
	touch := *s.act
	touch.Op, touch.From, touch.Old, touch.Over = plan.Touch, "", w, s.act.Head
	a.late = append(a.late, &step{n: s.n, act: &touch, of: s})
}

// detach stages a copy for a touch of such a file: a mode or an mtime set in
// place would be an edit of the other name. One that cannot be read is touched
// in place.
func (a *applier) detach(ctx context.Context, s *step) error {
	act := s.act
	if act.Old.Kind != index.File {
		return nil
	}
	dir, name, err := a.dirs.of(act.Path)
	if err != nil {
		return nil // the touch itself says so
	}
	i, err := dir.Stat(name)
	if err != nil || i.Links < 2 || !a.same(i, act.Old) || a.alike(i, act) {
		return nil
	}
	f, err := dir.Read(name)
	if err != nil {
		return nil
	}
	a.namesAlike.fewer(a.inodeMetaOf(i.Inode, act)) // it is no name of that file any more
	m := metaOf(act)
	if m.Attrs == "" {
		m.Attrs, _ = dir.Attrs(name) // where there are any they stay
	}
	s.staged, err = a.stage.Copy(ctx, f, act.Old, false, stage.LocalName(a.Run, "", s.n), m)
	s.staged.Hash = act.Head.Hash // as with any touch: that of the version, not of what was found
	if act.Attrs == "" {
		s.staged.Fresh.Attrs = act.Old.Attrs
	}
	return err
}

// separate gives the files that came to the trash with another name elsewhere
// bytes of their own, so that an edit through that name does not change them. It goes
// before the record of what was done: what a kill keeps from it is Recover's. Files
// that cannot be read stay shared: they are not handed out once they were changed.
func separate(t *trash.Trash, s *stage.Stage, run string, sync func() error) error {
	shared := t.Shared()
	if len(shared) == 0 {
		return nil
	}
	type copied struct{ id, name string }
	var copies []copied
	here := map[uint64]uint32{}
	for k, id := range shared {
		it, ok := t.Get(id)
		if !ok {
			continue
		}
		i, err := t.Look(id)
		if err != nil || i.Links < 2 {
			continue
		}
		if here[i.Inode]++; here[i.Inode] == i.Links && i.Inode != 0 {
			continue // all its names are in the trash, and the others get other bytes
		}
		f, err := t.Read(id)
		if err != nil {
			continue
		}
		name := stage.LocalName(run, "t", k)
		m := stage.Meta{Mode: it.Mode, Mtime: it.Mtime, Attrs: t.Attrs(id)}
		out, err := s.Copy(context.Background(), f, it.Witness(), true, name, m)
		if err == nil {
			err = s.SyncStaged(out)
		}
		switch {
		case err != nil:
		case out.Hash.Known() && it.Hash.Known() && out.Hash != it.Hash:
			s.Remove(name)
		default:
			copies = append(copies, copied{id, name})
		}
	}
	if len(copies) == 0 {
		return nil
	}
	if err := sync(); err != nil {
		return err
	}
	var errs []error
	for _, c := range copies {
		errs = append(errs, t.Renew(c.id, s.Dir(), c.name))
	}
	return errors.Join(errs...)
}

// separate does so for what the last batches displaced.
func (a *applier) separate() error {
	return separate(a.Trash, a.stage, a.Run, func() error { return a.sync(nil) })
}
