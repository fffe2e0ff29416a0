//go:build (linux || darwin) && !osroot

package tree

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"

	"latus/index"
)

// diskDir is a held directory: an open descriptor, to which every name is
// relative.
type diskDir struct {
	t      *Disk
	fd     int
	lister lister
}

func (d *diskDir) check(op, name string) error {
	if !ValidName(name) {
		return Fault(op, name, ErrBadName)
	}
	return nil
}

// peer is the descriptor of another directory of the same kind of tree.
func peer(op, name string, d Dir) (int, error) {
	if other, ok := d.(*diskDir); ok {
		return other.fd, nil
	}
	return -1, Fault(op, name, ErrCrossDevice)
}

func (d *diskDir) List() ([]string, error) {
	names, err := d.lister.list(d.fd)
	return names, Fault("list", ".", err)
}

func (d *diskDir) Stat(name string) (Info, error) {
	if err := d.check("stat", name); err != nil {
		return Info{}, err
	}
	st, err := d.t.statAt(d.fd, name)
	return d.t.shown(st), Fault("stat", name, err)
}

func (d *diskDir) Self() (Info, error) {
	st, err := d.t.statFd(d.fd)
	return d.t.shown(st), Fault("stat", ".", err)
}

func (d *diskDir) Readlink(name string) (string, error) {
	if err := d.check("readlink", name); err != nil {
		return "", err
	}
	for size := 256; ; size *= 4 {
		buf := make([]byte, size)
		n, err := retryFd(func() (int, error) { return unix.Readlinkat(d.fd, name, buf) })
		if err != nil {
			return "", Fault("readlink", name, err)
		}
		if n < size {
			return string(buf[:n]), nil
		}
	}
}

func (d *diskDir) OpenDir(name string) (Dir, error) {
	if err := d.check("open", name); err != nil {
		return nil, err
	}
	fd, err := openDirAt(d.fd, name, dirFlags)
	if err != nil {
		return nil, Fault("open", name, d.t.notDir(d.fd, name, err))
	}
	return &diskDir{t: d.t, fd: fd}, nil
}

func (d *diskDir) Read(name string) (File, error) {
	return d.open("read", name, unix.O_RDONLY)
}

func (d *diskDir) Write(name string) (File, error) {
	return d.open("write", name, unix.O_RDWR)
}

// open opens what is there. It does not wait for the other end of a FIFO, and
// looks at what came out.
func (d *diskDir) open(op, name string, flags int) (File, error) {
	if err := d.check(op, name); err != nil {
		return nil, err
	}
	flags |= unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	fd, err := retryFd(func() (int, error) { return unix.Openat(d.fd, name, flags, 0) })
	if err == unix.ENXIO || err == unix.EOPNOTSUPP { // a socket
		err = ErrNotFile
	}
	if err != nil {
		return nil, Fault(op, name, err)
	}
	st, err := d.t.statFd(fd)
	if err == nil {
		err = Regular(st.Kind)
	}
	if err != nil {
		unix.Close(fd)
		return nil, Fault(op, name, err)
	}
	return &diskFile{t: d.t, fd: fd, name: name}, nil
}

func (d *diskDir) Create(name string, mode uint32) (File, error) {
	if err := d.check("create", name); err != nil {
		return nil, err
	}
	fd, err := createAt(d.fd, name, mode)
	if err != nil {
		return nil, Fault("create", name, badName(err))
	}
	return &diskFile{t: d.t, fd: fd, name: name}, nil
}

func createAt(dir int, name string, mode uint32) (int, error) {
	const flags = unix.O_RDWR | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW | unix.O_CLOEXEC
	return retryFd(func() (int, error) { return unix.Openat(dir, name, flags, mode&0o7777) })
}

func (d *diskDir) Mkdir(name string, mode uint32) error {
	if err := d.check("mkdir", name); err != nil {
		return err
	}
	err := retry(func() error { return unix.Mkdirat(d.fd, name, mode&0o7777) })
	return Fault("mkdir", name, badName(err))
}

func (d *diskDir) Symlink(target, name string) error {
	if err := d.check("symlink", name); err != nil {
		return err
	}
	err := retry(func() error { return unix.Symlinkat(target, d.fd, name) })
	if err == unix.EPERM { // filesystems without links say so; a lack of rights is EACCES
		err = ErrUnsupported
	}
	return Fault("symlink", name, badName(err))
}

