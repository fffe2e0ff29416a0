package sftp

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"latus/index"
	"latus/sync/tree"
)

// ends looks at both ends of a renaming, in one round trip.
func (d *sftpDir) ends(op, name string, to tree.Dir, toName string) (dest string, from, there tree.Info, err error) {
	if err = d.change(op, name, toName); err != nil {
		return
	}
	other, ok := to.(*sftpDir)
	if !ok || other.t != d.t {
		err = fault(op, toName, tree.ErrCrossDevice)
		return
	}
	dest = other.at(toName)
	var errs [2]error
	each(2, func(i int) {
		if i == 0 {
			from, errs[0] = d.t.lstat(d.at(name))
		} else {
			there, errs[1] = d.t.lstat(dest)
		}
	})
	switch {
	case errs[0] != nil:
		err = fault(op, name, errs[0])
	case errs[1] != nil && !tree.IsNotExist(errs[1]):
		err = fault(op, toName, tooLong(toName, errs[1]))
	}
	return
}

func (d *sftpDir) Rename(name string, to tree.Dir, toName string) error {
	dest, _, there, err := d.ends("rename", name, to, toName)
	if err != nil {
		return err
	}
	if there.Kind != index.Absent {
		return fault("rename", toName, fs.ErrExist)
	}
	return d.rename(name, dest, toName)
}

func (d *sftpDir) rename(name, dest, toName string) error {
	err := d.t.client.Rename(d.at(name), dest)
	if err == nil {
		return nil
	}
	err = d.t.meaning(err)
	if err == errFailure {
		if _, look := d.t.client.Lstat(dest); look == nil {
			err = fs.ErrExist
		}
	}
	return fault("rename", toName, tooLong(toName, err))
}

func (d *sftpDir) Replace(name string, to tree.Dir, toName string) error {
	dest, from, there, err := d.ends("replace", name, to, toName)
	switch {
	case err != nil:
		return err
	case from.Kind == index.Dir && there.Kind != index.Absent:
		return fault("replace", toName, fs.ErrExist)
	case there.Kind == index.Dir:
		return fault("replace", toName, tree.ErrIsDir)
	case there.Kind == index.Absent:
		return d.rename(name, dest, toName)
	case d.t.has(extRename):
		return fault("replace", toName, d.t.meaning(d.t.client.PosixRename(d.at(name), dest)))
	}
	return d.replaceInSteps(name, dest, toName)
}

// replaced is the end of a name that was put aside to be replaced, where that
// cannot be done in one step. A run that is killed between the steps leaves
// nothing under the name itself: until recoverReplaced gives it back, Read finds
// the file by this one.
const replaced = ".replaced"

// inSteps tells whether d is a place where files are replaced, and in steps: only
// latus' own are.
func (d *sftpDir) inSteps() bool { return !d.t.has(extRename) && d.own() }

func (d *sftpDir) replaceInSteps(name, dest, toName string) error {
	aside := dest + replaced
	_ = d.t.client.Remove(aside)
	if err := d.t.client.Rename(dest, aside); err != nil {
		return fault("replace", toName, d.t.meaning(err))
	}
	if err := d.rename(name, dest, toName); err != nil {
		return errors.Join(err, d.t.meaning(d.t.client.Rename(aside, dest)))
	}
	return fault("replace", toName, d.t.meaning(d.t.client.Remove(aside)))
}

// putAside lists what a killed run left aside in d: the names that are missing.
func (d *sftpDir) putAside() (missing []string, err error) {
	names, err := d.List()
	if tree.IsNotExist(err) {
		return nil, nil
	}
	for _, name := range names {
		if name, is := strings.CutSuffix(name, replaced); is && !slices.Contains(names, name) {
			missing = append(missing, name)
		}
	}
	return missing, err
}

// recoverReplaced gives the files that a killed run left aside their names back.
// The tree is locked.
func (t *sftpTree) recoverReplaced() error {
	for _, at := range []string{"", "trash"} {
		d := &sftpDir{t: t, path: t.lease.private(at)}
		if !d.inSteps() {
			return nil
		}
		missing, err := d.putAside()
		if err != nil {
			return err
		}
		for _, name := range missing {
			if err := d.Rename(name+replaced, d, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// Exchange does not exist.
func (d *sftpDir) Exchange(name string, with tree.Dir, withName string) error {
	if err := d.check("exchange", name, withName); err != nil {
		return err
	}
	return fault("exchange", withName, tree.ErrUnsupported)
}
