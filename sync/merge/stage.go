package merge

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/tree"
)

// stage is the staging area: where a version is made ready before it gets its
// name. Its methods may be called by several goroutines.
type stage struct {
	dir   tree.Dir
	fresh bool // nothing is left over in it
	*common
}

// common is what a staging area shares with the directories in it.
type common struct {
	traits    tree.Traits
	far       bool         // the tree is a tree.Distant
	eachFile  atomic.Bool  // sync every file by itself: there is no syncing of all
	keepsMode sync.Map     // modes that creating a file gives in full, whatever the umask
	bundles   atomic.Int32 // open ones
}

// meta is what a version gets besides its content.
type meta struct {
	mode  uint32
	mtime int64
	owner index.IDs   // parts that are 0 stay
	attrs index.Attrs // "": what is there is left alone
}

func metaOf(act *plan.Action) meta { return meta{act.Mode, act.Head.Mtime, act.Owner, act.Attrs} }

// staged is a version that is ready.
type staged struct {
	name   string
	fresh  index.Witness
	hash   index.Hash // zero: not computed
	synced bool
	lacks  error // why it does not have its extended attributes; nil: it has
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 256<<10); return &b }}

func openStage(t tree.Tree) (*stage, error) {
	d, err := t.Open(staging)
	if tree.IsNotExist(err) {
		var private tree.Dir
		if private, err = t.Open(index.Private); err != nil {
			return nil, err
		}
		defer private.Close()
		if err = private.Mkdir("staging", 0o700); err != nil && !tree.IsExist(err) {
			return nil, err
		}
		d, err = private.OpenDir("staging")
	}
	if err != nil {
		return nil, err
	}
	s := &stage{dir: d, common: &common{traits: t.Traits(), far: tree.IsDistant(t)}}
	s.eachFile.Store(!s.traits.SyncAll)
	return s, nil
}

// create makes a file, in the place of one that is left over.
func (s *stage) create(name string, mode uint32) (tree.File, error) {
	f, err := s.dir.Create(name, mode)
	if tree.IsExist(err) && !s.fresh {
		if err = s.remove(name); err == nil {
			f, err = s.dir.Create(name, mode)
		}
	}
	return f, err
}

func (s *stage) remove(name string) error {
	dir, base, release, err := s.hold(name)
	if err == nil {
		defer release()
		err = dir.Remove(base)
		if errors.Is(err, tree.ErrIsDir) {
			err = dir.Rmdir(base)
		}
	}
	if tree.IsNotExist(err) {
		return nil
	}
	return err
}

// over is a mode for what looks like i by now: bits that are none of ours stay as they are.
func (s *stage) over(i tree.Info, mode, usual uint32) uint32 {
	return s.plain(mode, usual) | i.Mode&^s.traits.ModeBits&0o7000
}

// plain fills in what a filesystem without permission bits shows anyway.
func (s *stage) plain(mode, usual uint32) uint32 {
	return mode&s.traits.ModeBits | usual&^s.traits.ModeBits
}

// seal gives a written file its mode and mtime, looks at it, and closes it,
// whatever happens. asCreated: the file was created with that mode.
func (s *stage) seal(f tree.File, out *staged, m meta, asCreated bool) (err error) {
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := m.attrs.Sum()
	if m.hasAttrs() { // while it can be written
		sum, out.lacks = s.attr(s.dir, out.name, nil, m.attrs)
	}
	given, err := s.chown(s.dir, out.name, m.owner) // before the mode: it takes bits away
	if err != nil {
		return err
	}
	known := false
	if asCreated && !given {
		_, known = s.keepsMode.Load(m.mode)
	}
	if !known {
		if err = s.chmod(f, m.mode, asCreated && !given); err != nil {
			return
		}
	}
	if err = f.Chtime(m.mtime); err != nil {
		return
	}
	if s.eachFile.Load() {
		if err = f.Sync(); err != nil {
			return
		}
		out.synced = true
	}
	i, err := f.Stat()
	i.Ctime, i.Attrs = 0, sum
	out.fresh = i.Witness
	return err
}

// hasAttrs tells whether something new needs to be given extended attributes.
func (m meta) hasAttrs() bool { return m.attrs != "" && m.attrs != index.NoAttrs }

