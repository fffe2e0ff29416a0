package remote

import (
	"io/fs"
	"sync/atomic"

	"latus/index"
	"latus/sync/tree"
)

// sftpDir is a directory of an sftpTree. Nothing is held: it is a path that was
// free of links when it was looked at.
type sftpDir struct {
	t      *sftpTree
	path   string
	device atomic.Pointer[uint64] // nil: not asked for yet
}

var _ tree.Lister = (*sftpDir)(nil)

func (d *sftpDir) at(name string) string { return d.path + "/" + name }

func (d *sftpDir) check(op string, names ...string) error {
	for _, name := range names {
		if !validName(name) {
			return &fs.PathError{Op: op, Path: name, Err: tree.ErrBadName}
		}
	}
	return nil
}

func (d *sftpDir) List() ([]string, error) {
	names, _, err := d.list()
	return names, err
}

func (d *sftpDir) list() ([]string, []fs.FileInfo, error) {
	infos, err := d.t.client.ReadDir(d.path)
	if err != nil {
		return nil, nil, fault("list", d.path, d.t.meaning(err))
	}
	names, kept := make([]string, 0, len(infos)), infos[:0]
	for _, fi := range infos {
		if validName(fi.Name()) {
			names, kept = append(names, fi.Name()), append(kept, fi)
		}
	}
	return names, kept, nil
}

// Look implements tree.Lister. What OpenSSH says of a name in a list is what
// lstat says; of other servers nobody knows, so each name is asked for, all at the
// same time.
func (d *sftpDir) Look() ([]string, map[string]tree.Info, error) {
	var (
		names  []string
		listed []fs.FileInfo
	)
	self, err := d.withDevice(func() (i tree.Info, err error) {
		names, listed, err = d.list()
		return i, err
	})
	if err != nil {
		return nil, nil, err
	}
	trusted := d.t.openssh()
	seen := make([]tree.Info, len(names))
	errs := make([]error, len(names))
	look := func(i int) {
		if trusted {
			if seen[i], errs[i] = sftpInfo(listed[i]); errs[i] == nil {
				return
			}
		}
		seen[i], errs[i] = d.t.lstat(d.at(names[i]))
	}
	if trusted {
		for i := range names {
			look(i)
		}
	} else {
		each(len(names), look)
	}
	infos := make(map[string]tree.Info, len(names))
	for i, name := range names {
		if errs[i] == nil {
			seen[i].Device = self.Device
			infos[name] = seen[i]
		}
	}
	return names, infos, nil
}

func (d *sftpDir) Stat(name string) (tree.Info, error) {
	if err := d.check("stat", name); err != nil {
		return tree.Info{}, err
	}
	info, err := d.withDevice(func() (tree.Info, error) { return d.t.lstat(d.at(name)) })
	return info, fault("stat", name, err)
}

// withDevice adds the device of the directory to a look, in one round trip.
func (d *sftpDir) withDevice(look func() (tree.Info, error)) (info tree.Info, err error) {
	if known := d.device.Load(); known != nil {
		info, err = look()
		info.Device = *known
		return info, err
	}
	var device uint64
	var errs [2]error
	each(2, func(i int) {
		if i == 0 {
			info, errs[0] = look()
		} else {
			device, errs[1] = d.t.device(d.path)
		}
	})
	if errs[1] == nil {
		d.device.Store(&device)
	}
	if errs[0] != nil {
		return tree.Info{}, errs[0]
	}
	info.Device = device
	return info, errs[1]
}

// Self looks at the directory, which may itself be a mount point.
func (d *sftpDir) Self() (tree.Info, error) {
	info, err := d.withDevice(func() (tree.Info, error) { return d.t.lstat(d.path) })
	return info, fault("stat", d.path, err)
}

func (d *sftpDir) Readlink(name string) (string, error) {
	if err := d.check("readlink", name); err != nil {
		return "", err
	}
	target, err := d.t.client.ReadLink(d.at(name))
	return target, fault("readlink", name, d.t.meaning(err))
}

func (d *sftpDir) OpenDir(name string) (tree.Dir, error) {
	if err := d.check("open", name); err != nil {
		return nil, err
	}
	if err := d.t.isDir(d.at(name)); err != nil {
		return nil, fault("open", name, err)
	}
	return &sftpDir{t: d.t, path: d.at(name)}, nil
}

// regular looks at a file before it is opened: a server would follow a link, and
// hang in a FIFO.
func (d *sftpDir) regular(op, name string) (tree.Info, error) {
	if err := d.check(op, name); err != nil {
		return tree.Info{}, err
	}
	info, err := d.t.lstat(d.at(name))
	if err == nil {
		err = map[index.Kind]error{index.Dir: tree.ErrIsDir, index.Link: tree.ErrIsLink, index.Special: tree.ErrNotFile}[info.Kind]
	}
	return info, fault(op, name, err)
}

func (d *sftpDir) Read(name string) (tree.File, error) {
	info, err := d.regular("open", name)
	if tree.IsNotExist(err) && d.inSteps() {
		if old, oerr := d.regular("open", name+replaced); oerr == nil {
			info, name, err = old, name+replaced, nil
		}
	}
	if err != nil {
		return nil, err
	}
	f, err := d.t.client.Open(d.at(name))
	if err != nil {
		return nil, fault("open", name, d.t.meaning(err))
	}
	return newSFTPFile(d, name, f, info.Size, false), nil
}

// Sync does nothing: the protocol has no way to make names durable.
func (d *sftpDir) Sync() error { return nil }

func (d *sftpDir) Close() error { return nil }
