//go:build (!linux && !darwin) || osroot

package tree

import (
	"io/fs"
	"os"
	"time"

	"latus/index"
)

// rootDir is a held directory. at is where it was found, from the tree's root:
// moves between two directories need a path that both lie under.
type rootDir struct {
	t  *Disk
	r  *os.Root
	at index.Path
}

func (d *rootDir) check(op string, names ...string) error {
	for _, name := range names {
		if !ValidName(name) {
			return Fault(op, name, ErrBadName)
		}
	}
	return nil
}

// step holds a subdirectory. os.Root would follow a link that stays inside, so
// what was opened must be what was seen.
func (d *rootDir) step(name string) (*rootDir, error) {
	seen, err := d.r.Lstat(name)
	if err != nil {
		return nil, err
	}
	switch infoOf(seen).Kind {
	case index.Dir:
	case index.Link:
		return nil, ErrIsLink
	default:
		return nil, ErrNotDir
	}
	r, err := d.r.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	if held, err := r.Stat("."); err != nil || !os.SameFile(seen, held) {
		r.Close()
		return nil, swapped(err)
	}
	return &rootDir{t: d.t, r: r, at: d.at.Join(name)}, nil
}

// swapped is the error where what was opened is not what was seen: a link took
// its place, if nothing worse.
func swapped(err error) error {
	if err != nil {
		return err
	}
	return ErrIsLink
}

func (d *rootDir) List() ([]string, error) {
	f, err := d.r.Open(".")
	if err != nil {
		return nil, Fault("list", ".", err)
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	return names, Fault("list", ".", err)
}

func (d *rootDir) Stat(name string) (Info, error) {
	if err := d.check("stat", name); err != nil {
		return Info{}, err
	}
	fi, err := d.r.Lstat(name)
	if err != nil {
		return Info{}, Fault("stat", name, err)
	}
	return d.t.info(fi), nil
}

func (d *rootDir) Self() (Info, error) {
	fi, err := d.r.Stat(".")
	if err != nil {
		return Info{}, Fault("stat", ".", err)
	}
	return d.t.info(fi), nil
}

func (d *rootDir) Readlink(name string) (string, error) {
	if err := d.check("readlink", name); err != nil {
		return "", err
	}
	target, err := d.r.Readlink(name)
	return target, Fault("readlink", name, err)
}

func (d *rootDir) OpenDir(name string) (Dir, error) {
	if err := d.check("open", name); err != nil {
		return nil, err
	}
	next, err := d.step(name)
	if err != nil {
		return nil, Fault("open", name, err)
	}
	return next, nil
}

func (d *rootDir) Read(name string) (File, error)  { return d.open("read", name, os.O_RDONLY) }
func (d *rootDir) Write(name string) (File, error) { return d.open("write", name, os.O_RDWR) }

func (d *rootDir) open(op, name string, flags int) (File, error) {
	if err := d.check(op, name); err != nil {
		return nil, err
	}
	seen, err := d.r.Lstat(name)
	if err == nil {
		err = Regular(infoOf(seen).Kind)
	}
	if err != nil {
		return nil, Fault(op, name, err)
	}
	f, err := d.r.OpenFile(name, flags, 0)
	if err != nil {
		return nil, Fault(op, name, err)
	}
	if held, err := f.Stat(); err != nil || !os.SameFile(seen, held) {
		f.Close()
		return nil, Fault(op, name, swapped(err))
	}
	return &rootFile{t: d.t, f: f, r: d.r, name: name, writes: flags != os.O_RDONLY}, nil
}

func (d *rootDir) Create(name string, mode uint32) (File, error) {
	if err := d.check("create", name); err != nil {
		return nil, err
	}
	f, err := d.r.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode(mode).Perm())
	if err != nil {
		return nil, Fault("create", name, badName(err))
	}
	return &rootFile{t: d.t, f: f, r: d.r, name: name, writes: true}, nil
}

func (d *rootDir) Mkdir(name string, mode uint32) error {
	if err := d.check("mkdir", name); err != nil {
		return err
	}
	return Fault("mkdir", name, badName(d.r.Mkdir(name, fileMode(mode).Perm())))
}

func (d *rootDir) Symlink(target, name string) error {
	if err := d.check("symlink", name); err != nil {
		return err
	}
	return Fault("symlink", name, badName(d.r.Symlink(target, name)))
}

func (d *rootDir) Remove(name string) error {
	if err := d.check("remove", name); err != nil {
		return err
	}
	fi, err := d.r.Lstat(name)
	if err == nil && fi.IsDir() {
		err = ErrIsDir
	}
	if err == nil {
		err = d.r.Remove(name)
	}
	return Fault("remove", name, err)
}

func (d *rootDir) Rmdir(name string) error {
	if err := d.check("rmdir", name); err != nil {
		return err
	}
	fi, err := d.r.Lstat(name)
	switch {
	case err != nil:
	case infoOf(fi).Kind == index.Link:
		err = ErrIsLink
	case !fi.IsDir():
		err = ErrNotDir
	default:
		err = d.r.Remove(name)
	}
	return Fault("rmdir", name, err)
}

func (d *rootDir) Chmod(name string, mode uint32) error {
	if err := d.check("chmod", name); err != nil {
		return err
	}
	fi, err := d.r.Lstat(name)
	if err == nil && infoOf(fi).Kind == index.Link {
		err = ErrIsLink
	}
	if err == nil {
		err = d.r.Chmod(name, fileMode(mode))
	}
	return Fault("chmod", name, err)
}

func (d *rootDir) Chown(name string, _ index.IDs) error {
	return Fault("chown", name, ErrUnsupported)
}

func (d *rootDir) Attrs(name string) (index.Attrs, error) {
	return "", Fault("attrs", name, ErrUnsupported)
}

func (d *rootDir) SetAttrs(name string, _ index.Attrs) error {
	return Fault("setattrs", name, ErrUnsupported)
}

// ChmodSelf sets the mode of the held directory. See Unlock.
func (d *rootDir) ChmodSelf(mode uint32) error {
	return Fault("chmod", ".", d.r.Chmod(".", fileMode(mode)))
}

func (d *rootDir) Chtime(name string, mtime int64) error {
	if err := d.check("chtime", name); err != nil {
		return err
	}
	fi, err := d.r.Lstat(name)
	if err == nil && infoOf(fi).Kind == index.Link {
		err = ErrUnsupported
	}
	if err == nil {
		err = d.r.Chtimes(name, time.Time{}, time.Unix(0, mtime+d.t.Traits().Shift))
	}
	return Fault("chtime", name, err)
}

// Clone is not offered by os.Root.
func (d *rootDir) Clone(_ File, name string, _ uint32) (File, error) {
	if err := d.check("clone", name); err != nil {
		return nil, err
	}
	return nil, Fault("clone", name, ErrUnsupported)
}

func (d *rootDir) Sync() error  { return Fault("sync", ".", syncDir(d.r)) }
func (d *rootDir) Close() error { return Fault("close", ".", d.r.Close()) }

// sameFile tells whether name is the file that a look elsewhere has shown.
func (d *rootDir) sameFile(name string, as fs.FileInfo) (bool, error) {
	seen, err := d.r.Lstat(name)
	return err == nil && os.SameFile(seen, as), err
}

// badName: a filesystem says "invalid" to a new name that it cannot hold.
func badName(err error) error {
	if err != nil && meaning(err) == fs.ErrInvalid {
		return ErrBadName
	}
	return err
}
