package remote

import (
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"latus/index"
	"latus/sync/tree"
)

// sftpDir is a directory of an sftpTree. Nothing is held: it is a path that was
// free of links when it was looked at.
type sftpDir struct {
	t      *sftpTree
	path   string
	device atomic.Pointer[uint64] // nil: not asked for yet
}

var _ tree.Lister = (*sftpDir)(nil)

func (d *sftpDir) at(name string) string { return d.path + "/" + name }

func (d *sftpDir) check(op string, names ...string) error {
	for _, name := range names {
		if !validName(name) {
			return &fs.PathError{Op: op, Path: name, Err: tree.ErrBadName}
		}
	}
	return nil
}

// change is check for what changes something.
func (d *sftpDir) change(op string, names ...string) error {
	if err := d.check(op, names...); err != nil {
		return err
	}
	return fault(op, names[0], d.t.lease.hold())
}

func (d *sftpDir) List() ([]string, error) {
	names, _, err := d.list()
	return names, err
}

func (d *sftpDir) list() ([]string, []fs.FileInfo, error) {
	infos, err := d.t.client.ReadDir(d.path)
	if err != nil {
		return nil, nil, fault("list", d.path, d.t.meaning(err))
	}
	names, kept := make([]string, 0, len(infos)), infos[:0]
	for _, fi := range infos {
		if validName(fi.Name()) {
			names, kept = append(names, fi.Name()), append(kept, fi)
		}
	}
	return names, kept, nil
}

// Look implements tree.Lister. What OpenSSH says of a name in a list is what
// lstat says; of other servers nobody knows, so each name is asked for, all at the
// same time.
func (d *sftpDir) Look() ([]string, map[string]tree.Info, error) {
	var (
		names  []string
		listed []fs.FileInfo
	)
	self, err := d.withDevice(func() (i tree.Info, err error) {
		names, listed, err = d.list()
		return i, err
	})
	if err != nil {
		return nil, nil, err
	}
	trusted := d.t.has(extRename) && d.t.has(extVFS)
	seen := make([]tree.Info, len(names))
	errs := make([]error, len(names))
	look := func(i int) {
		if trusted {
			if seen[i], errs[i] = sftpInfo(listed[i]); errs[i] == nil {
				return
			}
		}
		seen[i], errs[i] = d.t.lstat(d.at(names[i]))
	}
	if trusted {
		for i := range names {
			look(i)
		}
	} else {
		each(len(names), look)
	}
	infos := make(map[string]tree.Info, len(names))
	for i, name := range names {
		if errs[i] == nil {
			seen[i].Device = self.Device
			infos[name] = seen[i]
		}
	}
	return names, infos, nil
}

func (d *sftpDir) Stat(name string) (tree.Info, error) {
	if err := d.check("stat", name); err != nil {
		return tree.Info{}, err
	}
	info, err := d.withDevice(func() (tree.Info, error) { return d.t.lstat(d.at(name)) })
	return info, fault("stat", name, err)
}

// withDevice adds the device of the directory to a look, in one round trip.
func (d *sftpDir) withDevice(look func() (tree.Info, error)) (info tree.Info, err error) {
	if known := d.device.Load(); known != nil {
		info, err = look()
		info.Device = *known
		return info, err
	}
	var device uint64
	var errs [2]error
	each(2, func(i int) {
		if i == 0 {
			info, errs[0] = look()
		} else {
			device, errs[1] = d.t.device(d.path)
		}
	})
	if errs[1] == nil {
		d.device.Store(&device)
	}
	if errs[0] != nil {
		return tree.Info{}, errs[0]
	}
	info.Device = device
	return info, errs[1]
}

// Self looks at the directory, which may itself be a mount point.
func (d *sftpDir) Self() (tree.Info, error) {
	info, err := d.withDevice(func() (tree.Info, error) { return d.t.lstat(d.path) })
	return info, fault("stat", d.path, err)
}

func (d *sftpDir) Readlink(name string) (string, error) {
	if err := d.check("readlink", name); err != nil {
		return "", err
	}
	target, err := d.t.client.ReadLink(d.at(name))
	return target, fault("readlink", name, d.t.meaning(err))
}

func (d *sftpDir) OpenDir(name string) (tree.Dir, error) {
	if err := d.check("open", name); err != nil {
		return nil, err
	}
	info, err := d.t.lstat(d.at(name))
	switch {
	case err != nil:
	case info.Kind == index.Link:
		err = tree.ErrIsLink
	case info.Kind != index.Dir:
		err = tree.ErrNotDir
	default:
		return &sftpDir{t: d.t, path: d.at(name)}, nil
	}
	return nil, fault("open", name, err)
}

// regular looks at a file before it is opened: a server would follow a link, and
// hang in a FIFO.
func (d *sftpDir) regular(op, name string) (tree.Info, error) {
	if err := d.check(op, name); err != nil {
		return tree.Info{}, err
	}
	info, err := d.t.lstat(d.at(name))
	if err == nil {
		err = map[index.Kind]error{index.Dir: tree.ErrIsDir, index.Link: tree.ErrIsLink, index.Special: tree.ErrNotFile}[info.Kind]
	}
	return info, fault(op, name, err)
}

