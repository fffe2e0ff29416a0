package site

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/config"
	"latus/sync/peer"
	"latus/sync/trash"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// StatusFile is where people find how the tree stands, in the private folder.
const StatusFile = "status.txt"

// Home is a tree with its private folder open.
type Home struct {
	Tree tree.Tree
	Dir  tree.Dir // .latus; nil while there is none

	Missing bool // the directory itself is not there yet; Tree stands in for it

	Can    tree.Traits  // what SetTraits was told
	Owners *tree.Owners // if they are looked at: who may own what; nil: nobody owns anything here

	lock  *tree.Held
	looks bool // at owners

	distant bool // over SFTP
	given   bool // the tree is closed by whom it is from
}

// Open opens the tree that is at a site; with owners, these are looked at. What it lacks
// (its directory, its .latus) stays missing.
func Open(at peer.Site, owners bool) (*Home, error) {
	t, err := at.Open()
	missing := tree.IsNotExist(err)
	switch {
	case missing:
		// To a run that is dry, or has not begun, a directory that is not
		// there is an empty one.
		t = memory.New(memory.WithTraits(expectAbove(at)))
	case errors.Is(err, tree.ErrNotDir):
		return nil, errNoDirectory
	case err != nil:
		return nil, unreadable(err)
	}
	h := &Home{Tree: t, Missing: missing, looks: owners}
	_, h.distant = at.(peer.DistantSite)
	_, h.given = at.(Given)
	d, err := t.Open(index.Private)
	switch {
	case err == nil:
		h.Dir = d
		if why := h.elsewhere(); why != "" {
			h.Close()
			return nil, &peer.Refusal{Cause: peer.NotDirectory, Text: why}
		}
	case errors.Is(err, tree.ErrIsLink), errors.Is(err, tree.ErrNotDir):
		h.Close()
		return nil, refusal(peer.NotDirectory, "%s is %v; it must be an ordinary folder of the tree", index.Private, tree.Reason(err))
	case !tree.IsNotExist(err):
		h.Close()
		return nil, refusal(peer.CannotUse(err), "%s cannot be read: %v", index.Private, tree.Reason(err))
	}
	return h, nil
}

func refusal(c peer.Cause, format string, args ...any) error {
	return &peer.Refusal{Cause: c, Text: fmt.Sprintf(format, args...)}
}

// elsewhere says what of the private folder does not lie on the filesystem of the
// tree, or may not: versions are renamed in and out of it, never copied. "" if all
// does.
func (h *Home) elsewhere() string {
	root, err := h.Tree.Open("")
	if err != nil {
		return ""
	}
	defer root.Close()
	names := []string{tree.Staging, "trash"}
	looks := make([]tree.Info, 2+len(names)) // at the root, the private folder, and these in it
	errs := make([]error, len(looks))
	asks := []func(){
		func() { looks[0], errs[0] = root.Self() },
		func() { looks[1], errs[1] = h.Dir.Self() },
	}
	for i, name := range names {
		asks = append(asks, func() { looks[2+i], errs[2+i] = h.Dir.Stat(name) })
	}
	tree.Together(h.Tree, asks...)
	at := looks[0]
	if errs[0] != nil {
		return ""
	}
	if errs[1] == nil && looks[1].Device != at.Device {
		return index.Private + " is on another filesystem than the tree; it must be an ordinary folder in it"
	}
	for i, name := range names {
		info, err := looks[2+i], errs[2+i]
		switch {
		case err != nil:
		case info.Kind != index.Dir:
			return index.Private + "/" + name + " is no directory; it must be an ordinary folder of the tree"
		case info.Device != at.Device:
			return index.Private + "/" + name + " is on another filesystem than the tree; it must be an ordinary folder in it"
		}
	}
	return ""
}

// Lock keeps everybody else from the tree; with write, the lock's file is made if need be.
func (h *Home) Lock(write bool) (err error) {
	h.lock, err = tree.Lock(h.Tree, write)
	return err
}

