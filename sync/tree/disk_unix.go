//go:build (linux || darwin) && !osroot

package tree

import (
	"io/fs"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"latus/index"
)

// Disk is a tree on a local filesystem. It holds its root open: whatever is
// moved or mounted over the root's path meanwhile is never touched.
//
// Directories are not cached. A handle kept for a path would still lead to the
// directory after somebody moved it away; whoever works in one directory for
// long holds the Dir.
type Disk struct {
	where  string
	fd     int
	system filesystem
	traits atomic.Pointer[Traits]
	kernel // its calls

	mapped func(user, group int64) bool // who exists in this user namespace; nil: everybody, or nobody has asked

	// Set when renames were found to know no flags here.
	noRenameFlags atomic.Bool
}

// OpenDisk opens the tree at root, which must be a directory or a symbolic link
// to one. Until Disk.SetTraits it claims to be able to do nothing special.
func OpenDisk(root string) (Tree, error) {
	where, err := realPath(root)
	if err != nil {
		return nil, err
	}
	fd, err := retryFd(func() (int, error) {
		return unix.Open(where, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, Fault("open", where, err)
	}
	return diskAt(where, fd)
}

// diskAt is the tree of an open directory, which it takes over.
func diskAt(where string, fd int) (Tree, error) {
	system, err := identify(fd)
	if err != nil {
		unix.Close(fd)
		return nil, Fault("statfs", where, err)
	}
	t := &Disk{where: where, fd: fd, system: system}
	t.SetTraits(Traits{Clock: 1})
	return t, nil
}

// Open holds the directory at dir.
func (t *Disk) Open(dir index.Path) (Dir, error) {
	if !ValidPath(dir) {
		return nil, Fault("open", string(dir), ErrBadName)
	}
	fd, err := t.openPath(string(dir))
	if err != nil {
		return nil, Fault("open", string(dir), err)
	}
	return &diskDir{t: t, fd: fd}, nil
}

// openSteps walks down from the root one component at a time.
func (t *Disk) openSteps(dir string) (int, error) {
	fd, err := openDirAt(t.fd, ".", dirFlags)
	for err == nil && dir != "" {
		name, rest, _ := strings.Cut(dir, "/")
		flags := dirFlags
		if rest != "" {
			flags = passFlags
		}
		var next int
		if next, err = openDirAt(fd, name, flags); err != nil {
			err = t.notDir(fd, name, err)
		}
		unix.Close(fd)
		fd, dir = next, rest
	}
	return fd, err
}

// openDirAt opens a directory by name and nothing else.
func openDirAt(fd int, name string, flags int) (int, error) {
	return retryFd(func() (int, error) { return unix.Openat(fd, name, flags, 0) })
}

// notDir tells a link from other things that are not directories, which
// systems report alike.
func (t *Disk) notDir(fd int, name string, err error) error {
	if err == unix.ENOTDIR {
		if st, serr := t.statAt(fd, name); serr == nil && st.Kind == index.Link {
			return ErrIsLink
		}
	}
	return err
}

// Traits tells what SetTraits was told.
func (t *Disk) Traits() Traits { return *t.traits.Load() }

// SetTraits sets what Probe found, now or in an earlier run.
func (t *Disk) SetTraits(traits Traits) { t.traits.Store(&traits) }

// shown is a look as callers are told it.
func (t *Disk) shown(i Info) Info {
	traits := t.traits.Load()
	i.Mtime -= traits.Shift
	if !traits.Owners || t.mapped != nil && i.Owner.Known() && !t.mapped(int64(i.Owner.User)-1, int64(i.Owner.Group)-1) {
		i.Owner = index.IDs{}
	}
	return i
}

// Where is the real path that the root had when it was opened.
func (t *Disk) Where() string { return t.where }

// Hint tells what the system says of the filesystem: NoReplace, as far as
// renames have shown it, and StableInodes.
func (t *Disk) Hint() Traits {
	return Traits{NoReplace: !t.noRenameFlags.Load(), StableInodes: t.system.stableInodes}
}

// Expect is what filesystems of this name can do. See tree.Expect.
func (t *Disk) Expect() Traits {
	if t.system.dos {
		return Traits{Clock: 2e9, FoldsCase: true, DOSNames: true, UTF8Names: true}
	}
	return Traits{
		Clock: 1, ModeBits: 0o7777, Links: true, HardLinks: true, LinkTimes: true,
		StableInodes: t.system.stableInodes, BirthTimes: t.system.stableInodes,
	}
}

// Sync is syncfs where that exists and means something.
func (t *Disk) Sync() error {
	if t.system.noSyncAll {
		return Fault("sync", t.where, ErrUnsupported)
	}
	return Fault("sync", t.where, syncTree(t.fd))
}

// Close lets go of the root. Held directories stay usable.
func (t *Disk) Close() error {
	fd := t.fd
	if fd < 0 {
		return Fault("close", t.where, fs.ErrClosed)
	}
	t.fd = -1
	return Fault("close", t.where, unix.Close(fd))
}

func kindOf(mode uint32) index.Kind {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return index.File
	case unix.S_IFDIR:
		return index.Dir
	case unix.S_IFLNK:
		return index.Link
	}
	return index.Special
}

// retry repeats a system call that a signal interrupted.
func retry(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

func retryFd(call func() (int, error)) (int, error) {
	for {
		if fd, err := call(); err != unix.EINTR {
			return fd, err
		}
	}
}
