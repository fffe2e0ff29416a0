package memory

import (
	"io/fs"

	"latus/index"
	"latus/sync/tree"
)

func (d *heldDir) Remove(name string) error {
	return d.take("remove", name, func(n *node) error {
		if n.kind == index.Dir {
			return tree.ErrIsDir
		}
		return nil
	})
}

func (d *heldDir) Rmdir(name string) error {
	return d.take("rmdir", name, func(n *node) error {
		if err := directory(n); err != nil {
			return err
		}
		if len(n.names) > 0 {
			return tree.ErrNotEmpty
		}
		return nil
	})
}

// take removes a name if allowed says so.
func (d *heldDir) take(op, name string, allowed func(*node) error) error {
	if err := d.begin(op, name); err != nil {
		return err
	}
	s := d.m.sys
	defer s.mu.Unlock()
	e, err := s.lookup(d.n, name)
	if err == nil {
		err = allowed(e.n)
	}
	if err == nil && !s.may(d.n, 0o300) {
		err = fs.ErrPermission
	}
	if err != nil {
		return tree.Fault(op, name, err)
	}
	s.apply(change{sets: []set{{d.n, e, true}}})
	return nil
}

func (d *heldDir) Hardlink(from tree.Dir, fromName, name string) error {
	return d.pair("link", name, from, fromName, func(to *heldDir) error {
		s := d.m.sys
		e, err := s.lookup(to.n, fromName)
		switch {
		case err != nil:
			return err
		case !s.can.HardLinks || e.n.kind == index.Dir:
			return tree.ErrUnsupported
		}
		if err := s.free(d.n, name); err != nil {
			return err
		}
		s.apply(change{sets: []set{{d.n, entry{name, e.n}, false}}})
		return nil
	})
}

func (d *heldDir) Rename(name string, to tree.Dir, toName string) error {
	return d.pair("rename", toName, to, name, func(to *heldDir) error {
		return d.m.sys.rename(d.n, name, to.n, toName)
	})
}

func (s *system) rename(from *node, name string, to *node, toName string) error {
	e, err := s.movable(from, name, to)
	if err != nil {
		return err
	}
	if err := s.free(to, toName); err != nil {
		return err
	}
	s.apply(change{sets: []set{{from, e, true}, {to, entry{toName, e.n}, false}}})
	s.renumber(e.n)
	return nil
}

func (d *heldDir) Replace(name string, to tree.Dir, toName string) error {
	return d.pair("replace", toName, to, name, func(to *heldDir) error {
		s := d.m.sys
		e, err := s.movable(d.n, name, to.n)
		if err != nil {
			return err
		}
		old, err := s.lookup(to.n, toName)
		switch {
		case e.n.kind == index.Dir || tree.IsNotExist(err):
			return s.rename(d.n, name, to.n, toName)
		case err != nil:
			return err
		case old.n.kind == index.Dir:
			return tree.ErrIsDir
		case !s.may(to.n, 0o300):
			return fs.ErrPermission
		case old.n == e.n: // two names of one file: rename leaves both
			return nil
		}
		s.apply(change{sets: []set{{d.n, e, true}, {to.n, old, true}, {to.n, entry{toName, e.n}, false}}})
		s.renumber(e.n)
		return nil
	})
}

func (d *heldDir) Exchange(name string, with tree.Dir, withName string) error {
	return d.pair("exchange", withName, with, name, func(with *heldDir) error {
		s := d.m.sys
		if !s.can.Exchange {
			return tree.ErrUnsupported
		}
		one, err := s.movable(d.n, name, with.n)
		if err != nil {
			return err
		}
		two, err := s.movable(with.n, withName, d.n)
		if err != nil || one.n == two.n {
			return err
		}
		s.apply(change{sets: []set{
			{d.n, one, true}, {with.n, two, true},
			{d.n, entry{one.name, two.n}, false}, {with.n, entry{two.name, one.n}, false},
		}})
		s.renumber(one.n)
		s.renumber(two.n)
		return nil
	})
}

// pair begins an operation on two names, the first of which is in d.
func (d *heldDir) pair(op, name string, other tree.Dir, otherName string, do func(*heldDir) error) error {
	to, ok := other.(*heldDir)
	switch {
	case !tree.ValidName(otherName):
		return tree.Fault(op, otherName, tree.ErrBadName)
	case !ok || to.m.sys != d.m.sys:
		return tree.Fault(op, name, tree.ErrCrossDevice)
	}
	if err := d.begin(op, name); err != nil {
		return err
	}
	defer d.m.sys.mu.Unlock()
	return tree.Fault(op, name, do(to))
}

// movable finds what shall move from one directory to another.
func (s *system) movable(from *node, name string, to *node) (entry, error) {
	e, err := s.lookup(from, name)
	switch {
	case err != nil:
		return e, err
	case !s.may(from, 0o300):
		return e, fs.ErrPermission
	case e.n.device != to.device:
		return e, tree.ErrCrossDevice
	}
	for up := to; up != nil; up = up.up {
		if up == e.n {
			return e, fs.ErrInvalid // a directory into itself
		}
	}
	return e, nil
}

// renumber gives a moved file another inode where numbers mean nothing.
func (s *system) renumber(n *node) {
	if !s.can.StableInodes {
		s.inodes++
		n.ino = s.inodes
	}
}
