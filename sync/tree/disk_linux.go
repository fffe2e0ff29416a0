//go:build !osroot

package tree

import (
	"encoding/binary"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"latus/index"
)

const (
	dirFlags  = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	passFlags = unix.O_PATH | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	utimeOmit = unix.UTIME_OMIT

	// maxLookup is how long a path the kernel takes at once, in bytes.
	maxLookup = 4000
)

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

func (t *Disk) statAt(fd int, name string) (Info, error) {
	if !t.noStatx.Load() {
		info, err := statx(fd, name, statFlags)
		if err != unix.ENOSYS && err != unix.EPERM {
			return info, err
		}
		t.noStatx.Store(true)
	}
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	return oldInfo(&st), err
}

func (t *Disk) statFd(fd int) (Info, error) {
	if !t.noStatx.Load() {
		info, err := statx(fd, "", unix.AT_EMPTY_PATH)
		if err != unix.ENOSYS && err != unix.EPERM {
			return info, err
		}
		t.noStatx.Store(true)
	}
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstat(fd, &st) })
	return oldInfo(&st), err
}

func statx(fd int, name string, flags int) (Info, error) {
	var st unix.Statx_t
	for {
		err := unix.Statx(fd, name, flags, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &st)
		if err == nil {
			break
		}
		if err != unix.EINTR {
			return Info{}, err
		}
	}
	info := Info{
		Witness: index.Witness{
			Kind:  kindOf(uint32(st.Mode)),
			Mode:  uint32(st.Mode) & 0o7777,
			Mtime: nanos(st.Mtime),
			Ctime: nanos(st.Ctime),
			Inode: st.Ino,
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

func nanos(ts unix.StatxTimestamp) int64 { return ts.Sec*1e9 + int64(ts.Nsec) }

func oldInfo(st *unix.Stat_t) Info {
	info := Info{
		Witness: index.Witness{
			Kind:  kindOf(st.Mode),
			Mode:  st.Mode & 0o7777,
			Mtime: st.Mtim.Nano(),
			Ctime: st.Ctim.Nano(),
			Inode: st.Ino,
		},
		Device: st.Dev,
		Links:  uint32(st.Nlink),
	}
	if info.Kind == index.File {
		info.Size = st.Size
	}
	return info
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

// list reads all names with a big buffer. Names of one buffer share one string.
func (d *diskDir) list() ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.listed {
		if _, err := unix.Seek(d.fd, 0, 0); err != nil {
			return nil, err
		}
	}
	d.listed = true
	buf := d.t.lists.Get().(*[listBuffer]byte)
	defer d.t.lists.Put(buf)
	var names []string
	for {
		n, err := retryFd(func() (int, error) { return unix.Getdents(d.fd, buf[:]) })
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
)

// appendNames takes the names out of what getdents filled in.
func appendNames(names []string, records string) []string {
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
