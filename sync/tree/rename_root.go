//go:build (!linux && !darwin) || osroot

package tree

import (
	"io/fs"
	"os"
	"strings"

	"latus/index"
)

func (d *rootDir) Rename(name string, to Dir, toName string) error {
	r, from, dest, err := d.pair("rename", name, to, toName)
	if err != nil {
		return err
	}
	if d.isPrivate() && linkInto(r, from, dest) {
		return nil
	}
	return Fault("rename", toName, renameInto(r, from, dest))
}

// isPrivate tells whether d belongs to latus: nobody else changes names there.
func (d *rootDir) isPrivate() bool {
	first, _, _ := strings.Cut(string(d.at), "/")
	return first == index.Private
}

// linkInto moves a file by a second name, which never replaces what somebody puts there
// meanwhile, and tells whether it did; if not, all is as it was. It is for files of latus
// only: of a user's the old name may be another file's by the time that it is removed.
// A kill in between leaves both names, and what is left in staging is swept. Nor is it for
// read-only files: older Windows takes that from all names of a file of which it removes one.
func linkInto(r *os.Root, from, dest string) bool {
	before, err := r.Lstat(from)
	if err != nil || !before.Mode().IsRegular() || before.Mode()&0o200 == 0 || r.Link(from, dest) != nil {
		return false
	}
	if r.Remove(from) == nil {
		return true
	}
	if now, err := r.Lstat(dest); err == nil && os.SameFile(before, now) {
		r.Remove(dest)
	}
	return false
}

// renameInto looks before it moves: os.Root has no other way for directories, nor where
// there are no hard links. What is put there in between is replaced.
func renameInto(r *os.Root, from, dest string) error {
	switch _, err := r.Lstat(dest); {
	case err == nil:
		return fs.ErrExist
	case !IsNotExist(err):
		return err
	}
	return r.Rename(from, dest)
}

func (d *rootDir) Replace(name string, to Dir, toName string) error {
	r, from, dest, err := d.pair("replace", name, to, toName)
	if err != nil {
		return err
	}
	fi, err := r.Lstat(from)
	switch {
	case err != nil:
	case fi.IsDir():
		err = renameInto(r, from, dest)
	default:
		if fi, err = r.Lstat(dest); err == nil && fi.IsDir() {
			err = ErrIsDir
		} else if err == nil || IsNotExist(err) {
			err = r.Rename(from, dest)
		}
	}
	return Fault("replace", toName, err)
}

func (d *rootDir) Exchange(name string, with Dir, withName string) error {
	if err := d.check("exchange", name, withName); err != nil {
		return err
	}
	return Fault("exchange", withName, ErrUnsupported)
}

func (d *rootDir) Hardlink(from Dir, fromName, name string) error {
	other, ok := from.(*rootDir)
	if !ok {
		return Fault("link", name, ErrCrossDevice)
	}
	r, old, dest, err := other.pair("link", fromName, d, name)
	if err != nil {
		return err
	}
	return Fault("link", name, badName(r.Link(old, dest)))
}

// pair returns a root that holds both directories, and the two names below it.
func (d *rootDir) pair(op, name string, to Dir, toName string) (*os.Root, string, string, error) {
	if err := d.check(op, name, toName); err != nil {
		return nil, "", "", err
	}
	other, ok := to.(*rootDir)
	switch {
	case !ok || other.t != d.t:
		return nil, "", "", Fault(op, toName, ErrCrossDevice)
	case other == d:
		return d.r, name, toName, nil
	}
	for _, held := range []*rootDir{d, other} {
		if err := held.stillThere(); err != nil {
			return nil, "", "", Fault(op, toName, err)
		}
	}
	return d.t.root, string(d.at.Join(name)), string(other.at.Join(toName)), nil
}

// stillThere checks that a held directory stands where it was found.
func (d *rootDir) stillThere() error {
	at := string(d.at)
	if at == "" {
		at = "."
	}
	seen, err := d.t.root.Lstat(at)
	if err != nil {
		return err
	}
	held, err := d.r.Stat(".")
	if err != nil {
		return err
	}
	if !os.SameFile(seen, held) {
		return fs.ErrNotExist
	}
	return nil
}
