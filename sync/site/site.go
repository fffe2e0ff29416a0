// Package site is where a tree is, and what latus keeps there: a directory, and the private
// folder in it.
//
// Folder and Below are the peer.Sites of this machine. Home is a tree that was opened at any
// peer.Site, with what of its private folder is for the tree as a whole: the lock, config.json,
// the clock. It knows nothing of runs. What it refuses is a *peer.Refusal without the name
// of the tree, which is whatever the user has called it.
package site

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/tree"
)

var (
	errFile        = &peer.Refusal{Cause: peer.NotDirectory, Text: "is a file, not a directory"}
	errNoDirectory = &peer.Refusal{Cause: peer.NotDirectory, Text: "is not a directory"}
	errNoParent    = &peer.Refusal{Cause: peer.NoTree, Text: "no such directory, nor one to make it in"}
)

func unreadable(err error) error {
	return &peer.Refusal{Cause: peer.CannotUse(err), Text: "cannot be read: " + tree.Reason(err)}
}

// Folder is a directory of this machine.
type Folder struct{ Path string } // absolute

// Find is the directory that path names, absolute. What comes before a ".." is gone
// through as the system does, which may not be where the text of path leads.
func Find(path string) (Folder, error) {
	if runtime.GOOS == "windows" {
		abs, err := filepath.Abs(path)
		return Folder{abs}, err
	}
	if strings.HasPrefix(path+"/", "../") || !filepath.IsAbs(path) && strings.Contains(path+"/", "/../") {
		wd, err := os.Getwd()
		if err != nil {
			return Folder{}, err
		}
		path = wd + "/" + path // as PWD has it, maybe by a link: not to be shortened as text
	}
	if up := strings.LastIndex(path+"/", "/../"); up >= 0 {
		real, err := filepath.EvalSymlinks(path[:up+len("/..")])
		switch {
		case os.IsNotExist(err):
			return Folder{}, errNoParent
		case err != nil:
			return Folder{}, unreadable(err)
		}
		path = filepath.Join(real, path[up+len("/.."):])
	}
	abs, err := filepath.Abs(path)
	return Folder{abs}, err
}

// FindFile is Find for the path of a file.
func FindFile(path string) (string, error) {
	dir, name := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	f, err := Find(dir)
	return filepath.Join(f.Path, name), err
}

// Check implements peer.Site.
func (f Folder) Check() error {
	switch info, err := os.Stat(f.Path); {
	case err == nil && info.Mode().IsRegular():
		return errFile
	case err == nil && !info.IsDir():
		return errNoDirectory
	case err == nil:
		return nil
	case !os.IsNotExist(err):
		return unreadable(err)
	}
	if to, err := os.Readlink(f.Path); err == nil {
		return &peer.Refusal{
			Cause: peer.NotMounted, Text: fmt.Sprintf("is a link to %q, and nothing is there: mount it, or make that directory first", to),
		}
	}
	if up, err := os.Stat(filepath.Dir(f.Path)); err != nil || !up.IsDir() {
		return errNoParent
	}
	return nil
}

// Open implements peer.Site.
func (f Folder) Open() (tree.Tree, error) { return tree.OpenDisk(f.Path) }

// Above opens the directory in which Make makes this one.
func (f Folder) Above() (tree.Tree, error) { return tree.OpenDisk(filepath.Dir(f.Path)) }

// Make implements peer.Site.
func (f Folder) Make() error {
	err := os.Mkdir(f.Path, 0o777)
	if err == nil {
		// Best effort: not every system syncs directories.
		if up, err := os.Open(filepath.Dir(f.Path)); err == nil {
			_ = up.Sync()
			_ = up.Close()
		}
	}
	return err
}

// Unmake implements peer.Site.
func (f Folder) Unmake() error {
	up, err := f.Above()
	if err != nil {
		return err
	}
	return rmdir(up, filepath.Base(f.Path))
}

// Place implements peer.Site.
func (f Folder) Place(host string) peer.Place {
	p := peer.Place{Machine: machine(host), Host: host, Path: f.Path}
	if real, dev, ino, err := tree.Identity(f.Path); err == nil {
		p.Path, p.Device, p.Inode = real, dev, ino
	} else if up, err := filepath.EvalSymlinks(filepath.Dir(f.Path)); err == nil {
		p.Path = filepath.Join(up, filepath.Base(f.Path))
	}
	return p
}

// OnDisk tells whether s is a directory of this machine, by whatever name.
func OnDisk(s peer.Site) bool {
	switch s.(type) {
	case Folder, below:
		return true
	}
	return false
}

// Below is the place at rel below the directory base of this machine. No link
// leads to it or away from it, however the directories below base are changed
// meanwhile.
func Below(base string, rel index.Path) peer.Site { return below{base, rel} }

type below struct {
	base string // absolute
	rel  index.Path
}

func (b below) folder() Folder {
	return Folder{filepath.Join(b.base, filepath.FromSlash(string(b.rel)))}
}

func (b below) Check() error {
	t, err := b.Open()
	if err == nil {
		return t.Close()
	}
	if errors.Is(err, tree.ErrNotDir) {
		return errNoDirectory
	}
	if !tree.IsNotExist(err) {
		return unreadable(err)
	}
	if b.rel == "" {
		return errNoParent
	}
	up, err := b.Above()
	if err != nil {
		return errNoParent
	}
	return up.Close()
}

func (b below) Open() (tree.Tree, error) { return tree.OpenBelow(b.base, b.rel) }

// Above opens the directory that Make works in; that above the base is nobody's.
func (b below) Above() (tree.Tree, error) {
	if b.rel == "" {
		return nil, fs.ErrNotExist
	}
	return tree.OpenBelow(b.base, b.rel.Dir())
}

func (b below) Make() error {
	if b.rel == "" {
		return fs.ErrExist
	}
	up, err := b.Above()
	if err != nil {
		return err
	}
	defer up.Close()
	d, err := up.Open("")
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Mkdir(b.rel.Base(), 0o777); err != nil {
		return err
	}
	_ = d.Sync() // as above
	return nil
}

func (b below) Unmake() error {
	up, err := b.Above()
	if err != nil {
		return err
	}
	return rmdir(up, b.rel.Base())
}

// rmdir removes an empty directory of a tree, which it closes.
func rmdir(t tree.Tree, name string) error {
	defer t.Close()
	d, err := t.Open("")
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Rmdir(name)
}

func (b below) Place(host string) peer.Place { return b.folder().Place(host) }

// Given is a tree that is open already and stays so.
type Given struct{ tree.Tree }

// Check, Open, Make and Unmake implement peer.Site: there is nothing to be done.
func (g Given) Check() error             { return nil }
func (g Given) Open() (tree.Tree, error) { return g.Tree, nil }
func (g Given) Make() error              { return fs.ErrExist }
func (g Given) Unmake() error            { return nil }

// Place implements peer.Site.
func (g Given) Place(host string) peer.Place {
	return peer.Place{Machine: machine(host), Host: host, Path: g.Where()}
}
