package memory

import (
	"io/fs"

	"latus/index"
	"latus/sync/tree"
)

func (d *heldDir) Chmod(name string, mode uint32) error {
	return d.meta("chmod", name, func(n *node) error {
		if n.kind == index.Link {
			return tree.ErrIsLink
		}
		n.now.mode = d.m.sys.mode(mode & 0o7777)
		return nil
	})
}

func (d *heldDir) Chown(name string, o index.IDs) error {
	return d.meta("chown", name, func(n *node) error {
		s := d.m.sys
		if s.owns == nil {
			return tree.ErrUnsupported
		}
		o = o.Or(n.now.owner)
		if s.owns.May(o, n.now.owner) != o {
			return fs.ErrPermission
		}
		n.now.owner = o
		return nil
	})
}

func (d *heldDir) Attrs(name string) (index.Attrs, error) {
	n, err := d.attributed("attrs", name, 0o400)
	if err != nil {
		return "", err
	}
	defer d.m.sys.mu.Unlock()
	return n.attrs(), nil
}

func (d *heldDir) SetAttrs(name string, a index.Attrs) error {
	n, err := d.attributed("setattrs", name, 0o600)
	if err != nil {
		return err
	}
	defer d.m.sys.mu.Unlock()
	if a != n.attrs() {
		n.now.attrs = a
		d.m.sys.touch(n)
	}
	return nil
}

// attributed enters an operation on the extended attributes of name, or of the directory
// itself if that is "".
func (d *heldDir) attributed(op, name string, bits uint32) (*node, error) {
	if name != "" && !tree.ValidName(name) {
		return nil, tree.Fault(op, name, tree.ErrBadName)
	}
	if err := d.m.enter(op, d, name); err != nil {
		return nil, err
	}
	s := d.m.sys
	e, err := entry{n: d.n}, error(nil)
	if name != "" {
		e, err = s.lookup(d.n, name)
	}
	switch {
	case err != nil:
	case !s.attrs:
		err = tree.ErrUnsupported
	case e.n.kind == index.Link:
		err = tree.ErrIsLink
	case !s.may(e.n, bits):
		err = fs.ErrPermission
	}
	if err != nil {
		s.mu.Unlock()
		return nil, tree.Fault(op, name, err)
	}
	return e.n, nil
}

// ChmodSelf sets the mode of the held directory. See Unlock.
func (d *heldDir) ChmodSelf(mode uint32) error {
	if err := d.m.enter("chmod", d, ""); err != nil {
		return err
	}
	defer d.m.sys.mu.Unlock()
	d.n.now.mode = d.m.sys.mode(mode & 0o7777)
	d.m.sys.touch(d.n)
	return nil
}

func (d *heldDir) Chtime(name string, mtime int64) error {
	return d.meta("chtime", name, func(n *node) error {
		if n.kind == index.Link && !d.m.sys.can.LinkTimes {
			return tree.ErrUnsupported
		}
		n.now.mtime = d.m.sys.cut(mtime)
		return nil
	})
}

// meta changes what is known of a name.
func (d *heldDir) meta(op, name string, change func(*node) error) error {
	if err := d.begin(op, name); err != nil {
		return err
	}
	defer d.m.sys.mu.Unlock()
	e, err := d.m.sys.lookup(d.n, name)
	if err == nil {
		err = change(e.n)
	}
	if err != nil {
		return tree.Fault(op, name, err)
	}
	d.m.sys.touch(e.n)
	return nil
}
