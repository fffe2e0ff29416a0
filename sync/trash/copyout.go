package trash

import (
	"context"
	"errors"

	"latus/index"
	"latus/sync/digest"
	"latus/sync/tree"
)

// copyOut makes a durable copy of an item in staging: ErrDamaged where it did not come out
// as the item's hash says. lacks says what besides its bytes could not be given to it.
func (t *Trash) copyOut(ctx context.Context, it Item, stage tree.Dir, name string) (w index.Witness, lacks []string, err error) {
	if err := stage.Remove(name); err != nil && !tree.IsNotExist(err) {
		return w, nil, err
	}
	if it.Kind == index.Link {
		w, err = t.copyLink(it, stage, name)
		return w, nil, err
	}
	src, err := t.Read(it.ID)
	if err != nil {
		return w, nil, err
	}
	defer src.Close()
	f, err := t.copyContent(ctx, it, src, stage, name)
	if err != nil {
		return w, nil, err
	}
	defer f.Close()
	if lacks, err = t.dress(it, src, f, stage, name); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return w, nil, err
	}
	i, err := f.Stat()
	return i.Witness, lacks, err
}

// copyContent makes a file of the bytes of an item, which src has.
func (t *Trash) copyContent(ctx context.Context, it Item, src tree.File, stage tree.Dir, name string) (tree.File, error) {
	f, err := stage.Clone(src, name, it.Mode|0o600)
	var sum index.Hash
	switch {
	case err == nil && it.Hash.Known():
		sum, err = sumOf(ctx, stage, name)
	case errors.Is(err, tree.ErrUnsupported):
		if f, err = stage.Create(name, it.Mode|0o600); err != nil {
			return nil, err
		}
		sum, err = digest.Copy(ctx, src, func(p []byte) error {
			_, err := f.Write(p)
			return err
		})
	}
	if err == nil && it.Hash.Known() && sum != it.Hash {
		err = ErrDamaged
	}
	if err != nil && f != nil {
		f.Close()
	}
	return f, err
}

// sumOf is the hash of dir/name.
func sumOf(ctx context.Context, dir tree.Dir, name string) (sum index.Hash, err error) {
	f, err := dir.Read(name)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	return digest.Copy(ctx, f, nil)
}

// dress gives f, a copy of the item that src has, all that the item has besides its bytes.
// That it lacks some is no reason to do without the bytes.
func (t *Trash) dress(it Item, src, f tree.File, stage tree.Dir, name string) (lacks []string, err error) {
	if a := t.Attrs(it.ID); a != "" {
		if err := stage.SetAttrs(name, a); err != nil {
			lacks = append(lacks, "its extended attributes cannot be set: "+tree.Reason(err))
		}
	}
	mode := it.Mode
	if err := t.giveBack(src, stage, name); err != nil {
		lacks = append(lacks, "its owner cannot be set: "+tree.Reason(err))
		mode &^= tree.Lent // they lend what belongs to somebody else
	}
	if t.tree.Traits().ModeBits != 0 {
		if err := f.Chmod(mode); err != nil {
			return lacks, err
		}
	}
	return lacks, f.Chtime(it.Mtime)
}

// Attrs are the extended attributes of a file in the trash; "": it has none to be told.
func (t *Trash) Attrs(id string) index.Attrs {
	if !tree.KeepsAttrs(t.tree) {
		return ""
	}
	in, name := Item{ID: id}.Place().Split()
	dir, err := t.tree.Open(in)
	if err != nil {
		return ""
	}
	defer dir.Close()
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

// ownerOf is to whom an item belongs; zero: nobody can tell, as of a link.
func (t *Trash) ownerOf(id string) (index.IDs, error) {
	if it, ok := t.Get(id); !ok || it.Kind != index.File {
		return index.IDs{}, nil
	}
	src, err := t.Read(id)
	if err != nil {
		return index.IDs{}, err
	}
	defer src.Close()
	if o, ok := src.(interface{ Owner() (index.IDs, error) }); ok {
		return o.Owner()
	}
	return index.IDs{}, nil
}

func (t *Trash) copyLink(it Item, stage tree.Dir, name string) (index.Witness, error) {
	in, n := it.Place().Split()
	dir, err := t.tree.Open(in)
	if err != nil {
		return index.Witness{}, err
	}
	defer dir.Close()
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
