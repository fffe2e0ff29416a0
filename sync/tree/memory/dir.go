package memory

import (
	"cmp"
	"hash/crc32"
	"io/fs"
	"slices"

	"latus/index"
	"latus/sync/tree"
)

// heldDir is a held directory.
type heldDir struct {
	m     *Tree
	epoch int
	n     *node
}

// begin enters an operation on one name.
func (d *heldDir) begin(op, name string) error {
	if !tree.ValidName(name) {
		return tree.Fault(op, name, tree.ErrBadName)
	}
	return d.m.enter(op, d, name)
}

func (d *heldDir) List() ([]string, error) {
	if err := d.m.enter("list", d, ""); err != nil {
		return nil, err
	}
	defer d.m.sys.mu.Unlock()
	switch {
	case !d.m.sys.may(d.n, 0o400):
		return nil, tree.Fault("list", ".", fs.ErrPermission)
	case d.n.links == 0:
		return nil, tree.Fault("list", ".", fs.ErrNotExist)
	}
	names := make([]string, 0, len(d.n.names))
	for _, e := range d.n.names {
		names = append(names, e.name)
	}
	slices.SortFunc(names, jumble)
	return names, nil
}

// jumble is a fixed order that nobody can rely on.
func jumble(a, b string) int {
	return cmp.Or(cmp.Compare(crc32.ChecksumIEEE([]byte(a)), crc32.ChecksumIEEE([]byte(b))), cmp.Compare(a, b))
}

func (d *heldDir) Stat(name string) (tree.Info, error) {
	if err := d.begin("stat", name); err != nil {
		return tree.Info{}, err
	}
	defer d.m.sys.mu.Unlock()
	e, err := d.m.sys.lookup(d.n, name)
	if err != nil {
		return tree.Info{}, tree.Fault("stat", name, err)
	}
	return d.m.shown(e.n), nil
}

func (d *heldDir) Self() (tree.Info, error) {
	if err := d.m.enter("self", d, ""); err != nil {
		return tree.Info{}, err
	}
	defer d.m.sys.mu.Unlock()
	return d.m.shown(d.n), nil
}

func (d *heldDir) Readlink(name string) (string, error) {
	if err := d.begin("readlink", name); err != nil {
		return "", err
	}
	defer d.m.sys.mu.Unlock()
	e, err := d.m.sys.lookup(d.n, name)
	if err == nil && e.n.kind != index.Link {
		err = fs.ErrInvalid
	}
	if err != nil {
		return "", tree.Fault("readlink", name, err)
	}
	return e.n.target, nil
}

func (d *heldDir) OpenDir(name string) (tree.Dir, error) {
	if err := d.begin("opendir", name); err != nil {
		return nil, err
	}
	defer d.m.sys.mu.Unlock()
	e, err := d.m.sys.lookup(d.n, name)
	if err == nil {
		err = directory(e.n)
	}
	if err == nil && !d.m.sys.may(e.n, 0o400) {
		err = fs.ErrPermission
	}
	if err != nil {
		return nil, tree.Fault("open", name, err)
	}
	return &heldDir{m: d.m, epoch: d.epoch, n: e.n}, nil
}

func (d *heldDir) Read(name string) (tree.File, error)  { return d.open("read", name, 0o400) }
func (d *heldDir) Write(name string) (tree.File, error) { return d.open("write", name, 0o600) }

func (d *heldDir) open(op, name string, bits uint32) (tree.File, error) {
	if err := d.begin("open", name); err != nil {
		return nil, err
	}
	defer d.m.sys.mu.Unlock()
	e, err := d.m.sys.lookup(d.n, name)
	if err == nil {
		err = tree.Regular(e.n.kind)
	}
	if err == nil && !d.m.sys.may(e.n, bits) {
		err = fs.ErrPermission
	}
	if err != nil {
		return nil, tree.Fault(op, name, err)
	}
	return &openFile{d: *d, n: e.n, name: name, writes: bits&0o200 != 0}, nil
}

func (d *heldDir) Create(name string, mode uint32) (tree.File, error) {
	n, err := d.add("create", name, index.File, mode, nil)
	if err != nil {
		return nil, err
	}
	return &openFile{d: *d, n: n, name: name, writes: true}, nil
}

func (d *heldDir) Mkdir(name string, mode uint32) error {
	_, err := d.add("mkdir", name, index.Dir, mode, nil)
	return err
}

func (d *heldDir) Symlink(target, name string) error {
	_, err := d.add("symlink", name, index.Link, 0o777, func(n *node) error {
		n.target = target
		if !d.m.sys.can.Links {
			return tree.ErrUnsupported
		}
		return nil
	})
	return err
}

func (d *heldDir) Clone(from tree.File, name string, mode uint32) (tree.File, error) {
	n, err := d.add("clone", name, index.File, mode, func(n *node) error {
		src, ok := from.(*openFile)
		if !ok || src.d.m.sys != d.m.sys || !d.m.sys.can.Reflink {
			return tree.ErrUnsupported
		}
		n.now.data = slices.Clip(src.n.now.data)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &openFile{d: *d, n: n, name: name, writes: true}, nil
}

// add makes something new, after fill has said what it is.
func (d *heldDir) add(op, name string, kind index.Kind, mode uint32, fill func(*node) error) (*node, error) {
	if err := d.begin(op, name); err != nil {
		return nil, err
	}
	s := d.m.sys
	defer s.mu.Unlock()
	if err := s.free(d.n, name); err != nil {
		return nil, tree.Fault(op, name, err)
	}
	n := s.newNode(kind, mode, d.n.device)
	if fill != nil {
		if err := fill(n); err != nil {
			return nil, tree.Fault(op, name, err)
		}
	}
	s.apply(change{sets: []set{{d.n, entry{name, n}, false}}})
	return n, nil
}

// Sync makes the names in the directory durable, and its mode.
func (d *heldDir) Sync() error {
	if err := d.m.enter("sync", d, ""); err != nil {
		return err
	}
	defer d.m.sys.mu.Unlock()
	d.m.sys.saveDir(d.n)
	return nil
}

func (d *heldDir) Close() error { return nil }