func (d *sftpDir) Read(name string) (tree.File, error) {
	info, err := d.regular("open", name)
	if err != nil {
		return nil, err
	}
	f, err := d.t.client.Open(d.at(name))
	if err != nil {
		return nil, fault("open", name, d.t.meaning(err))
	}
	return newSFTPFile(d, name, f, info.Size, false), nil
}

func (d *sftpDir) Write(name string) (tree.File, error) {
	info, err := d.regular("open", name)
	if err != nil {
		return nil, err
	}
	if err := d.change("open", name); err != nil {
		return nil, err
	}
	f, err := d.t.client.OpenFile(d.at(name), os.O_RDWR)
	if err != nil {
		return nil, fault("open", name, d.t.meaning(err))
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
	info, err := d.t.lstat(d.at(name))
	switch {
	case err != nil:
	case info.Kind == index.Link:
		err = tree.ErrIsLink
	case info.Kind != index.Dir:
		err = tree.ErrNotDir
	default:
		err = d.t.meaning(d.t.client.RemoveDirectory(d.at(name)))
	}
	if err == errFailure {
		if names, _ := (&sftpDir{t: d.t, path: d.at(name)}).List(); len(names) > 0 {
			err = tree.ErrNotEmpty
		}
	}
	return fault("rmdir", name, err)
}

// ends looks at both ends of a renaming, in one round trip.
func (d *sftpDir) ends(op, name string, to tree.Dir, toName string) (dest string, from, there tree.Info, err error) {
	if err = d.change(op, name, toName); err != nil {
		return
	}
	other, ok := to.(*sftpDir)
	if !ok || other.t != d.t {
		err = fault(op, toName, tree.ErrCrossDevice)
		return
	}
	dest = other.at(toName)
	var errs [2]error
	each(2, func(i int) {
		if i == 0 {
			from, errs[0] = d.t.lstat(d.at(name))
		} else {
			there, errs[1] = d.t.lstat(dest)
		}
	})
	switch {
	case errs[0] != nil:
		err = fault(op, name, errs[0])
	case errs[1] != nil && !tree.IsNotExist(errs[1]):
		err = fault(op, toName, tooLong(toName, errs[1]))
	}
	return
}

func (d *sftpDir) Rename(name string, to tree.Dir, toName string) error {
	dest, _, there, err := d.ends("rename", name, to, toName)
	if err != nil {
		return err
	}
	if there.Kind != index.Absent {
		return fault("rename", toName, fs.ErrExist)
	}
	return d.rename(name, dest, toName)
}

func (d *sftpDir) rename(name, dest, toName string) error {
	err := d.t.client.Rename(d.at(name), dest)
	if err == nil {
		return nil
	}
	err = d.t.meaning(err)
	if err == errFailure {
		if _, look := d.t.client.Lstat(dest); look == nil {
			err = fs.ErrExist
		}
	}
	return fault("rename", toName, tooLong(toName, err))
}

func (d *sftpDir) Replace(name string, to tree.Dir, toName string) error {
	dest, from, there, err := d.ends("replace", name, to, toName)
	switch {
	case err != nil:
		return err
	case from.Kind == index.Dir && there.Kind != index.Absent:
		return fault("replace", toName, fs.ErrExist)
	case there.Kind == index.Dir:
		return fault("replace", toName, tree.ErrIsDir)
	case there.Kind == index.Absent:
		return d.rename(name, dest, toName)
	case d.t.has(extRename):
		return fault("replace", toName, d.t.meaning(d.t.client.PosixRename(d.at(name), dest)))
	}
	return d.replaceInSteps(name, dest, toName)
}

// replaced is the end of a name that was put aside to be replaced, where that
// cannot be done in one step. recoverReplaced knows what to do about one.
const replaced = ".replaced"

func (d *sftpDir) replaceInSteps(name, dest, toName string) error {
	aside := dest + replaced
	_ = d.t.client.Remove(aside)
	if err := d.t.client.Rename(dest, aside); err != nil {
		return fault("replace", toName, d.t.meaning(err))
	}
	if err := d.rename(name, dest, toName); err != nil {
		return errors.Join(err, d.t.meaning(d.t.client.Rename(aside, dest)))
	}
	return fault("replace", toName, d.t.meaning(d.t.client.Remove(aside)))
}

// Exchange does not exist.
func (d *sftpDir) Exchange(name string, with tree.Dir, withName string) error {
	if err := d.check("exchange", name, withName); err != nil {
		return err
	}
	return fault("exchange", withName, tree.ErrUnsupported)
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

// chtime sets the mtime, and the atime to the same: the protocol has no way to
// leave it.
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

// Sync does nothing: the protocol has no way to make names durable.
func (d *sftpDir) Sync() error { return nil }

func (d *sftpDir) Close() error { return nil }
