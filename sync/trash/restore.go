package trash

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"latus/index"
	"latus/sync/tree"
)

// Names in staging while an item is restored. A copy that is not finished is
// nobody's; one that is has the ids of its own slot and of its item in its name, as
// after an exchange the version that stood in the tree lies there.
const (
	copyPrefix    = "restore-copy-"
	restorePrefix = "restore-"
	restoreOf     = "-of-"
)

// Done is what a Restore did.
type Done struct {
	Now       index.Witness // what was put in place
	Target    string        // of a link
	Was       index.Witness // what stood there; Kind Absent: nothing
	WasGen    index.GenID   // the version that was, if anybody knows
	Displaced string        // the id under which that is in the trash now; "": nothing was
	Lacks     []string      // why it does not have its extended attributes, or its owner
	Made      []Made        // the directories that were missing, parents first; also where it failed after that
}

// Made is a directory that a Restore made.
type Made struct {
	Path index.Path
	Now  index.Witness
}

// Known is what somebody knows of places in the tree. What is nil nobody does.
type Known struct {
	Version func(tree.Info) (index.GenID, index.Hash) // which version of its path a file or link is; zero: nobody knows
	Dir     func(index.Path) (was Dir, known bool)    // what a directory was like that is to be made
	Keep    bool                                      // what stands there stays: fs.ErrExist
}

// Dir is what a directory was like that is gone.
type Dir struct {
	Mode  uint32    // its permissions
	Owner index.IDs // zero: nobody knows
}

// Restore puts a copy of an item at a path of the tree, with its mtime and mode.
// What stands there goes to the trash first, directories that are missing are made.
// To the next scan it is an edit like any other. now is in nanoseconds since 1970
// UTC, run names the run that displaces what stood there. Of known, Version is about what
// stands at that path. A directory is not replaced: fs.ErrExist. Nor is anything put
// back that is not what its recorded hash says: ErrDamaged. Extended attributes and an
// owner that cannot be set are in Done.Lacks.
func (t *Trash) Restore(ctx context.Context, id string, to index.Path, now int64, run string, known Known) (Done, error) {
	it, ok := t.Get(id)
	if !ok {
		return Done{}, &fs.PathError{Op: "restore", Path: id, Err: ErrUnknown}
	}
	if !t.Intact(it) {
		return Done{}, fmt.Errorf("restoring %s: its copy in the trash was changed, through another hard link: %w", to, ErrChanged)
	}
	r := restoring{Trash: t, it: it, to: to, now: now, run: run, known: known}
	if err := r.restore(ctx); err != nil {
		return Done{Made: r.done.Made}, fmt.Errorf("restoring %s: %w", to, err)
	}
	return r.done, nil
}

// restoring is a Restore under way.
type restoring struct {
	*Trash
	it    Item
	to    index.Path
	now   int64
	run   string
	known Known
	done  Done
}

// restore makes a copy of the item in staging, and has that put in place.
func (r *restoring) restore(ctx context.Context) error {
	private, err := r.tree.Open(index.Private)
	if err != nil {
		return err
	}
	defer private.Close()
	stage, _, err := hold(private, "staging")
	if err != nil {
		return err
	}
	defer stage.Close()

	copied := copyPrefix + r.it.ID
	defer stage.Remove(copied) // gone by then, if all went well
	fresh, lacks, err := r.copyOut(ctx, r.it, stage, copied)
	if err != nil {
		return err
	}
	r.done.Lacks = lacks
	parent, name := r.to.Split()
	dir, err := r.parents(parent)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := r.place(stage, copied, fresh, dir, name); err != nil {
		return err
	}
	// It is in place. Should somebody have taken it away already, that is no failure.
	if i, err := dir.Stat(name); err == nil {
		r.done.Now = i.Witness
	}
	if r.it.Kind == index.Link {
		r.done.Target, _ = dir.Readlink(name)
	}
	return nil
}

