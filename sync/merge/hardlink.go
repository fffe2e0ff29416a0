package merge

import (
	"context"
	"errors"
	"fmt"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/trash"
)

// A file with another name (a hard link) shares its inode with a path that the
// plan says nothing of. What is done to one name must not show at the other, in
// the tree or in the trash.

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
	if err != nil || i.Links < 2 || !trash.Same(i, act.Old, a.stage.traits, true) {
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
	for k, id := range a.Trash.Shared() {
		it, ok := a.Trash.Get(id)
		if !ok || ctx.Err() != nil {
			continue
		}
		i, err := a.Trash.Look(id)
		if err != nil || i.Links < 2 {
			continue
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
