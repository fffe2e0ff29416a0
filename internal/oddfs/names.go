//go:build linux

package oddfs

import (
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
	"golang.org/x/text/unicode/norm"
)

// key is the same for names that are one name.
func (f *FS) key(name string) string {
	if f.rules.Decompose {
		name = norm.NFD.String(name)
	}
	if f.rules.FoldCase {
		name = strings.ToLower(strings.ToUpper(name))
	}
	return name
}

// stored is the name that a file made as name gets.
func (f *FS) stored(name string) (string, fuse.Status) {
	if f.rules.Decompose {
		if !utf8.ValidString(name) {
			return "", fuse.Status(unix.EILSEQ)
		}
		name = norm.NFD.String(name)
	}
	if f.rules.DOSNames && !dosName(name) {
		return "", fuse.EINVAL
	}
	return name, fuse.OK
}

func dosName(name string) bool {
	if strings.ContainsAny(name, `:*?"<>|\`) || strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") {
		return false
	}
	for _, c := range []byte(name) {
		if c < 32 {
			return false
		}
	}
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch {
	case stem == "con", stem == "prn", stem == "aux", stem == "nul":
		return false
	case len(stem) == 4 && (strings.HasPrefix(stem, "com") || strings.HasPrefix(stem, "lpt")) && stem[3] >= '1' && stem[3] <= '9':
		return false
	}
	return true
}

// find is the name on the disk that name means in dir; "" if there is none.
func (f *FS) find(dir *node, name string) string {
	var st unix.Stat_t
	exact, code := f.stored(name)
	if code == fuse.OK && unix.Fstatat(dir.fd, exact, &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
		return exact
	}
	if !f.rules.FoldCase && !f.rules.Decompose {
		if unix.Fstatat(dir.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
			return name
		}
		return ""
	}
	names := f.names[dir.file]
	if names == nil {
		all, err := list(dir)
		if err != nil {
			return ""
		}
		names = map[string]string{}
		for _, n := range all {
			names[f.key(n)] = n
		}
		f.names[dir.file] = names
	}
	return names[f.key(name)]
}

// has notes that dir has name now. Nobody else changes what is below.
func (f *FS) has(dir *node, name string) {
	if names := f.names[dir.file]; names != nil {
		names[f.key(name)] = name
	}
}

func list(dir *node) ([]string, error) {
	fd, err := reopen(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	d := os.NewFile(uintptr(fd), "")
	defer d.Close()
	return d.Readdirnames(-1)
}

// reopen opens what a node holds.
func reopen(n *node, flags int) (int, error) {
	return unix.Open("/proc/self/fd/"+strconv.Itoa(n.fd), flags|unix.O_CLOEXEC, 0)
}

// enter looks name up in dir, as it stands on the disk. asked is how it was asked
// for: another way to write it makes another node, or the kernel would take a
// rename from one to the other for done.
func (f *FS) enter(dir *node, name, asked string, out *fuse.EntryOut) fuse.Status {
	fd, err := unix.Openat(dir.fd, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return fuse.ToStatus(err)
	}
	n := &node{fd: fd, name: name}
	st, err := f.stat(n)
	if err != nil {
		unix.Close(fd)
		return fuse.ToStatus(err)
	}
	n.file = file{st.Dev, st.Ino}
	if asked != name {
		n.asked = asked
	}
	if old := f.byFile[lookup{n.file, n.asked}]; old != nil {
		unix.Close(fd)
		n = old
		n.name = name
	} else {
		n.id = f.nextID
		f.nextID++
		f.nodes[n.id], f.byFile[lookup{n.file, n.asked}] = n, n
	}
	n.refs++
	out.NodeId, out.Generation = n.id, 1
	return f.show(n, &out.Attr) // and neither name nor look is to be cached
}

// Lookup implements fuse.RawFileSystem, as all that follows.
func (f *FS) Lookup(_ <-chan struct{}, in *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir := f.nodes[in.NodeId]
	if code := f.ask("lookup", name, false); code != fuse.OK {
		return code
	}
	real := f.find(dir, name)
	if real == "" {
		return fuse.ENOENT
	}
	return f.enter(dir, real, name, out)
}

func (f *FS) Forget(id, n uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	node := f.nodes[id]
	if node == nil || id == fuse.FUSE_ROOT_ID {
		return
	}
	if node.refs -= min(n, node.refs); node.refs == 0 {
		unix.Close(node.fd)
		delete(f.nodes, id)
		delete(f.byFile, lookup{node.file, node.asked})
	}
}

// fresh is the name to make in dir: EEXIST if something has it.
func (f *FS) fresh(op string, dir *node, name string) (string, fuse.Status) {
	if code := f.ask(op, name, true); code != fuse.OK {
		return "", code
	}
	real, code := f.stored(name)
	if code == fuse.OK && f.find(dir, name) != "" {
		code = fuse.Status(unix.EEXIST)
	}
	return real, code
}

func (f *FS) Mkdir(_ <-chan struct{}, in *fuse.MkdirIn, name string, out *fuse.EntryOut) fuse.Status {
	return f.make("mkdir", in.NodeId, name, out, func(dir int, real string) error {
		return unix.Mkdirat(dir, real, in.Mode&0o7777)
	})
}

func (f *FS) Mknod(_ <-chan struct{}, in *fuse.MknodIn, name string, out *fuse.EntryOut) fuse.Status {
	return f.make("create", in.NodeId, name, out, func(dir int, real string) error {
		return unix.Mknodat(dir, real, in.Mode, int(in.Rdev))
	})
}

func (f *FS) Symlink(_ <-chan struct{}, in *fuse.InHeader, target, name string, out *fuse.EntryOut) fuse.Status {
	return f.make("symlink", in.NodeId, name, out, func(dir int, real string) error {
		if f.rules.NoLinks {
			return unix.EPERM
		}
		return unix.Symlinkat(target, dir, real)
	})
}

func (f *FS) Link(_ <-chan struct{}, in *fuse.LinkIn, name string, out *fuse.EntryOut) fuse.Status {
	return f.make("link", in.NodeId, name, out, func(dir int, real string) error {
		if f.rules.NoHardLinks {
			return unix.EPERM
		}
		return unix.Linkat(f.nodes[in.Oldnodeid].fd, "", dir, real, unix.AT_EMPTY_PATH)
	})
}

// make makes something that is named in a directory.
func (f *FS) make(op string, id uint64, name string, out *fuse.EntryOut, how func(dir int, real string) error) fuse.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir := f.nodes[id]
	real, code := f.fresh(op, dir, name)
	if code != fuse.OK {
		return code
	}
	if err := how(dir.fd, real); err != nil {
		return fuse.ToStatus(err)
	}
	f.soil(dir, true)
	f.has(dir, real)
	return f.enter(dir, real, real, out)
}

func (f *FS) Unlink(_ <-chan struct{}, in *fuse.InHeader, name string) fuse.Status {
	return f.remove("unlink", in.NodeId, name, 0)
}

func (f *FS) Rmdir(_ <-chan struct{}, in *fuse.InHeader, name string) fuse.Status {
	return f.remove("rmdir", in.NodeId, name, unix.AT_REMOVEDIR)
}

func (f *FS) remove(op string, id uint64, name string, flags int) fuse.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	if code := f.ask(op, name, true); code != fuse.OK {
		return code
	}
	dir := f.nodes[id]
	real := f.find(dir, name)
	if real == "" {
		return fuse.ENOENT
	}
	var st unix.Stat_t
	_ = unix.Fstatat(dir.fd, real, &st, unix.AT_SYMLINK_NOFOLLOW)
	if err := unix.Unlinkat(dir.fd, real, flags); err != nil {
		return fuse.ToStatus(err)
	}
	delete(f.names[dir.file], f.key(real))
	if flags != 0 {
		delete(f.names, file{st.Dev, st.Ino})
	}
	if st.Nlink == 1 || flags != 0 {
		delete(f.dirty, file{st.Dev, st.Ino})
	}
	f.soil(dir, true)
	return fuse.OK
}

func (f *FS) Rename(_ <-chan struct{}, in *fuse.RenameIn, name, toName string) fuse.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	if code := f.ask("rename", name, true); code != fuse.OK {
		return code
	}
	if in.Flags != 0 && f.rules.NoRenameFlags {
		return fuse.EINVAL
	}
	dir, to := f.nodes[in.NodeId], f.nodes[in.Newdir]
	old, there := f.find(dir, name), f.find(to, toName)
	if old == "" {
		return fuse.ENOENT
	}
	fresh, code := f.stored(toName)
	if code != fuse.OK {
		return code
	}
	var err error
	same := dir == to && old == there // in another case
	switch {
	case in.Flags&unix.RENAME_EXCHANGE != 0:
		if there == "" {
			return fuse.ENOENT
		}
		err = unix.Renameat2(dir.fd, old, to.fd, there, unix.RENAME_EXCHANGE)
	case in.Flags&unix.RENAME_NOREPLACE != 0 && there != "" && !same:
		return fuse.Status(unix.EEXIST)
	case there != "" && !same:
		err = unix.Renameat(dir.fd, old, to.fd, there)
		if err == nil && there != fresh {
			err = unix.Renameat(to.fd, there, to.fd, fresh)
		}
	default:
		err = unix.Renameat(dir.fd, old, to.fd, fresh)
	}
	if err != nil {
		return fuse.ToStatus(err)
	}
	delete(f.names, dir.file)
	delete(f.names, to.file)
	f.soil(dir, true)
	f.soil(to, true)
	return fuse.OK
}
