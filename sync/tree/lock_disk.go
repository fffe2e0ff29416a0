package tree

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"latus/index"
)

// TryLock takes the kernel's lock, by path: it then makes sure that what was
// locked is the file in the held tree.
func (t *Disk) TryLock(create bool) (release func() error, err error) {
	dir, err := t.Open(index.Private)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	switch st, err := dir.Stat(LockName); {
	case IsNotExist(err) && !create:
		return func() error { return nil }, nil
	case err != nil && !IsNotExist(err):
		return nil, err
	case err == nil && st.Kind != index.File:
		return nil, fault("lock", LockName, regular(st.Kind))
	}

	flags := os.O_RDONLY
	if create {
		flags = os.O_RDWR | os.O_CREATE
	}
	path := filepath.Join(t.where, index.Private, LockName)
	lock := flock.New(path, flock.SetFlag(flags), flock.SetPermissions(storeMode))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, fault("lock", path, err)
	case !ok:
		return nil, fault("lock", path, ErrBusy)
	}
	if err := sameLock(lock, dir); err != nil {
		lock.Unlock()
		return nil, fault("lock", path, err)
	}
	return lock.Unlock, nil
}

// sameLock compares what was locked by path with the file in the held folder.
func sameLock(lock *flock.Flock, dir Dir) error {
	locked, err := lock.Stat()
	if err != nil {
		return err
	}
	held, err := dir.Stat(LockName)
	if err != nil {
		return err
	}
	if ino := inodeOf(locked); ino != 0 && held.Inode != 0 && ino != held.Inode {
		return fs.ErrNotExist
	}
	return nil
}
