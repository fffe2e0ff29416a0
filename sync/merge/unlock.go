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

// unlocker makes read-only directories writable for the moment, and read-only again. A plan
// line remembers each that is unlocked.
type unlocker struct {
	tree     tree.Tree
	index    *index.Index
	run      string
	unlocked []unlockedDir
}

type unlockedDir struct {
	path   index.Path
	dir    tree.Dir
	relock func() error
}

// unlock unlocks those of the directories that need it, and tells whether any did.
// The error is about the run.
func (u *unlocker) unlock(dirs ...index.Path) (opened bool, fatal error) {
	for _, p := range dirs {
		was, err := u.unlockOne(p)
		if err != nil {
			return opened, err
		}
		opened = opened || was
	}
	return opened, nil
}

// ownerWrite is what the owner of a directory needs to change names in it.
const ownerWrite = 0o300

func (u *unlocker) unlockOne(p index.Path) (opened bool, fatal error) {
	dir, err := u.tree.Open(p)
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
		tx := u.index.Begin()
		tx.Intend(index.Intent{Op: opUnlock, Path: p, Old: i.Witness, New: i.Witness, Run: u.run})
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
	u.unlocked = append(u.unlocked, unlockedDir{path: p, dir: dir, relock: restore})
	return true, nil
}

// holds tells whether p is unlocked.
func (u *unlocker) holds(p index.Path) bool {
	return slices.ContainsFunc(u.unlocked, func(one unlockedDir) bool { return one.path == p })
}

// relock gives back the old mode to all of them, or to the one that is given.
func (u *unlocker) relock(only ...index.Path) error {
	var errs []error
	var still []unlockedDir
	for _, one := range u.unlocked {
		if len(only) > 0 && one.path != only[0] {
			still = append(still, one)
			continue
		}
		err := one.relock()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		errs = append(errs, one.dir.Close())
	}
	u.unlocked = still
	return errors.Join(errs...)
}
