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
	if ready, err := ReadyLock(dir, create); !ready || err != nil {
		return func() error { return nil }, err
	}
	path := filepath.Join(t.where, index.Private, LockName)
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY), flock.SetPermissions(storeMode))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, Fault("lock", path, err)
	case !ok:
		return nil, Fault("lock", path, ErrBusy)
	}
	if err := sameLock(lock, dir); err != nil {
		lock.Unlock()
		return nil, Fault("lock", path, err)
	}
	return lock.Unlock, nil
}

// sameLock compares what was locked by path with the file in the held folder.
func sameLock(lock *flock.Flock, dir Dir) error {
	locked, err := lock.Stat()
	if err != nil {
		return err
	}
	same, err := dir.(interface {
		sameFile(name string, as fs.FileInfo) (bool, error)
	}).sameFile(LockName, locked)
	if err == nil && !same {
		err = fs.ErrNotExist
	}
	return err
}
