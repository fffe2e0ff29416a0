//go:build linux

// Package oddfs mounts a directory as a filesystem with the oddities of the ones
// that people have: names that fold, coarse clocks, no modes, no links, inode
// numbers that change, renames without flags, errors at a call of one's choice.
// The rules can be changed while it is mounted, and it knows what was written and
// not synced. Only tests use it.
package oddfs

import (
	"os"
	"os/exec"
	"sort"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// Rules say in what the filesystem is odd. The zero value is a plain one.
type Rules struct {
	FoldCase  bool // "A" and "a" are one name; the one that was made first is kept
	Decompose bool // names are stored as NFD, as HFS+ does; only UTF-8 is taken
	DOSNames  bool // refuses what Windows refuses

	Clock time.Duration // mtimes are cut to multiples of it
	Shift time.Duration // added to each mtime that is shown, and taken from each that is set

	NoModes       bool // everything shows 0777, chmod does nothing
	NoLinks       bool // no symbolic links
	NoHardLinks   bool
	NoRenameFlags bool   // renames neither exchange nor keep from replacing
	Numbering     uint32 // not 0: inode numbers are given as files are looked up, other ones by each numbering
	ReadOnly      bool

	// Fail is asked before each call; name is the last component, "" the root.
	// Operations: lookup, open, read, create, write, setattr, mkdir, symlink,
	// link, rename (of the old name), unlink, rmdir, fsync, fsyncdir.
	Fail func(op, name string) syscall.Errno
}

// FS is a mounted filesystem. Its methods may be called at any time.
type FS struct {
	fuse.RawFileSystem
	At string // where it is mounted

	server *fuse.Server

	mu      sync.Mutex
	rules   Rules
	nodes   map[uint64]*node
	byFile  map[lookup]*node
	nextID  uint64
	handles map[uint64]*handle
	nextFh  uint64
	dirty   map[file]string
	names   map[file]map[string]string // what directories hold, by key
}

// file is what the filesystem below calls a file.
type file struct{ dev, ino uint64 }

// lookup is a file by one of the ways to write its name.
type lookup struct {
	file
	asked string // "": as it stands on the disk
}

// node is what the kernel has looked up and not forgotten.
type node struct {
	file
	fd    int // O_PATH
	id    uint64
	refs  uint64
	name  string // on the disk, when it was looked up last
	asked string // see lookup
}

type handle struct {
	fd    int
	node  *node
	names []fuse.DirEntry // of a directory, once it was read
}

// Mount shows dir at the directory at, by rules, until the test ends. It skips the
// test where that cannot be done.
func Mount(t testing.TB, dir, at string, rules Rules) *FS {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("mounting needs root")
	}
	if _, err := os.Stat("/dev/fuse"); err != nil {
		t.Skip("no /dev/fuse")
	}
	if _, err := exec.LookPath("fusermount3"); err != nil {
		t.Skip("no fusermount3 here (Debian: fuse3)")
	}
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := &FS{
		RawFileSystem: fuse.NewDefaultRawFileSystem(), At: at, rules: rules,
		nodes: map[uint64]*node{}, byFile: map[lookup]*node{}, handles: map[uint64]*handle{}, dirty: map[file]string{},
		names: map[file]map[string]string{},
	}
	root := &node{fd: fd, id: fuse.FUSE_ROOT_ID, refs: 1}
	st, err := f.stat(root)
	if err != nil {
		t.Fatal(err)
	}
	root.file = file{st.Dev, st.Ino}
	f.nodes[root.id], f.byFile[lookup{root.file, ""}], f.nextID = root, root, root.id+1
	f.server, err = fuse.NewServer(f, at, &fuse.MountOptions{
		FsName: "oddfs", Name: "oddfs", DirectMount: true, DisableXAttrs: true, AllowOther: true, DisableReadDirPlus: true,
	})
	if err != nil {
		t.Skip("fuse: ", err)
	}
	go f.server.Serve()
	if err := f.server.WaitMount(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Unmount(t) })
	return f
}

// Unmount ends it. A second call does nothing.
func (f *FS) Unmount(t testing.TB) {
	t.Helper()
	f.mu.Lock()
	gone := f.nodes == nil
	f.mu.Unlock()
	if gone {
		return
	}
	if err := f.server.Unmount(); err != nil {
		t.Errorf("%s: %v", f.At, err)
		return
	}
	f.server.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range f.nodes {
		unix.Close(n.fd)
	}
	for _, h := range f.handles {
		unix.Close(h.fd)
	}
	f.nodes, f.handles = nil, nil
}

// Change changes the rules.
func (f *FS) Change(change func(*Rules)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.names)
	change(&f.rules)
}

// Unsynced lists what was written and not synced since: files, and directories
// with a slash after their names.
func (f *FS) Unsynced() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var names []string
	for _, name := range f.dirty {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// CallSynced makes everything count as synced.
func (f *FS) CallSynced() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.dirty)
}

func (f *FS) soil(n *node, dir bool) {
	name := n.name
	if dir {
		name += "/"
	}
	if f.dirty[n.file] == "" || dir {
		f.dirty[n.file] = name
	}
}

// ask is the first thing that every call does. The caller holds f.mu.
func (f *FS) ask(op, name string, writes bool) fuse.Status {
	if fail := f.rules.Fail; fail != nil {
		f.mu.Unlock() // it may change the rules
		errno := fail(op, name)
		f.mu.Lock()
		if errno != 0 {
			return fuse.Status(errno)
		}
	}
	if writes && f.rules.ReadOnly {
		return fuse.EROFS
	}
	return fuse.OK
}

func (f *FS) stat(n *node) (st unix.Stat_t, err error) {
	err = unix.Fstatat(n.fd, "", &st, unix.AT_EMPTY_PATH|unix.AT_SYMLINK_NOFOLLOW)
	return st, err
}

// show fills in what a look shows.
func (f *FS) show(n *node, out *fuse.Attr) fuse.Status {
	st, err := f.stat(n)
	if err != nil {
		return fuse.ToStatus(err)
	}
	mtime := f.cut(st.Mtim.Nano()) + int64(f.rules.Shift)
	ctime := f.cut(st.Ctim.Nano()) + int64(f.rules.Shift)
	*out = fuse.Attr{
		Ino: st.Ino, Size: uint64(st.Size), Blocks: uint64(st.Blocks), Mode: st.Mode, Nlink: uint32(st.Nlink),
		Owner: fuse.Owner{Uid: st.Uid, Gid: st.Gid}, Rdev: uint32(st.Rdev), Blksize: uint32(st.Blksize),
		Atime: uint64(st.Atim.Sec), Atimensec: uint32(st.Atim.Nsec),
	}
	out.Mtime, out.Mtimensec = split(mtime)
	out.Ctime, out.Ctimensec = split(ctime)
	if f.rules.NoModes {
		out.Mode = st.Mode&unix.S_IFMT | 0o777
	}
	if f.rules.Numbering != 0 {
		out.Ino = uint64(f.rules.Numbering)<<32 + n.id
	}
	return fuse.OK
}

func (f *FS) cut(ns int64) int64 {
	if c := int64(f.rules.Clock); c > 1 {
		ns -= ((ns % c) + c) % c
	}
	return ns
}

func split(ns int64) (uint64, uint32) {
	ts := unix.NsecToTimespec(ns)
	return uint64(ts.Sec), uint32(ts.Nsec)
}
