package merge

import (
	"errors"
	"io/fs"
	"slices"

	"latus/index"
	"latus/sync/tree"
)

// opUnlock is the plan line of a directory that is writable for the moment: Old
// is how it was.
const opUnlock = "unlock"

// doors opens read-only directories for the moment, and closes them again. A plan
// line remembers each that is open.
type doors struct {
	tree  tree.Tree
	index *index.Index
	run   string
	open  []door
}

type door struct {
	path  index.Path
	dir   tree.Dir
	close func() error
}

// unlock opens those of the directories that need it, and tells whether any did.
// The error is about the run.
func (d *doors) unlock(dirs ...index.Path) (opened bool, fatal error) {
	for _, p := range dirs {
		was, err := d.unlockOne(p)
		if err != nil {
			return opened, err
		}
		opened = opened || was
	}
	return opened, nil
}

// ownerWrite is what the owner of a directory needs to change names in it.
const ownerWrite = 0o300

func (d *doors) unlockOne(p index.Path) (opened bool, fatal error) {
	dir, err := d.tree.Open(p)
	if err != nil {
		return false, nil
	}
	i, err := dir.Self()
	if err != nil || i.Mode&ownerWrite == ownerWrite {
		dir.Close()
		return false, nil
	}
	if p != "" { // the mode of the root is not synchronized
		i.Ctime = 0
		tx := d.index.Begin()
		tx.Intend(index.Intent{Op: opUnlock, Path: p, Old: i.Witness, New: i.Witness, Run: d.run})
		if err := tx.Commit(true); err != nil {
			dir.Close()
			return false, err
		}
	}
	restore, err := tree.Unlock(dir)
	if err != nil {
		dir.Close()
		return false, nil
	}
	d.open = append(d.open, door{path: p, dir: dir, close: restore})
	return true, nil
}

// holds tells whether p is open.
func (d *doors) holds(p index.Path) bool {
	return slices.ContainsFunc(d.open, func(one door) bool { return one.path == p })
}

// close closes all of them, or those that are given.
func (d *doors) close(only ...index.Path) error {
	var errs []error
	var still []door
	for _, one := range d.open {
		if len(only) > 0 && one.path != only[0] {
			still = append(still, one)
			continue
		}
		err := one.close()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		errs = append(errs, one.dir.Close())
	}
	d.open = still
	return errors.Join(errs...)
}
