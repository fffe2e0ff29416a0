package stage

import (
	"errors"
	"io/fs"

	"latus/index"
	"latus/sync/tree"
)

// SyncAll makes durable whatever was written to the tree so far. all is false where the system
// has no call for that: from then on each file is synced by itself, as soon as it is made.
func (s *Stage) SyncAll() (all bool, err error) {
	if s.eachFile.Load() {
		return false, nil
	}
	err = s.tree.Sync()
	if !errors.Is(err, tree.ErrUnsupported) {
		return true, err
	}
	s.eachFile.Store(true)
	return false, nil
}

// SyncStaged makes a version durable where SyncAll will not.
func (s *Stage) SyncStaged(of Staged) error {
	if of.synced {
		return nil
	}
	dir, name, release, err := s.hold(of.Name)
	if err != nil {
		return err
	}
	defer release()
	return s.SyncOne(dir, name, of.Fresh.Kind)
}

// SyncOne makes content, mode and mtime of name, in any directory, durable, where SyncAll
// will not. What its mode keeps the owner from opening can't be synced, nor, on Windows,
// what it keeps from being written.
func (s *Stage) SyncOne(dir tree.Dir, name string, kind index.Kind) error {
	if !s.eachFile.Load() || kind == index.Link {
		return nil
	}
	var f interface {
		Sync() error
		Close() error
	}
	var err error
	if kind == index.Dir {
		f, err = dir.OpenDir(name)
	} else {
		f, err = dir.Read(name)
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, fs.ErrPermission) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
