package merge

import (
	"context"
	"errors"
	"fmt"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/trash"
	"latus/sync/tree"
)

// A file with another name (a hard link) shares its inode with a path that the
// plan says nothing of. What is done to one name must not show at the other, in
// the tree or in the trash.

// What is done to all names of a file alike is done to the file.

// errShared: what was moved has another name, which must not get the mode and the
// mtime of the new one.
var errShared = errors.New("has another name")

// same tells whether a look shows what w remembers. A change time that this run has
// moved through another name does not count.
func (a *applier) same(i tree.Info, w index.Witness) bool {
	return trash.Same(i, a.Trash.Stirred(w), a.stage.traits, true)
}

// facet is a file and what a plan makes of it.
type facet struct {
	inode uint64
	mode  uint32
	mtime int64
}

func (a *applier) facet(inode uint64, act *plan.Action) facet {
	return facet{inode, act.Mode & a.stage.traits.ModeBits, act.Head.Mtime}
}

// alike tells whether the plan gives all names of a file the mode and the mtime of
// act, and nothing else.
func (a *applier) alike(i tree.Info, act *plan.Action) bool {
	if a.facets == nil {
		a.facets = map[facet]uint32{}
		for n := range a.Plan.Actions {
			act := &a.Plan.Actions[n]
			switch {
			case act.Head.Kind != index.File:
			case act.Op == plan.Touch:
				a.facets[a.facet(act.Old.Inode, act)]++
			case act.Op == plan.Move:
				a.facets[a.facet(a.from[n].w.Inode, act)]++
			}
		}
	}
	return i.Inode != 0 && a.facets[a.facet(i.Inode, act)] == i.Links
}

// cameAlong tells whether the file of a touch has what it shall have already, through
// another of its names.
func (a *applier) cameAlong(i tree.Info, act *plan.Action) bool {
	w := act.Old
	w.Mode, w.Mtime, w.Ctime = act.Mode, act.Head.Mtime, 0
	return i.Kind == index.File && i.Links > 1 && trash.Same(i, w, a.stage.traits, true) && a.alike(i, act)
}

// parts tells whether what a step has moved must not be given its mode and mtime
// where it is.
func (a *applier) parts(s *step, i tree.Info) bool {
	w := i.Witness
	w.Mode, w.Mtime = s.act.Mode, s.act.Head.Mtime
	return i.Kind == index.File && i.Links > 1 && !trash.Same(i, w, a.stage.traits, false)
}

// part has the mode and mtime of what s moved set at the end: they are a touch of the
// new name.
func (a *applier) part(s *step, w index.Witness) {
	touch := *s.act
	touch.Op, touch.From, touch.Old, touch.OldHead = plan.Touch, "", w, s.act.Head
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
	s.staged, err = a.stage.copy(ctx, f, act.Old, false, localName(a.Run, s.n), act.Mode, act.Head.Mtime)
	s.staged.hash = act.Head.Hash // as with any touch: that of the version, not of what was found
	return err
}

// separate gives the files that came to the trash with another name elsewhere
// bytes of their own, so that an edit through that name does not change them. It
// is best effort: what stays shared is not handed out once it was changed.
func (a *applier) separate(ctx context.Context) error {
	type copied struct {
		id  string
		out staged
	}
	var all []copied
	here := map[uint64]uint32{}
	for k, id := range a.Trash.Shared() {
		it, ok := a.Trash.Get(id)
		if !ok || ctx.Err() != nil {
			continue
		}
		i, err := a.Trash.Look(id)
		if err != nil || i.Links < 2 {
			continue
		}
		if here[i.Inode]++; here[i.Inode] == i.Links && i.Inode != 0 {
			continue // all its names are in the trash, and the others get other bytes
		}
		f, err := a.Trash.Read(id)
		if err != nil {
			continue
		}
		name := fmt.Sprintf("%s%s-t%d", localPrefix, a.Run, k)
		out, err := a.stage.copy(ctx, f, it.Witness(), true, name, it.Mode, it.Mtime)
		if err == nil && out.hash.Known() && it.Hash.Known() && out.hash != it.Hash {
			a.stage.remove(name)
			continue
		}
		if err == nil {
			all = append(all, copied{id, out})
		}
	}
	if len(all) == 0 {
		return nil
	}
	batch := make([]*step, len(all))
	for k, c := range all {
		batch[k] = &step{n: -1, act: &plan.Action{Op: plan.Keep}, staged: c.out}
	}
	if err := a.sync(batch); err != nil {
		return err
	}
	var errs []error
	for _, c := range all {
		errs = append(errs, a.Trash.Renew(c.id, a.stage.dir, c.out.name))
	}
	return errors.Join(errs...)
}
