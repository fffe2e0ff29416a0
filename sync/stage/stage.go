// Package stage makes versions ready in the staging area of a tree, before they get their
// names.
//
// What it promises: what it hands out as Staged is whole, and has the mtime, mode and owner
// that it shall have. Content that came from elsewhere has the hash that its source told, and
// the one that was asked for; whatever has not is fetched again, or given up. Nothing is given
// a name in the tree, and nothing there is changed but what somebody else names. What is
// Staged need not be durable yet: see Stage.SyncAll.
//
// Content that was cut short stays for another run, under a name made of its version, for as
// long as the index waits for that version.
package stage

import (
	"errors"
	"sync"
	"sync/atomic"

	"latus/index"
	"latus/sync/tree"
)

// Stage is the staging area: where a version is made ready before it gets its
// name. Its methods may be called by several goroutines, Close by the last one.
type Stage struct {
	dir   tree.Dir
	fresh bool // nothing is left over in it
	*common
}

// common is what a staging area shares with the directories in it.
type common struct {
	traits    tree.Traits
	tree      tree.Tree
	far       bool         // the tree is a tree.Distant
	eachFile  atomic.Bool  // sync every file by itself: there is no syncing of all
	keepsMode sync.Map     // modes that creating a file gives in full, whatever the umask
	bundles   atomic.Int32 // open ones
}

// Staged is a version that is ready.
type Staged struct {
	Name   string        // in staging; "": nothing is staged
	Fresh  index.Witness // how it looks there, without a Ctime
	Hash   index.Hash    // zero: not computed
	Lacks  error         // why it does not have its extended attributes; nil: it has
	synced bool
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 256<<10); return &b }}

// Open opens the staging area of t, and makes it if there is none. What lies in it stays, until
// something else gets its name.
func Open(t tree.Tree) (*Stage, error) {
	d, err := t.Open(Path)
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
	s := &Stage{dir: d, common: &common{traits: t.Traits(), tree: t, far: tree.IsDistant(t)}}
	s.eachFile.Store(!s.traits.SyncAll)
	return s, nil
}

// Close lets go of the staging area. Bundles are closed by themselves.
func (s *Stage) Close() error { return s.dir.Close() }

// Dir is the staging area on the disk, until Close.
func (s *Stage) Dir() tree.Dir { return s.dir }

// Traits are those of the tree, as they were when the staging area was opened.
func (s *Stage) Traits() tree.Traits { return s.traits }

// create makes a file, in the place of one that is left over.
func (s *Stage) create(name string, mode uint32) (tree.File, error) {
	f, err := s.dir.Create(name, mode)
	if tree.IsExist(err) && !s.fresh {
		if err = s.Remove(name); err == nil {
			f, err = s.dir.Create(name, mode)
		}
	}
	return f, err
}

// Remove does away with something in staging. There need not be anything of that name.
func (s *Stage) Remove(name string) error {
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

// seal gives a written file its mode and mtime, looks at it, and closes it,
// whatever happens. asCreated: the file was created with that mode.
func (s *Stage) seal(f tree.File, out *Staged, m Meta, asCreated bool) (err error) {
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := m.Attrs.Sum()
	if m.HasAttrs() { // while it can be written
		sum, out.Lacks = s.SetAttrs(s.dir, out.Name, nil, m.Attrs)
	}
	given, err := s.Chown(s.dir, out.Name, m.Owner) // before the mode: it takes bits away
	if err != nil {
		return err
	}
	known := false
	if asCreated && !given {
		_, known = s.keepsMode.Load(m.Mode)
	}
	if !known {
		if err = s.chmod(f, m.Mode, asCreated && !given); err != nil {
			return
		}
	}
	if err = f.Chtime(m.Mtime); err != nil {
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
	out.Fresh = i.Witness
	return err
}

// chmod sets a mode, unless creating the file did so already: then that need not
// be looked at again for the next file.
func (s *Stage) chmod(f tree.File, mode uint32, asCreated bool) error {
	i, err := f.Stat()
	if err != nil {
		return err
	}
	if (i.Mode^mode)&s.traits.ModeBits != 0 {
		return f.Chmod(s.Over(i, mode, 0o644))
	}
	if asCreated {
		s.keepsMode.Store(mode, true)
	}
	return nil
}

// writeSmall writes a file whose content is in memory.
func (s *Stage) writeSmall(name string, content []byte, h index.Hash, m Meta) (Staged, error) {
	out := Staged{Name: name, Hash: h}
	mode := m.Mode
	if m.HasAttrs() {
		mode |= 0o600
	}
	f, err := s.create(name, s.Plain(mode, 0o644))
	if err != nil {
		return out, err
	}
	if len(content) > 0 {
		if _, err := f.Write(content); err != nil {
			f.Close()
			s.Remove(name)
			return out, err
		}
	}
	if err = s.seal(f, &out, m, mode == m.Mode); err != nil {
		s.Remove(name)
	}
	return out, err
}

// Link makes a symbolic link.
func (s *Stage) Link(name, target string, m Meta) (Staged, error) {
	out := Staged{Name: name}
	err := s.dir.Symlink(target, name)
	if tree.IsExist(err) {
		if err = s.Remove(name); err == nil {
			err = s.dir.Symlink(target, name)
		}
	}
	if err != nil {
		return out, err
	}
	if s.traits.LinkTimes || !s.far {
		err = s.dir.Chtime(name, m.Mtime)
	}
	if errors.Is(err, tree.ErrUnsupported) {
		err = nil
	}
	if err == nil {
		_, err = s.Chown(s.dir, name, m.Owner)
	}
	if err == nil {
		out.Fresh, err = s.look(name)
	}
	if err != nil {
		s.Remove(name)
	}
	return out, err
}

// Folder makes a directory that will take the place of a file. It must not keep its owner out.
func (s *Stage) Folder(name string, m Meta) (Staged, error) {
	out := Staged{Name: name}
	if err := s.Remove(name); err != nil {
		return out, err
	}
	err := s.dir.Mkdir(name, s.Plain(m.Mode, 0o755))
	if err == nil {
		_, err = s.Chown(s.dir, name, m.Owner)
	}
	var i tree.Info
	if err == nil {
		i, err = s.dir.Stat(name)
	}
	sum := m.Attrs.Sum()
	if err == nil && m.HasAttrs() {
		sum, out.Lacks = s.SetAttrs(s.dir, name, &i, m.Attrs)
	}
	if err == nil && (i.Mode^m.Mode)&s.traits.ModeBits != 0 {
		err = s.dir.Chmod(name, s.Over(i, m.Mode, 0o755))
	}
	if err == nil {
		out.Fresh, err = s.look(name)
		out.Fresh.Attrs = sum
	}
	if err != nil {
		s.Remove(name)
	}
	return out, err
}

func (s *Stage) look(name string) (index.Witness, error) {
	i, err := s.dir.Stat(name)
	i.Ctime = 0
	return i.Witness, err
}