// Lease tells those who cannot see the kernel's lock who is writing the tree.
func (h *Home) Lease(who string) error { return h.lock.Lease(who) }

// SetTraits tells the tree what its filesystem can do.
func (h *Home) SetTraits(t tree.Traits) {
	if t.Clock == 0 {
		return // it was only ever seen the other way, over SFTP or from near
	}
	s, ok := h.Tree.(interface{ SetTraits(tree.Traits) })
	if !ok {
		return
	}
	h.Can, t.Owners = t, false
	s.SetTraits(t)
	if h.looks {
		h.Owners = tree.OwnersOf(h.Tree) // which depends on the traits
	}
	t.Owners = h.Owners != nil
	if !t.Owners || !h.Owners.Users() {
		t.ModeBits &^= tree.Lent // the owner does not come along
	}
	s.SetTraits(t)
}

// LookAtOwners has owners looked at from now on.
func (h *Home) LookAtOwners() {
	if h.looks {
		return
	}
	h.looks = true
	h.SetTraits(h.Can)
}

// Sync ends the lease, and makes durable what is written in the private folder without waiting for
// the disk: after it a device may be pulled.
func (h *Home) Sync() error {
	err := h.lock.EndLease()
	serr := h.Tree.Sync()
	if !errors.Is(serr, tree.ErrUnsupported) {
		return cmp.Or(err, serr)
	}
	names := []string{mergelog.FileName, index.FileName, StatusFile, tree.LockName}
	errs := make([]error, len(names))
	asks := make([]func(), len(names))
	for i, name := range names {
		asks[i] = func() {
			f, err := h.Dir.Write(name)
			if errs[i] = err; err == nil {
				errs[i] = cmp.Or(f.Sync(), f.Close())
			} else if tree.IsNotExist(err) {
				errs[i] = nil
			}
		}
	}
	tree.Together(h.Tree, asks...)
	root, oerr := h.Tree.Open("")
	if oerr == nil {
		oerr = cmp.Or(root.Sync(), root.Close())
	}
	return errors.Join(append(errs, err, h.Dir.Sync(), oerr)...)
}

// Close unlocks the tree, and lets go of it.
func (h *Home) Close() error {
	var err error
	if h.Dir != nil {
		err = h.Dir.Close()
	}
	if h.lock != nil {
		err = cmp.Or(err, h.lock.Unlock())
	}
	if !h.given {
		err = cmp.Or(err, h.Tree.Close())
	}
	return err
}

// Write replaces a file of the private folder as a whole; one that has this
// content already is left alone.
func (h *Home) Write(name string, content []byte, durable bool) error {
	if f, err := h.Dir.Read(name); err == nil {
		old, err := io.ReadAll(io.LimitReader(f, int64(len(content))+1))
		f.Close()
		if err == nil && bytes.Equal(old, content) {
			return nil
		}
	}
	part := name + ".new"
	f, err := h.Dir.Create(part, 0o600)
	if tree.IsExist(err) { // a killed run has left it
		if err = h.Dir.Remove(part); err == nil {
			f, err = h.Dir.Create(part, 0o600)
		}
	}
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil && durable {
		err = f.Sync()
	}
	if err = cmp.Or(err, f.Close()); err != nil {
		return err
	}
	if err := h.Dir.Replace(part, h.Dir, name); err != nil || !durable {
		return err
	}
	return h.Dir.Sync()
}

// Adopt gives what root has made in the private folder since, by the clock, to whom the tree
// belongs. It is a courtesy: where it cannot be done nothing else fails for that.
func (h *Home) Adopt(since time.Time) {
	paths := []index.Path{index.Private}
	for _, name := range []string{config.File, gitIgnore, index.FileName, mergelog.FileName, StatusFile, clockFile, tree.LockName, tree.Staging} {
		paths = append(paths, index.Path(index.Private).Join(name))
	}
	tree.Adopt(h.Tree, append(paths, trash.Places(h.Tree)...), since)
}
