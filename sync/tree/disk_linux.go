//go:build !osroot

package tree

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"latus/index"
)

const (
	dirFlags  = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	passFlags = unix.O_PATH | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	utimeOmit = unix.UTIME_OMIT
	utimeNow  = unix.UTIME_NOW

	// maxLookup is how long a path the kernel takes at once, in bytes.
	maxLookup = 4000
)

// kernel is what was found missing in this kernel or forbidden to this process.
type kernel struct{ noOpenat2, noStatx atomic.Bool }

// openPath opens a directory below the root with as few system calls as the
// length of the path allows.
func (t *Disk) openPath(dir string) (int, error) {
	if dir == "" {
		return openDirAt(t.fd, ".", dirFlags)
	}
	if t.noOpenat2.Load() {
		return t.openSteps(dir)
	}
	fd := t.fd
	for {
		part, rest := dir, ""
		if len(dir) > maxLookup {
			i := strings.LastIndexByte(dir[:maxLookup], '/')
			part, rest = dir[:max(i, 0)], dir[i+1:]
		}
		how := unix.OpenHow{
			Flags:   unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC,
			Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
		}
		if rest != "" {
			how.Flags = unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC
		}
		next, err := retryFd(func() (int, error) { return unix.Openat2(fd, part, &how) })
		if fd != t.fd {
			unix.Close(fd)
		}
		switch {
		case err == unix.ENOSYS || err == unix.EPERM: // an old kernel, or forbidden to this process
			t.noOpenat2.Store(true)
			return t.openSteps(dir)
		case err != nil || rest == "":
			return next, err
		}
		fd, dir = next, rest
	}
}

const statFlags = unix.AT_SYMLINK_NOFOLLOW | unix.AT_NO_AUTOMOUNT

func (k *kernel) statAt(fd int, name string) (Info, error) {
	if !k.noStatx.Load() {
		info, err := statx(fd, name, statFlags)
		if err != unix.ENOSYS && err != unix.EPERM {
			return info, err
		}
		k.noStatx.Store(true)
	}
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	return oldInfo(&st), err
}

func (k *kernel) statFd(fd int) (Info, error) {
	if !k.noStatx.Load() {
		info, err := statx(fd, "", unix.AT_EMPTY_PATH)
		if err != unix.ENOSYS && err != unix.EPERM {
			return info, err
		}
		k.noStatx.Store(true)
	}
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstat(fd, &st) })
	return oldInfo(&st), err
}

// statx is unix.Statx, but it puts the name on the stack: a scan does little else.
func statx(fd int, name string, flags int) (Info, error) {
	var st unix.Statx_t
	var text [index.MaxName + 1]byte // ends in a zero
	if copy(text[:], name) == len(text) {
		return Info{}, unix.ENAMETOOLONG
	}
	for {
		_, _, errno := unix.Syscall6(unix.SYS_STATX, uintptr(fd), uintptr(unsafe.Pointer(&text)), uintptr(flags),
			unix.STATX_BASIC_STATS|unix.STATX_BTIME, uintptr(unsafe.Pointer(&st)), 0)
		if errno == 0 {
			break
		}
		if errno != unix.EINTR {
			return Info{}, errno
		}
	}
	info := Info{
		Witness: index.Witness{
			Kind:  kindOf(uint32(st.Mode)),
			Mode:  uint32(st.Mode) & 0o7777,
			Mtime: nanos(st.Mtime),
			Ctime: nanos(st.Ctime),
			Inode: st.Ino,
			Owner: index.NewIDs(st.Uid, st.Gid),
		},
		Device: unix.Mkdev(st.Dev_major, st.Dev_minor),
		Links:  st.Nlink,
	}
	if info.Kind == index.File {
		info.Size = int64(st.Size)
	}
	if st.Mask&unix.STATX_BTIME != 0 {
		info.Btime = nanos(st.Btime)
	}
	return info, nil
}

func nanos(ts unix.StatxTimestamp) int64 { return unixNanos(ts.Sec, int64(ts.Nsec)) }

func oldInfo(st *unix.Stat_t) Info {
	info := Info{
		Witness: index.Witness{
			Kind:  kindOf(st.Mode),
			Mode:  st.Mode & 0o7777,
			Mtime: unixNanos(st.Mtim.Unix()),
			Ctime: unixNanos(st.Ctim.Unix()),
			Inode: st.Ino,
			Owner: index.NewIDs(st.Uid, st.Gid),
		},
		Device: st.Dev,
		Links:  uint32(st.Nlink),
	}
	if info.Kind == index.File {
		info.Size = st.Size
	}
	return info
}

// lister guards the offset of a held directory, which List moves.
type lister struct{ mu sync.Mutex }

// listBuffers are big enough for about 2,000 names at once.
var listBuffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// list reads all names with a big buffer. Names of one buffer share one string.
func (l *lister) list(fd int) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// Even the first time: btrfs shows what was there when the descriptor was
	// opened or rewound.
	if _, err := unix.Seek(fd, 0, 0); err != nil {
		return nil, err
	}
	buf := listBuffers.Get().(*[64 << 10]byte)
	defer listBuffers.Put(buf)
	var names []string
	for {
		n, err := retryFd(func() (int, error) { return unix.Getdents(fd, buf[:]) })
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return names, nil
		}
		names = appendNames(names, string(buf[:n]))
	}
}

// Where a linux_dirent64 keeps the length of its record and its name.
const (
	recordLen  = int(unsafe.Offsetof(unix.Dirent{}.Reclen))
	recordName = int(unsafe.Offsetof(unix.Dirent{}.Name))

	averageRecord = 40 // bytes, to begin with
)

// appendNames takes the names out of what getdents filled in.
func appendNames(names []string, records string) []string {
	names = slices.Grow(names, len(records)/averageRecord)
	for len(records) > recordName {
		size := int(binary.NativeEndian.Uint16([]byte(records[recordLen : recordLen+2])))
		if size <= recordName || size > len(records) {
			return names
		}
		name := records[recordName:size]
		if i := strings.IndexByte(name, 0); i >= 0 {
			name = name[:i]
		}
		if name != "." && name != ".." && name != "" {
			names = append(names, name)
		}
		records = records[size:]
	}
	return names
}

func renameNoReplace(fd int, name string, toFd int, toName string) error {
	return unix.Renameat2(fd, name, toFd, toName, unix.RENAME_NOREPLACE)
}

func renameExchange(fd int, name string, toFd int, toName string) error {
	return unix.Renameat2(fd, name, toFd, toName, unix.RENAME_EXCHANGE)
}