func (d *diskDir) Hardlink(from Dir, fromName, name string) error {
	if err := d.check("link", fromName); err != nil {
		return err
	}
	if err := d.check("link", name); err != nil {
		return err
	}
	fd, err := peer("link", name, from)
	if err != nil {
		return err
	}
	err = retry(func() error { return unix.Linkat(fd, fromName, d.fd, name, 0) })
	if err == unix.EPERM { // also for directories, and where the system guards others' files
		err = ErrUnsupported
	}
	return Fault("link", name, badName(err))
}

func (d *diskDir) Remove(name string) error {
	if err := d.check("remove", name); err != nil {
		return err
	}
	err := retry(func() error { return unix.Unlinkat(d.fd, name, 0) })
	if err == unix.EPERM {
		if st, serr := d.t.statAt(d.fd, name); serr == nil && st.Kind == index.Dir {
			err = ErrIsDir
		}
	}
	return Fault("remove", name, err)
}

func (d *diskDir) Rmdir(name string) error {
	if err := d.check("rmdir", name); err != nil {
		return err
	}
	err := retry(func() error { return unix.Unlinkat(d.fd, name, unix.AT_REMOVEDIR) })
	if err == unix.EEXIST {
		err = ErrNotEmpty
	}
	return Fault("rmdir", name, d.t.notDir(d.fd, name, err))
}

func (d *diskDir) Chmod(name string, mode uint32) error {
	if err := d.check("chmod", name); err != nil {
		return err
	}
	return Fault("chmod", name, d.t.chmodAt(d.fd, name, mode&0o7777))
}

// ChmodSelf sets the mode of the held directory. See Unlock.
func (d *diskDir) ChmodSelf(mode uint32) error {
	return Fault("chmod", ".", retry(func() error { return unix.Fchmod(d.fd, mode&0o7777) }))
}

func (d *diskDir) Chown(name string, o index.IDs) error {
	if err := d.check("chown", name); err != nil {
		return err
	}
	// One less than 0 is the system's way to leave it.
	user, group := int(int32(o.User-1)), int(int32(o.Group-1))
	return Fault("chown", name, retry(func() error {
		return unix.Fchownat(d.fd, name, user, group, unix.AT_SYMLINK_NOFOLLOW)
	}))
}

func (d *diskDir) Chtime(name string, mtime int64) error {
	if err := d.check("chtime", name); err != nil {
		return err
	}
	times := d.t.times(mtime)
	return Fault("chtime", name, retry(func() error {
		return unix.UtimesNanoAt(d.fd, name, times[:], unix.AT_SYMLINK_NOFOLLOW)
	}))
}

func (d *diskDir) Clone(from File, name string, mode uint32) (File, error) {
	if err := d.check("clone", name); err != nil {
		return nil, err
	}
	src, ok := from.(*diskFile)
	if !ok {
		return nil, Fault("clone", name, ErrUnsupported)
	}
	fd, err := cloneFile(src.fd, d.fd, name, mode&0o7777)
	if err != nil {
		return nil, Fault("clone", name, badName(err))
	}
	return &diskFile{t: d.t, fd: fd, name: name}, nil
}

func (d *diskDir) Sync() error {
	err := retry(func() error { return syncFd(d.fd) })
	if err == unix.EINVAL { // a filesystem that has nothing to sync in a directory
		err = nil
	}
	return Fault("sync", ".", err)
}

func (d *diskDir) Close() error {
	fd := d.fd
	if fd < 0 {
		return Fault("close", ".", fs.ErrClosed)
	}
	d.fd = -1
	return Fault("close", ".", unix.Close(fd))
}

// badName: a filesystem says "invalid" to a new name that it cannot hold.
func badName(err error) error {
	if err == unix.EINVAL {
		return ErrBadName
	}
	return err
}

// sameFile tells whether name is the file that a look elsewhere has shown.
func (d *diskDir) sameFile(name string, as fs.FileInfo) (bool, error) {
	seen, err := d.t.statAt(d.fd, name)
	st, ok := as.Sys().(*syscall.Stat_t)
	return err == nil && ok && uint64(st.Ino) == seen.Inode, err
}
