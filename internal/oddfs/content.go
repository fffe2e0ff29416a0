//go:build linux

package oddfs

import (
	"strconv"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

func (f *FS) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	var st unix.Statfs_t
	if err := unix.Fstatfs(f.nodes[fuse.FUSE_ROOT_ID].fd, &st); err != nil {
		return fuse.ToStatus(err)
	}
	out.Blocks, out.Bfree, out.Bavail, out.Bsize, out.NameLen = st.Blocks, st.Bfree, st.Bavail, uint32(st.Bsize), 255
	out.Files, out.Ffree, out.Frsize = st.Files, st.Ffree, uint32(st.Frsize)
	return fuse.OK
}

func (f *FS) GetAttr(_ <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.show(f.nodes[in.NodeId], &out.Attr)
}

func (f *FS) SetAttr(_ <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.nodes[in.NodeId]
	if code := f.ask("setattr", n.name, true); code != fuse.OK {
		return code
	}
	path := "/proc/self/fd/" + strconv.Itoa(n.fd)
	var err error
	if in.Valid&fuse.FATTR_MODE != 0 && !f.rules.NoModes {
		err = unix.Chmod(path, in.Mode&0o7777)
	}
	if in.Valid&(fuse.FATTR_UID|fuse.FATTR_GID) != 0 && err == nil {
		uid, gid := -1, -1
		if in.Valid&fuse.FATTR_UID != 0 {
			uid = int(in.Uid)
		}
		if in.Valid&fuse.FATTR_GID != 0 {
			gid = int(in.Gid)
		}
		err = unix.Fchownat(n.fd, "", uid, gid, unix.AT_EMPTY_PATH|unix.AT_SYMLINK_NOFOLLOW)
	}
	if in.Valid&fuse.FATTR_SIZE != 0 && err == nil {
		err = unix.Truncate(path, int64(in.Size))
	}
	if in.Valid&(fuse.FATTR_ATIME|fuse.FATTR_MTIME) != 0 && err == nil {
		times := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, {Nsec: unix.UTIME_OMIT}}
		switch {
		case in.Valid&fuse.FATTR_MTIME_NOW != 0:
			times[1].Nsec = unix.UTIME_NOW
		case in.Valid&fuse.FATTR_MTIME != 0:
			times[1] = unix.NsecToTimespec(f.cut(int64(in.Mtime)*1e9 + int64(in.Mtimensec) - int64(f.rules.Shift)))
		}
		err = unix.UtimesNanoAt(n.fd, "", times, unix.AT_EMPTY_PATH)
	}
	if err != nil {
		return fuse.ToStatus(err)
	}
	code := f.show(n, &out.Attr)
	f.soil(n, out.Mode&unix.S_IFMT == unix.S_IFDIR)
	return code
}

func (f *FS) Readlink(_ <-chan struct{}, in *fuse.InHeader) ([]byte, fuse.Status) {
	f.mu.Lock()
	defer f.mu.Unlock()
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(f.nodes[in.NodeId].fd, "", buf)
	if err != nil {
		return nil, fuse.ToStatus(err)
	}
	return buf[:n], fuse.OK
}

func (f *FS) Create(_ <-chan struct{}, in *fuse.CreateIn, name string, out *fuse.CreateOut) fuse.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir := f.nodes[in.NodeId]
	real, code := f.fresh("create", dir, name)
	if code != fuse.OK {
		return code
	}
	flags := int(in.Flags)&(unix.O_ACCMODE|unix.O_TRUNC) | unix.O_CREAT | unix.O_EXCL | unix.O_CLOEXEC
	fd, err := unix.Openat(dir.fd, real, flags, in.Mode&0o7777)
	if err != nil {
		return fuse.ToStatus(err)
	}
	if code := f.enter(dir, real, real, &out.EntryOut); code != fuse.OK {
		unix.Close(fd)
		return code
	}
	n := f.nodes[out.NodeId]
	f.has(dir, real)
	f.soil(dir, true)
	f.soil(n, false)
	out.Fh = f.hold(fd, n)
	return fuse.OK
}

func (f *FS) hold(fd int, n *node) uint64 {
	f.nextFh++
	f.handles[f.nextFh] = &handle{fd: fd, node: n}
	return f.nextFh
}

func (f *FS) Open(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.nodes[in.NodeId]
	writes := in.Flags&unix.O_ACCMODE != unix.O_RDONLY
	if code := f.ask("open", n.name, writes); code != fuse.OK {
		return code
	}
	fd, err := reopen(n, int(in.Flags)&(unix.O_ACCMODE|unix.O_TRUNC|unix.O_APPEND))
	if err != nil {
		return fuse.ToStatus(err)
	}
	out.Fh = f.hold(fd, n)
	return fuse.OK
}

func (f *FS) OpenDir(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.nodes[in.NodeId]
	fd, err := reopen(n, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return fuse.ToStatus(err)
	}
	out.Fh = f.hold(fd, n)
	return fuse.OK
}

func (f *FS) handle(fh uint64) *handle {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.handles[fh]
}

func (f *FS) Read(_ <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	h := f.handle(in.Fh)
	f.mu.Lock()
	code := f.ask("read", h.node.name, false)
	f.mu.Unlock()
	if code != fuse.OK {
		return nil, code
	}
	n, err := unix.Pread(h.fd, buf, int64(in.Offset))
	if err != nil {
		return nil, fuse.ToStatus(err)
	}
	return fuse.ReadResultData(buf[:n]), fuse.OK
}

func (f *FS) Write(_ <-chan struct{}, in *fuse.WriteIn, data []byte) (uint32, fuse.Status) {
	h := f.handle(in.Fh)
	f.mu.Lock()
	code := f.ask("write", h.node.name, true)
	f.mu.Unlock()
	if code != fuse.OK {
		return 0, code
	}
	n, err := unix.Pwrite(h.fd, data, int64(in.Offset))
	if err != nil {
		return 0, fuse.ToStatus(err)
	}
	f.mu.Lock()
	f.soil(h.node, false)
	f.mu.Unlock()
	return uint32(n), fuse.OK
}

func (f *FS) Release(_ <-chan struct{}, in *fuse.ReleaseIn) { f.release(in.Fh) }
func (f *FS) ReleaseDir(in *fuse.ReleaseIn)                 { f.release(in.Fh) }

func (f *FS) release(fh uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if h := f.handles[fh]; h != nil {
		unix.Close(h.fd)
		delete(f.handles, fh)
	}
}

func (f *FS) Flush(<-chan struct{}, *fuse.FlushIn) fuse.Status { return fuse.OK }

func (f *FS) Fsync(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status { return f.sync("fsync", in) }
func (f *FS) FsyncDir(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	return f.sync("fsyncdir", in)
}

func (f *FS) sync(op string, in *fuse.FsyncIn) fuse.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.nodes[in.NodeId]
	if code := f.ask(op, n.name, false); code != fuse.OK {
		return code
	}
	delete(f.dirty, n.file)
	return fuse.OK
}

func (f *FS) ReadDir(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.handles[in.Fh]
	if in.Offset == 0 || h.names == nil {
		names, err := list(h.node)
		if err != nil {
			return fuse.ToStatus(err)
		}
		h.names = h.names[:0]
		for _, name := range append([]string{".", ".."}, names...) {
			var st unix.Stat_t
			if unix.Fstatat(h.node.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
				h.names = append(h.names, fuse.DirEntry{Name: name, Mode: st.Mode, Ino: st.Ino})
			}
		}
	}
	for i := int(in.Offset); i < len(h.names); i++ {
		if !out.AddDirEntry(h.names[i]) {
			break
		}
	}
	return fuse.OK
}
