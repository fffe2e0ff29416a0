package sftp

import (
	"cmp"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"

	"github.com/pkg/sftp"

	"latus/index"
	"latus/sync/tree"
)

// sftpDir is a directory of an sftpTree. Nothing is held: it is a path that was
// free of links when it was looked at.
type sftpDir struct {
	t      *sftpTree
	path   string
	device atomic.Pointer[uint64]    // nil: not asked for yet
	self   atomic.Pointer[tree.Info] // how it looked when it was opened; nil: nobody looked, or it was told
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
	if opened := d.self.Swap(nil); opened != nil {
		return *opened, nil
	}
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
	sub := &sftpDir{t: d.t, path: d.at(name)}
	info, err := sub.withDevice(func() (tree.Info, error) { return d.t.lstat(sub.path) })
	if err == nil {
		err = dirOnly(info.Kind)
	}
	if err != nil {
		return nil, fault("open", name, err)
	}
	sub.self.Store(&info)
	return sub, nil
}

// own tells whether d is latus' own: nobody but a latus writes there.
func (d *sftpDir) own() bool {
	own := d.t.lease.private("")
	return d.path == own || strings.HasPrefix(d.path, own+"/")
}

// open opens a regular file. It is looked at before: a server would follow a link, and
// hang in a FIFO. In a folder of latus' own it is looked at in the same round trip.
func (d *sftpDir) open(name string, flags int) (f *sftp.File, info tree.Info, err error) {
	if err = d.check("open", name); err != nil {
		return
	}
	errs := make([]error, 2)
	look := func() {
		if info, errs[0] = d.t.lstat(d.at(name)); errs[0] == nil {
			errs[0] = map[index.Kind]error{index.Dir: tree.ErrIsDir, index.Link: tree.ErrIsLink, index.Special: tree.ErrNotFile}[info.Kind]
		}
	}
	open := func() {
		if f, errs[1] = d.t.client.OpenFile(d.at(name), flags); errs[1] != nil {
			errs[1] = d.t.meaning(errs[1])
		}
	}
	if d.own() {
		each(2, func(i int) { []func(){look, open}[i]() })
	} else if look(); errs[0] == nil {
		open()
	}
	if err = cmp.Or(errs...); err != nil {
		if f != nil {
			_ = f.Close()
		}
		return nil, info, fault("open", name, err)
	}
	return f, info, nil
}

func (d *sftpDir) Read(name string) (tree.File, error) {
	f, info, err := d.open(name, os.O_RDONLY)
	if tree.IsNotExist(err) && d.inSteps() {
		if old, was, oerr := d.open(name+replaced, os.O_RDONLY); oerr == nil {
			f, info, name, err = old, was, name+replaced, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return newSFTPFile(d, name, f, info.Size, false), nil
}

// Sync does nothing: the protocol has no way to make names durable.
func (d *sftpDir) Sync() error { return nil }

func (d *sftpDir) Close() error { return nil }
