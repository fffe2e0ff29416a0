package trash

import (
	"errors"
	"io"

	"latus/index"
	"latus/sync/tree"
)

// copyOut makes a durable copy of an item in staging.
func (t *Trash) copyOut(it Item, stage tree.Dir, name string) (index.Witness, error) {
	var none index.Witness
	if err := stage.Remove(name); err != nil && !tree.IsNotExist(err) {
		return none, err
	}
	if it.Kind == index.Link {
		return t.copyLink(it, stage, name)
	}
	src, err := t.Read(it.ID)
	if err != nil {
		return none, err
	}
	defer src.Close()
	f, err := stage.Clone(src, name, it.Mode|0o600)
	if errors.Is(err, tree.ErrUnsupported) {
		if f, err = stage.Create(name, it.Mode|0o600); err == nil {
			if _, err = io.Copy(f, src); err != nil {
				f.Close()
			}
		}
	}
	if err != nil {
		return none, err
	}
	defer f.Close()
	if a := t.Attrs(it.ID); a != "" {
		if err = stage.SetAttrs(name, a); err != nil {
			return none, err
		}
	}
	if err = t.giveBack(src, stage, name); err != nil {
		return none, err
	}
	if t.tree.Traits().ModeBits != 0 {
		err = f.Chmod(it.Mode)
	}
	if err == nil {
		err = f.Chtime(it.Mtime)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return none, err
	}
	i, err := f.Stat()
	return i.Witness, err
}

// Attrs are the extended attributes of a file in the trash; "": it has none to be told.
func (t *Trash) Attrs(id string) index.Attrs {
	if !tree.KeepsAttrs(t.tree) {
		return ""
	}
	dir, name, err := t.slot(id)
	if err != nil {
		return ""
	}
	a, err := dir.Attrs(name)
	if err != nil || a == index.NoAttrs {
		return ""
	}
	return a
}

// giveBack gives a copy to the one to whom its original belongs, where this process may.
func (t *Trash) giveBack(src tree.File, stage tree.Dir, name string) error {
	o, ok := src.(interface{ Owner() (index.IDs, error) })
	may := tree.OwnersOf(t.tree)
	if !ok || may == nil {
		return nil
	}
	owner, err := o.Owner()
	if err != nil {
		return err
	}
	if owner = may.May(owner, index.IDs{}); owner == (index.IDs{}) {
		return nil
	}
	return stage.Chown(name, owner)
}

func (t *Trash) copyLink(it Item, stage tree.Dir, name string) (index.Witness, error) {
	dir, n, err := t.slot(it.ID)
	if err != nil {
		return index.Witness{}, err
	}
	target, err := dir.Readlink(n)
	if err == nil {
		err = stage.Symlink(target, name)
	}
	if err == nil {
		if err = stage.Chtime(name, it.Mtime); errors.Is(err, tree.ErrUnsupported) {
			err = nil
		}
	}
	if err != nil {
		return index.Witness{}, err
	}
	i, err := stage.Stat(name)
	return i.Witness, err
}
