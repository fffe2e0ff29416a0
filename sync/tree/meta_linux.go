//go:build !osroot

package tree

import (
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"latus/index"
)

// chmodAt changes a mode, but never through a link.
func (t *Disk) chmodAt(fd int, name string, mode uint32) error {
	err := retry(func() error { return unix.Fchmodat(fd, name, mode, unix.AT_SYMLINK_NOFOLLOW) })
	if err == unix.EOPNOTSUPP || err == unix.EPERM { // a link, or a kernel without this flag, or forbidden
		return t.chmodHeld(fd, name, mode)
	}
	return err
}

// chmodHeld does the same on old kernels: a descriptor that only names the inode
// keeps it from being swapped.
func (t *Disk) chmodHeld(fd int, name string, mode uint32) error {
	held, err := retryFd(func() (int, error) {
		return unix.Openat(fd, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return err
	}
	defer unix.Close(held)
	st, err := t.statFd(held)
	switch {
	case err != nil:
		return err
	case st.Kind == index.Link:
		return ErrIsLink
	}
	err = retry(func() error { return unix.Chmod("/proc/self/fd/"+strconv.Itoa(held), mode) })
	if err == unix.ENOENT { // no /proc
		err = ErrUnsupported
	}
	return err
}

// chtimeFd sets the times of an open file: utimensat without a name.
func chtimeFd(fd int, times [2]unix.Timespec) error {
	_, _, errno := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&times)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// cloneFile makes a new file of another's blocks, or leaves nothing.
func cloneFile(from, dir int, name string, mode uint32) (int, error) {
	fd, err := createAt(dir, name, mode)
	if err != nil {
		return -1, err
	}
	err = retry(func() error { return unix.IoctlFileClone(fd, from) })
	if err == nil {
		return fd, nil
	}
	unix.Close(fd)
	if rerr := unix.Unlinkat(dir, name, 0); rerr != nil {
		return -1, rerr
	}
	switch err {
	case unix.EINVAL, unix.EXDEV, unix.EPERM, unix.ETXTBSY:
		err = ErrUnsupported
	}
	return -1, err
}

func syncFd(fd int) error   { return unix.Fsync(fd) }
func syncTree(fd int) error { return retry(func() error { return unix.Syncfs(fd) }) }

// filesystem is what is known of a filesystem by its name.
type filesystem struct {
	stableInodes bool
	noSyncAll    bool
	atimeToo     bool // an mtime alone is not set, and no error says so
	dos          bool // FAT and its kin
}

// Filesystems that number files as they come, or that may, as statfs names them.
const (
	magicFUSE  = 0x65735546 // syncfs is never told to the program behind it
	magicFAT   = 0x4d44
	magicExFAT = 0x2011bab0
	magicCIFS  = 0xff534d42
	magicSMB2  = 0xfe534d42
	magicSMB   = 0x517b
)

func identify(fd int) (filesystem, error) {
	var st unix.Statfs_t
	if err := retry(func() error { return unix.Fstatfs(fd, &st) }); err != nil {
		return filesystem{}, err
	}
	switch uint32(st.Type) {
	case magicFUSE:
		return filesystem{noSyncAll: true, atimeToo: true}, nil
	case magicFAT, magicExFAT:
		return filesystem{dos: true}, nil
	case magicCIFS, magicSMB2, magicSMB:
		return filesystem{}, nil
	}
	return filesystem{stableInodes: true}, nil
}
