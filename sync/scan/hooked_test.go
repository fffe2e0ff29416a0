package scan

import (
	"io/fs"

	"latus/index"
	"latus/sync/tree"
)

func (p *place) hook(op string, at index.Path) error {
	if p.before == nil {
		return nil
	}
	if err := p.before(op, at); err != nil {
		return &fs.PathError{Op: op, Path: string(at), Err: err}
	}
	return nil
}

func (p *place) hold(d tree.Dir, path index.Path) tree.Dir {
	if d == nil {
		return nil
	}
	n := p.held.Add(1)
	for m := p.most.Load(); n > m && !p.most.CompareAndSwap(m, n); m = p.most.Load() {
	}
	return &hookedDir{d, p, path}
}

type hookedDir struct {
	tree.Dir
	p    *place
	path index.Path
}

func (d *hookedDir) Close() error {
	d.p.held.Add(-1)
	return d.Dir.Close()
}

func (d *hookedDir) List() ([]string, error) {
	if err := d.p.hook("List", d.path); err != nil {
		return nil, err
	}
	return d.Dir.List()
}

func (d *hookedDir) Stat(name string) (tree.Info, error) {
	if err := d.p.hook("Stat", d.path.Join(name)); err != nil {
		return tree.Info{}, err
	}
	i, err := d.Dir.Stat(name)
	return d.elsewhere(i, d.path.Join(name)), err
}

func (d *hookedDir) Attrs(name string) (index.Attrs, error) {
	at := d.path
	if name != "" {
		at = at.Join(name)
	}
	if err := d.p.hook("Attrs", at); err != nil {
		return "", err
	}
	return d.Dir.Attrs(name)
}

func (d *hookedDir) Self() (tree.Info, error) {
	i, err := d.Dir.Self()
	return d.elsewhere(i, d.path), err
}

func (d *hookedDir) elsewhere(i tree.Info, p index.Path) tree.Info {
	if d.p.device != nil && d.p.device(p) != 0 {
		i.Device = d.p.device(p)
	}
	return i
}

func (d *hookedDir) OpenDir(name string) (tree.Dir, error) {
	if err := d.p.hook("OpenDir", d.path.Join(name)); err != nil {
		return nil, err
	}
	sub, err := d.Dir.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return d.p.hold(sub, d.path.Join(name)), nil
}

func (d *hookedDir) Read(name string) (tree.File, error) {
	if err := d.p.hook("Read", d.path.Join(name)); err != nil {
		return nil, err
	}
	return d.Dir.Read(name)
}

func (d *hookedDir) Readlink(name string) (string, error) {
	if err := d.p.hook("Readlink", d.path.Join(name)); err != nil {
		return "", err
	}
	return d.Dir.Readlink(name)
}
