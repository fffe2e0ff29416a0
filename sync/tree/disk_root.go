//go:build (!linux && !darwin) || osroot

package tree

import (
	"io/fs"
	"os"
	"strings"
	"sync/atomic"

	"latus/index"
)

// Disk is a tree on a local filesystem, reached through os.Root: slower than the
// system's own calls, at home everywhere; the tag osroot tries it where others are at
// home. os.Root lets nothing out; what it would follow inside, links below the root, is
// looked at before and after.
type Disk struct {
	where  string
	root   *os.Root
	traits atomic.Pointer[Traits]
}

// OpenDisk opens the tree at root, which must be a directory or a symbolic link
// to one. Until Disk.SetTraits it claims to be able to do nothing special.
func OpenDisk(root string) (Tree, error) {
	where, err := realPath(root)
	if err != nil {
		return nil, err
	}
	r, err := os.OpenRoot(where)
	if err != nil {
		return nil, Fault("open", where, err)
	}
	t := &Disk{where: where, root: r}
	t.SetTraits(Traits{Clock: 1})
	return t, nil
}

// Open holds the directory at dir.
func (t *Disk) Open(dir index.Path) (Dir, error) {
	if !ValidPath(dir) {
		return nil, Fault("open", string(dir), ErrBadName)
	}
	r, err := t.root.OpenRoot(".")
	if err != nil {
		return nil, Fault("open", string(dir), err)
	}
	d := &rootDir{t: t, r: r}
	for rest, name := string(dir), ""; rest != ""; {
		name, rest, _ = strings.Cut(rest, "/")
		next, err := d.step(name)
		d.r.Close()
		if err != nil {
			return nil, Fault("open", string(dir), err)
		}
		d = next
	}
	return d, nil
}

// Traits tells what SetTraits was told.
func (t *Disk) Traits() Traits { return *t.traits.Load() }

// SetTraits sets what Probe found, now or in an earlier run.
func (t *Disk) SetTraits(traits Traits) { t.traits.Store(&traits) }

// Where is the real path that the root had when it was opened.
func (t *Disk) Where() string { return t.where }

// Expect is what the filesystems of this system usually can do. See tree.Expect.
func (t *Disk) Expect() Traits { return usual }

// Sync does not exist for a whole tree.
func (t *Disk) Sync() error { return Fault("sync", t.where, ErrUnsupported) }

// Close lets go of the root. Held directories stay usable, except for moves
// from one to another.
func (t *Disk) Close() error { return Fault("close", t.where, t.root.Close()) }

// infoOf turns what os shows into an Info.
func infoOf(fi fs.FileInfo) Info {
	mtime := fi.ModTime()
	info := Info{Witness: index.Witness{
		Kind:  index.Special,
		Mode:  modeBits(fi.Mode()),
		Mtime: unixNanos(mtime.Unix(), int64(mtime.Nanosecond())),
	}, Links: 1}
	switch {
	case fi.Mode().IsRegular():
		info.Kind, info.Size = index.File, fi.Size()
	case fi.IsDir():
		info.Kind = index.Dir
	case fi.Mode().Type() == fs.ModeSymlink:
		info.Kind = index.Link
	}
	addSystemInfo(&info, fi)
	if info.Kind == index.Dir {
		info.Mode |= impliedDirMode
	}
	return info
}

// info is infoOf as callers are told it.
func (t *Disk) info(fi fs.FileInfo) Info {
	info := infoOf(fi)
	info.Mtime -= t.Traits().Shift
	return info
}

// modeBits and fileMode translate between os's modes and 07777.
func modeBits(m fs.FileMode) uint32 {
	bits := uint32(m.Perm())
	for _, b := range specialBits {
		if m&b.mode != 0 {
			bits |= b.bit
		}
	}
	return bits
}

func fileMode(bits uint32) fs.FileMode {
	m := fs.FileMode(bits & 0o777)
	for _, b := range specialBits {
		if bits&b.bit != 0 {
			m |= b.mode
		}
	}
	return m
}

var specialBits = [...]struct {
	bit  uint32
	mode fs.FileMode
}{{0o4000, fs.ModeSetuid}, {0o2000, fs.ModeSetgid}, {0o1000, fs.ModeSticky}}