// attr gives name the extended attributes a, and returns what a witness remembers of
// them. That it can't is no reason to do without the rest. Where i, how name looks, does
// not let its owner in, it does afterwards.
func (s *stage) attr(dir tree.Dir, name string, i *tree.Info, a index.Attrs) (index.Sum, error) {
	const open = 0o600
	err := dir.SetAttrs(name, a)
	if errors.Is(err, fs.ErrPermission) && i != nil && i.Mode&open != open && s.traits.ModeBits&open == open {
		if dir.Chmod(name, i.Mode|open) == nil {
			i.Mode |= open
			err = dir.SetAttrs(name, a)
		}
	}
	if err != nil {
		return 0, fmt.Errorf("its extended attributes cannot be set: %w", err)
	}
	return a.Sum(), nil
}

// chown gives name to o, if that is anybody, and tells whether it was somebody else's.
func (s *stage) chown(dir tree.Dir, name string, o index.IDs) (given bool, err error) {
	if o == (index.IDs{}) {
		return false, nil
	}
	i, err := dir.Stat(name)
	if err != nil || o.Or(i.Owner) == i.Owner {
		return false, err
	}
	return true, dir.Chown(name, o)
}

// chmod sets a mode, unless creating the file did so already: then that need not
// be looked at again for the next file.
func (s *stage) chmod(f tree.File, mode uint32, asCreated bool) error {
	i, err := f.Stat()
	if err != nil {
		return err
	}
	if (i.Mode^mode)&s.traits.ModeBits != 0 {
		return f.Chmod(s.over(i, mode, 0o644))
	}
	if asCreated {
		s.keepsMode.Store(mode, true)
	}
	return nil
}

// small writes a file whose content is in memory.
func (s *stage) small(name string, content []byte, h index.Hash, m meta) (staged, error) {
	out := staged{name: name, hash: h}
	mode := m.mode
	if m.hasAttrs() {
		mode |= 0o600
	}
	f, err := s.create(name, s.plain(mode, 0o644))
	if err != nil {
		return out, err
	}
	if len(content) > 0 {
		if _, err := f.Write(content); err != nil {
			f.Close()
			s.remove(name)
			return out, err
		}
	}
	if err = s.seal(f, &out, m, mode == m.mode); err != nil {
		s.remove(name)
	}
	return out, err
}

// link makes a symbolic link.
func (s *stage) link(name, target string, m meta) (staged, error) {
	out := staged{name: name}
	err := s.dir.Symlink(target, name)
	if tree.IsExist(err) {
		if err = s.remove(name); err == nil {
			err = s.dir.Symlink(target, name)
		}
	}
	if err != nil {
		return out, err
	}
	if s.traits.LinkTimes || !s.far {
		err = s.dir.Chtime(name, m.mtime)
	}
	if errors.Is(err, tree.ErrUnsupported) {
		err = nil
	}
	if err == nil {
		_, err = s.chown(s.dir, name, m.owner)
	}
	if err == nil {
		out.fresh, err = s.look(name)
	}
	if err != nil {
		s.remove(name)
	}
	return out, err
}

// folder makes a directory that will take the place of a file.
func (s *stage) folder(name string, m meta) (staged, error) {
	out := staged{name: name}
	if err := s.remove(name); err != nil {
		return out, err
	}
	err := s.dir.Mkdir(name, s.plain(m.mode, 0o755))
	if err == nil {
		_, err = s.chown(s.dir, name, m.owner)
	}
	var i tree.Info
	if err == nil {
		i, err = s.dir.Stat(name)
	}
	sum := m.attrs.Sum()
	if err == nil && m.hasAttrs() {
		sum, out.lacks = s.attr(s.dir, name, &i, m.attrs)
	}
	if err == nil && (i.Mode^m.mode)&s.traits.ModeBits != 0 {
		err = s.dir.Chmod(name, s.over(i, m.mode, 0o755))
	}
	if err == nil {
		out.fresh, err = s.look(name)
		out.fresh.Attrs = sum
	}
	if err != nil {
		s.remove(name)
	}
	return out, err
}

// lasting is what of a witness still holds at the next mount: not the inode number
// where these are given out anew.
func (s *stage) lasting(w index.Witness) index.Witness {
	if !s.traits.StableInodes {
		w.Inode, w.Btime = 0, 0
	}
	if !s.traits.BirthTimes {
		w.Btime = 0
	}
	w.Mode = s.traits.Bits(w.Mode)
	return w
}

func (s *stage) look(name string) (index.Witness, error) {
	i, err := s.dir.Stat(name)
	i.Ctime = 0
	return i.Witness, err
}
