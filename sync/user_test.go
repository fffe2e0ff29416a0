package sync_test

import (
	"errors"

	"latus/index"
	"latus/sync/tree"
)

// What users do to their trees. Parents exist.

// write makes a file, or gives one new content.
func (s *site) write(p index.Path, text string) {
	s.w.t.Helper()
	s.at(p, func(d tree.Dir, name string) error {
		f, err := d.Write(name)
		if tree.IsNotExist(err) {
			f, err = d.Create(name, 0o644)
		}
		if err != nil {
			return err
		}
		defer f.Close()
		if err := f.Truncate(0); err != nil {
			return err
		}
		if _, err := f.Write([]byte(text)); err != nil {
			return err
		}
		return f.Chtime(s.now())
	})
}

func (s *site) mkdir(p index.Path) {
	s.w.t.Helper()
	s.at(p, func(d tree.Dir, name string) error { return d.Mkdir(name, 0o755) })
}

func (s *site) link(p index.Path, target string) {
	s.w.t.Helper()
	s.at(p, func(d tree.Dir, name string) error { return d.Symlink(target, name) })
}

// hardlink makes to another name of the file at p.
func (s *site) hardlink(p, to index.Path) {
	s.w.t.Helper()
	s.at(p, func(from tree.Dir, name string) error {
		s.at(to, func(d tree.Dir, toName string) error { return d.Hardlink(from, name, toName) })
		return nil
	})
}

// trashed is what lies in the trash.
func (s *site) trashed() map[index.Path]thing {
	s.w.t.Helper()
	seen := map[index.Path]thing{}
	s.walk("", func(p index.Path, t thing) bool {
		if t.kind == index.File && p.Under(index.Private+"/trash") {
			seen[p] = t
		}
		return p == index.Private || p == index.Private+"/trash" || p.Under(index.Private+"/trash")
	})
	return seen
}

func (s *site) chmod(p index.Path, mode uint32) {
	s.w.t.Helper()
	s.at(p, func(d tree.Dir, name string) error { return d.Chmod(name, mode) })
}

func (s *site) touch(p index.Path, mtime int64) {
	s.w.t.Helper()
	s.at(p, func(d tree.Dir, name string) error { return d.Chtime(name, mtime) })
}

// remove takes away whatever is at p, with all below it.
func (s *site) remove(p index.Path) {
	s.w.t.Helper()
	s.at(p, func(d tree.Dir, name string) error {
		info, err := d.Stat(name)
		if err != nil || info.Kind != index.Dir {
			return first(err, d.Remove(name))
		}
		var below []string
		s.in(p, func(d tree.Dir) (err error) {
			below, err = d.List()
			return err
		})
		for _, b := range below {
			s.remove(p.Join(b))
		}
		return d.Rmdir(name)
	})
}

// rename moves what is at p to where nothing is.
func (s *site) rename(p, to index.Path) {
	s.w.t.Helper()
	s.at(p, func(from tree.Dir, name string) error {
		s.at(to, func(d tree.Dir, toName string) error { return from.Rename(name, d, toName) })
		return nil
	})
}

// at works in the directory of p. What users do is durable.
func (s *site) at(p index.Path, do func(d tree.Dir, name string) error) {
	s.w.t.Helper()
	dir, name := p.Split()
	s.in(dir, func(d tree.Dir) error { return do(d, name) })
	switch err := s.mem.User().Sync(); {
	case errors.Is(err, tree.ErrUnsupported):
		s.syncBelow("")
	case err != nil:
		s.w.t.Fatal(err)
	}
}

// syncBelow makes all of a directory durable, where the tree can't be as a whole.
func (s *site) syncBelow(dir index.Path) {
	s.w.t.Helper()
	s.in(dir, func(d tree.Dir) error {
		names, err := d.List()
		if err != nil {
			return err
		}
		for _, name := range names {
			switch i, err := d.Stat(name); {
			case err != nil:
				return err
			case i.Kind == index.Dir:
				s.syncBelow(dir.Join(name))
			case i.Kind == index.File:
				f, err := d.Read(name)
				if err != nil {
					return err
				}
				if err := errors.Join(f.Sync(), f.Close()); err != nil {
					return err
				}
			}
		}
		return d.Sync()
	})
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
