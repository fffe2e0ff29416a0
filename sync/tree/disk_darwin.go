//go:build !osroot

package tree

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"latus/index"
)

const (
	dirFlags  = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	passFlags = dirFlags
	utimeOmit = -2
	utimeNow  = -1
)

// Nothing to remember: all calls are old enough, and every List has a
// descriptor of its own.
type (
	kernel struct{}
	lister struct{}
)

func (t *Disk) openPath(dir string) (int, error) { return t.openSteps(dir) }

func (kernel) statAt(fd int, name string) (Info, error) {
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	return statInfo(&st), err
}

func (kernel) statFd(fd int) (Info, error) {
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstat(fd, &st) })
	return statInfo(&st), err
}

func statInfo(st *unix.Stat_t) Info {
	info := Info{
		Witness: index.Witness{
			Kind:  kindOf(uint32(st.Mode)),
			Mode:  uint32(st.Mode) & 0o7777,
			Mtime: unixNanos(st.Mtim.Unix()),
			Ctime: unixNanos(st.Ctim.Unix()),
			Btime: max(unixNanos(st.Btim.Unix()), 0),
			Inode: st.Ino,
			Owner: index.NewIDs(st.Uid, st.Gid),
		},
		Device: uint64(st.Dev),
		Links:  uint32(st.Nlink),
	}
	if info.Kind == index.File {
		info.Size = st.Size
	}
	return info
}

// list reads all names through a descriptor of its own: the system's reader
// takes one over and moves its offset.
func (lister) list(dir int) ([]string, error) {
	fd, err := openDirAt(dir, ".", dirFlags)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), ".")
	defer f.Close()
	return f.Readdirnames(-1)
}

func renameNoReplace(fd int, name string, toFd int, toName string) error {
	return unix.RenameatxNp(fd, name, toFd, toName, unix.RENAME_EXCL)
}

func renameExchange(fd int, name string, toFd int, toName string) error {
	return unix.RenameatxNp(fd, name, toFd, toName, unix.RENAME_SWAP)
}

// chmodAt: with the flag the system changes the mode of a link itself, so at
// worst a link that appeared just now gets another mode.
func (t *Disk) chmodAt(fd int, name string, mode uint32) error {
	st, err := t.statAt(fd, name)
	switch {
	case err != nil:
		return err
	case st.Kind == index.Link:
		return ErrIsLink
	}
	return retry(func() error { return unix.Fchmodat(fd, name, mode, unix.AT_SYMLINK_NOFOLLOW) })
}

// chtimeFd sets the mtime of an open file to the nanosecond, which futimes
// cannot. The atime stays.
func chtimeFd(fd int, times [2]unix.Timespec) error {
	attrs := unix.Attrlist{Bitmapcount: unix.ATTR_BIT_MAP_COUNT, Commonattr: unix.ATTR_CMN_MODTIME}
	ts := times[1]
	//lint:ignore SA1019 there is no wrapper for it
	_, _, errno := unix.Syscall6(unix.SYS_FSETATTRLIST, uintptr(fd), uintptr(unsafe.Pointer(&attrs)),
		uintptr(unsafe.Pointer(&ts)), unsafe.Sizeof(ts), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// cloneFile makes a new file of another's blocks, or leaves nothing. A clone
// comes with the mode of its source.
func cloneFile(from, dir int, name string, mode uint32) (int, error) {
	err := retry(func() error { return unix.Fclonefileat(from, dir, name, unix.CLONE_NOFOLLOW) })
	switch err {
	case nil:
	case unix.EXDEV, unix.EINVAL:
		return -1, ErrUnsupported
	default:
		return -1, err
	}
	fd, err := openClone(dir, name, mode)
	if err != nil {
		unix.Unlinkat(dir, name, 0)
	}
	return fd, err
}

func openClone(dir int, name string, mode uint32) (int, error) {
	if err := unix.Fchmodat(dir, name, mode|0o600, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return -1, err
	}
	fd, err := retryFd(func() (int, error) {
		return unix.Openat(dir, name, unix.O_RDWR|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return -1, err
	}
	if err := unix.Fchmod(fd, mode); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// syncFd asks the drive too, and is content with less where it can't.
func syncFd(fd int) error {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_FULLFSYNC, 0)
	switch err {
	case unix.ENOTSUP, unix.EOPNOTSUPP, unix.EINVAL, unix.ENOTTY:
		return unix.Fsync(fd)
	}
	return err
}

func syncTree(int) error { return ErrUnsupported }

// filesystem is what is known of a filesystem by its name.
type filesystem struct {
	stableInodes bool
	noSyncAll    bool
	atimeToo     bool // never
	dos          bool // FAT and its kin
}

func identify(fd int) (filesystem, error) {
	var st unix.Statfs_t
	if err := retry(func() error { return unix.Fstatfs(fd, &st) }); err != nil {
		return filesystem{}, err
	}
	switch unix.ByteSliceToString(st.Fstypename[:]) {
	case "apfs", "hfs", "nfs":
		return filesystem{stableInodes: true, noSyncAll: true}, nil
	case "msdos", "exfat":
		return filesystem{noSyncAll: true, dos: true}, nil
	}
	return filesystem{noSyncAll: true}, nil
}
