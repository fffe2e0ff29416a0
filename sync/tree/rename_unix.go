//go:build (linux || darwin) && !osroot

package tree

import (
	"golang.org/x/sys/unix"

	"latus/index"
)

func (d *diskDir) Rename(name string, to Dir, toName string) error {
	toFd, err := d.pair("rename", name, to, toName)
	if err != nil {
		return err
	}
	return Fault("rename", toName, d.t.rename(d.fd, name, toFd, toName))
}

// rename moves without replacing. Where the system can't do that in one step it
// looks first.
func (t *Disk) rename(fd int, name string, toFd int, toName string) error {
	if !t.noRenameFlags.Load() {
		err := retry(func() error { return renameNoReplace(fd, name, toFd, toName) })
		if !lacksFlags(err) {
			return err
		}
	}
	switch _, err := t.statAt(toFd, toName); {
	case err == nil:
		return unix.EEXIST
	case err != unix.ENOENT:
		return err
	}
	err := retry(func() error { return unix.Renameat(fd, name, toFd, toName) })
	if err == nil { // so it was the flag that the system refused
		t.noRenameFlags.Store(true)
	}
	return err
}

// Replace refuses to replace a directory: rename would do so if it is empty.
func (d *diskDir) Replace(name string, to Dir, toName string) error {
	toFd, err := d.pair("replace", name, to, toName)
	if err != nil {
		return err
	}
	st, err := d.t.statAt(d.fd, name)
	if err == nil && st.Kind == index.Dir {
		err = d.t.rename(d.fd, name, toFd, toName)
	} else if err == nil {
		err = retry(func() error { return unix.Renameat(d.fd, name, toFd, toName) })
	}
	return Fault("replace", toName, err)
}

func (d *diskDir) Exchange(name string, with Dir, withName string) error {
	withFd, err := d.pair("exchange", name, with, withName)
	if err != nil {
		return err
	}
	err = retry(func() error { return renameExchange(d.fd, name, withFd, withName) })
	if lacksFlags(err) {
		err = ErrUnsupported
	}
	return Fault("exchange", withName, err)
}

// pair checks the two names of a rename and returns the other directory.
func (d *diskDir) pair(op, name string, to Dir, toName string) (int, error) {
	if err := d.check(op, name); err != nil {
		return -1, err
	}
	if err := d.check(op, toName); err != nil {
		return -1, err
	}
	return peer(op, toName, to)
}

// lacksFlags tells whether err may mean that the filesystem or the kernel does
// not know the flags of a rename.
func lacksFlags(err error) bool {
	return err == unix.EINVAL || err == unix.ENOSYS || err == unix.ENOTSUP || err == unix.EOPNOTSUPP
}
