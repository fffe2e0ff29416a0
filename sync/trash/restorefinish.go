package trash

import (
	"errors"
	"io/fs"
	"strings"

	"latus/index"
	"latus/sync/tree"
)

// finishRestores sorts out what a killed Restore left in staging.
func (t *Trash) finishRestores() error {
	stage, err := t.tree.Open(staging)
	if tree.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer stage.Close()
	names, err := stage.List()
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasPrefix(name, copyPrefix) {
			err = stage.Remove(name)
		} else if ids, ok := strings.CutPrefix(name, restorePrefix); ok {
			slot, id, _ := strings.Cut(ids, restoreOf)
			err = t.finishRestore(stage, name, slot, id)
		}
		if err != nil && !tree.IsNotExist(err) {
			return err
		}
	}
	return nil
}

// finishRestore sees to one file in staging: its copy of the item id, or what a Restore took out
// of the tree, for slot.
func (t *Trash) finishRestore(stage tree.Dir, name, slot, id string) error {
	i, err := stage.Stat(name)
	if err == nil {
		err = t.Load()
	}
	if err != nil {
		return err
	}
	tr := t.tree.Traits()
	if promised := t.reserved[slot]; promised != nil && tr.Same(i, promised.Witness(), false) {
		return t.Fill(slot, stage, name)
	}
	if it := t.items[id]; it != nil && tr.Same(i, it.Witness(), false) {
		if was := t.items[slot]; was != nil && string(was.Path) != was.ID {
			// What stood there was taken away for it. Nothing there is no deletion.
			return t.placeRestored(stage, name, was.Path)
		}
		return stage.Remove(name)
	}
	// Neither: somebody replaced the file while it was restored over.
	return t.Shelve(Item{Path: index.Path(slot), Why: ErrChanged.Error(), Run: "restore", At: i.Mtime}, stage, name)
}

// placeRestored puts the copy of an item at p, unless something stands there by now, or there
// is no such place any more.
func (t *Trash) placeRestored(stage tree.Dir, name string, p index.Path) error {
	parent, at := p.Split()
	dir, err := t.tree.Open(parent)
	if err == nil {
		defer dir.Close()
		err = errors.Join(stage.Rename(name, dir, at), dir.Sync())
	}
	if tree.IsExist(err) || tree.IsNotExist(err) || errors.Is(err, tree.ErrNotDir) || errors.Is(err, tree.ErrIsLink) || errors.Is(err, fs.ErrPermission) {
		return stage.Remove(name)
	}
	return err
}
