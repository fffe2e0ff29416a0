package sftp

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"time"

	"latus/index"
	"latus/sync/tree"
)

// change is check for what changes something.
func (d *sftpDir) change(op string, names ...string) error {
	if err := d.check(op, names...); err != nil {
		return err
	}
	return fault(op, names[0], d.t.lease.hold())
}

func (d *sftpDir) Write(name string) (tree.File, error) {
	if err := d.change("open", name); err != nil {
		return nil, err
	}
	f, info, err := d.open(name, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	return newSFTPFile(d, name, f, info.Size, true), nil
}

func (d *sftpDir) Create(name string, mode uint32) (tree.File, error) {
	if err := d.change("create", name); err != nil {
		return nil, err
	}
	f, err := d.t.client.OpenFile(d.at(name), os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, fault("create", name, d.whyNotNew(name, err))
	}
	file := newSFTPFile(d, name, f, 0, true)
	if err := file.created(mode); err != nil {
		_ = file.Close()
		return nil, fault("create", name, err)
	}
	return file, nil
}

// whyNotNew tells why name could not be made.
func (d *sftpDir) whyNotNew(name string, err error) error {
	if _, look := d.t.client.Lstat(d.at(name)); look == nil {
		return fs.ErrExist
	}
	return tooLong(name, d.t.written(err))
}

// tooLong says what is wrong with a name where the server does not.
func tooLong(name string, err error) error {
	const usual = 255
	if err == errFailure && len(name) > usual {
		return tree.ErrBadName
	}
	return err
}

func (d *sftpDir) Mkdir(name string, mode uint32) error {
	if err := d.change("mkdir", name); err != nil {
		return err
	}
	if err := d.t.client.Mkdir(d.at(name)); err != nil {
		return fault("mkdir", name, d.whyNotNew(name, err))
	}
	usual := d.t.newDir.Load()
	if usual == 0 {
		if info, err := d.t.lstat(d.at(name)); err == nil {
			usual = info.Mode | modeKnown
			d.t.newDir.Store(usual)
		}
	}
	if mode&0o777 != usual&0o777 || usual == 0 {
		err := d.t.meaning(d.t.client.Chmod(d.at(name), fs.FileMode(mode&0o7777)))
		if errors.Is(err, errFailure) || errors.Is(err, tree.ErrUnsupported) {
			err = nil // a filesystem without modes
		}
		return fault("mkdir", name, err)
	}
	return nil
}

func (d *sftpDir) Symlink(target, name string) error {
	if err := d.change("symlink", name); err != nil {
		return err
	}
	if err := d.t.client.Symlink(target, d.at(name)); err != nil {
		return fault("symlink", name, d.whyNotNew(name, err))
	}
	return nil
}

// Hardlink: the number of a file's names cannot be seen, so none is made.
func (d *sftpDir) Hardlink(from tree.Dir, fromName, name string) error {
	if err := d.check("link", fromName, name); err != nil {
		return err
	}
	return fault("link", name, tree.ErrUnsupported)
}

func (d *sftpDir) Remove(name string) error {
	if err := d.change("remove", name); err != nil {
		return err
	}
	info, err := d.t.lstat(d.at(name))
	if err == nil && info.Kind == index.Dir {
		err = tree.ErrIsDir
	}
	if err == nil {
		err = d.t.meaning(d.t.client.Remove(d.at(name)))
	}
	return fault("remove", name, err)
}

func (d *sftpDir) Rmdir(name string) error {
	if err := d.change("rmdir", name); err != nil {
		return err
	}
	// There are servers that remove a file when they are asked to remove a
	// directory, so it is looked at first.
	err := d.t.isDir(d.at(name))
	if err == nil {
		err = d.t.meaning(d.t.client.RemoveDirectory(d.at(name)))
	}
	if err == errFailure {
		if names, _ := (&sftpDir{t: d.t, path: d.at(name)}).List(); len(names) > 0 {
			err = tree.ErrNotEmpty
		}
	}
	return fault("rmdir", name, err)
}

func (d *sftpDir) Chmod(name string, mode uint32) error {
	if err := d.change("chmod", name); err != nil {
		return err
	}
	info, err := d.t.lstat(d.at(name))
	if err == nil && info.Kind == index.Link {
		err = tree.ErrIsLink
	}
	if err == nil {
		err = d.t.meaning(d.t.client.Chmod(d.at(name), fs.FileMode(mode&0o7777)))
	}
	return fault("chmod", name, err)
}

// Chown does nothing: SFTP knows numbers only, and not what they mean there.
func (d *sftpDir) Chown(name string, _ index.IDs) error {
	return fault("chown", name, tree.ErrUnsupported)
}

// Attrs and SetAttrs do nothing: SFTP has no extended attributes.
func (d *sftpDir) Attrs(name string) (index.Attrs, error) {
	return "", fault("attrs", name, tree.ErrUnsupported)
}

func (d *sftpDir) SetAttrs(name string, _ index.Attrs) error {
	return fault("setattrs", name, tree.ErrUnsupported)
}

// ChmodSelf is for tree.Unlock.
func (d *sftpDir) ChmodSelf(mode uint32) error {
	if err := d.t.lease.hold(); err != nil {
		return fault("chmod", d.path, err)
	}
	return fault("chmod", d.path, d.t.meaning(d.t.client.Chmod(d.path, fs.FileMode(mode&0o7777))))
}

func (d *sftpDir) Chtime(name string, mtime int64) error {
	if err := d.change("chtime", name); err != nil {
		return err
	}
	info, err := d.t.lstat(d.at(name))
	if err == nil && info.Kind == index.Link {
		err = tree.ErrUnsupported // it would be followed
	}
	if err == nil {
		err = d.t.chtime(d.at(name), mtime)
	}
	return fault("chtime", name, err)
}

// RemovePrivate removes the private folder once it is empty and the lease was given
// back: Rmdir would take it again.
func (t *sftpTree) RemovePrivate() error {
	return t.rmdir(path.Join(t.root, index.Private))
}

// rmdir removes an empty directory without a look at who holds the tree.
func (t *sftpTree) rmdir(p string) error {
	if err := t.isDir(p); err != nil {
		return err
	}
	return t.meaning(t.client.RemoveDirectory(p))
}

// chtime sets the mtime, and the atime to the same: the protocol has no way to leave it. It
// counts seconds in 32 bits from 1970: an mtime outside of that, which ends in 2106, becomes
// the nearest one within.
func (t *sftpTree) chtime(p string, mtime int64) error {
	const last = 1<<32 - 1 // in 2106
	when := time.Unix(min(max(floorSeconds(mtime), 0), last), 0)
	return t.meaning(t.client.Chtimes(p, when, when))
}

func floorSeconds(ns int64) int64 {
	s := ns / 1e9
	if ns%1e9 < 0 {
		s--
	}
	return s
}

// Clone does not exist.
func (d *sftpDir) Clone(from tree.File, name string, mode uint32) (tree.File, error) {
	if err := d.check("clone", name); err != nil {
		return nil, err
	}
	return nil, fault("clone", name, tree.ErrUnsupported)
}