// place puts what is ready in staging at dir/name.
func (r *restoring) place(stage tree.Dir, copied string, fresh index.Witness, dir tree.Dir, name string) error {
	switch old, err := dir.Stat(name); {
	case tree.IsNotExist(err):
		err := stage.Rename(copied, dir, name)
		return errors.Join(err, dir.Sync())
	case err != nil:
		return err
	case r.known.Keep, old.Kind != index.File && old.Kind != index.Link:
		return fs.ErrExist
	default:
		return r.replace(stage, copied, fresh, dir, name, old)
	}
}

// replace puts it in the place of old, which goes to the trash.
func (r *restoring) replace(stage tree.Dir, copied string, fresh index.Witness, dir tree.Dir, name string, old tree.Info) error {
	displaced := Item{Path: r.to, Why: "replaced", Run: r.run, At: r.now}
	displaced.look(old.Witness)
	if r.known.Version != nil {
		displaced.Gen, displaced.Hash = r.known.Version(old)
	}
	slot, err := r.Reserve(displaced)
	if err != nil {
		return err
	}
	if err := r.Commit(); err != nil {
		return err
	}
	staged := restorePrefix + slot + restoreOf + r.it.ID
	if err := stage.Rename(copied, stage, staged); err != nil {
		return err
	}
	if err := r.Swap(slot, stage, staged, fresh, dir, name, old.Witness); err != nil {
		if !errors.Is(err, ErrStranded) {
			stage.Remove(staged)
		}
		return err
	}
	r.done.Was, r.done.WasGen, r.done.Displaced = old.Witness, displaced.Gen, slot
	return errors.Join(r.SyncDirs(), dir.Sync())
}

// parents holds a directory of the tree, which is made if need be.
func (r *restoring) parents(p index.Path) (tree.Dir, error) {
	d, err := r.tree.Open(p)
	if p == "" || !tree.IsNotExist(err) {
		return d, err
	}
	above, name := p.Split()
	up, err := r.parents(above)
	if err != nil {
		return nil, err
	}
	defer up.Close()
	if err := r.mkdir(up, name, p); err != nil && !tree.IsExist(err) {
		return nil, err
	}
	return up.OpenDir(name)
}

// mkdir makes the directory p, with the permissions and the owner that it had, as long as
// its owner may put something into it. Where nobody knows whose it was, it belongs to whom
// the item does: root puts back what others are to use.
func (r *restoring) mkdir(up tree.Dir, name string, p index.Path) error {
	mode, was, known := uint32(0o777), Dir{}, false
	if r.known.Dir != nil {
		if was, known = r.known.Dir(p); known {
			mode = was.Mode&^tree.Lent | 0o700
		}
	}
	if err := up.Mkdir(name, mode); err != nil {
		return err
	}
	i, err := up.Stat(name)
	if err == nil {
		if err = r.giveDir(up, name, i, was.Owner); err != nil {
			r.done.Lacks = append(r.done.Lacks, "the owner of "+string(p)+" cannot be set: "+tree.Reason(err))
		}
		i, err = up.Stat(name)
	}
	if err == nil && known && r.tree.Traits().ModeBits != 0 {
		mode |= i.Mode & tree.Lent // what the directory above hands down
		if err = up.Chmod(name, mode); err == nil {
			i, err = up.Stat(name)
		}
	}
	r.done.Made = append(r.done.Made, Made{p, i.Witness})
	return err
}

// giveDir gives the directory name, which is new, to owner, or to that of the item.
func (r *restoring) giveDir(up tree.Dir, name string, i tree.Info, owner index.IDs) error {
	may := tree.OwnersOf(r.tree)
	if may == nil {
		return nil
	}
	if owner == (index.IDs{}) {
		var err error
		if owner, err = r.ownerOf(r.it.ID); err != nil || !may.Any {
			return err
		}
	}
	if owner = may.May(owner, i.Owner); owner == i.Owner || owner == (index.IDs{}) {
		return nil
	}
	return up.Chown(name, owner)
}
