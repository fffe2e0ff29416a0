package replica

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

const (
	statusFile = "status.txt"
	staging    = "staging"
)

// home is a tree with its private folder open.
type home struct {
	tree tree.Tree
	dir  tree.Dir // .latus; nil while there is none
	lock *tree.Held

	missing bool // the directory itself is not there yet; tree stands in for it

	can    tree.Traits  // what setTraits was told
	looks  bool         // owners are looked at
	owners *tree.Owners // then: who may own what; nil: nobody owns anything here
}

// openHome opens the tree that is there. What it lacks (its directory, its .latus)
// stays missing.
func (r *Replica) openHome() (*home, error) {
	t, err := r.site.Open()
	missing := tree.IsNotExist(err)
	switch {
	case missing:
		// To a run that is dry, or has not begun, a directory that is not
		// there is an empty one.
		t = memory.New(memory.WithTraits(r.expectAbove()))
	case errors.Is(err, tree.ErrNotDir):
		return nil, r.refuse(errNoDirectory.Cause, "%s", errNoDirectory.Text)
	case err != nil:
		return nil, r.refuse(peer.CannotUse(err), "cannot be read: %v", tree.Reason(err))
	}
	h := &home{tree: t, missing: missing, looks: r.hello.Owner}
	d, err := t.Open(index.Private)
	switch {
	case err == nil:
		h.dir = d
		if why := h.elsewhere(); why != "" {
			h.close(r.o.Tree == nil)
			return nil, r.refuse(peer.NotDirectory, "%s", why)
		}
	case errors.Is(err, tree.ErrIsLink), errors.Is(err, tree.ErrNotDir):
		h.close(r.o.Tree == nil)
		return nil, r.refuse(peer.NotDirectory, "%s is %v; it must be an ordinary folder of the tree", index.Private, tree.Reason(err))
	case !tree.IsNotExist(err):
		h.close(r.o.Tree == nil)
		return nil, r.refuse(peer.CannotUse(err), "%s cannot be read: %v", index.Private, tree.Reason(err))
	}
	return h, nil
}

// elsewhere says what of the private folder does not lie on the filesystem of the
// tree, or may not: versions are renamed in and out of it, never copied. "" if all
// does.
func (h *home) elsewhere() string {
	root, err := h.tree.Open("")
	if err != nil {
		return ""
	}
	defer root.Close()
	names := []string{staging, "trash"}
	looks := make([]tree.Info, 2+len(names)) // at the root, the private folder, and these in it
	errs := make([]error, len(looks))
	asks := []func(){
		func() { looks[0], errs[0] = root.Self() },
		func() { looks[1], errs[1] = h.dir.Self() },
	}
	for i, name := range names {
		asks = append(asks, func() { looks[2+i], errs[2+i] = h.dir.Stat(name) })
	}
	tree.Together(h.tree, asks...)
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

func (r *Replica) lock() error {
	l, err := tree.Lock(r.home.tree, !r.hello.Dry)
	switch {
	case errors.Is(err, tree.ErrBusy):
		return &peer.Refusal{
			Cause: peer.Busy, Tree: r.o.Spec, Text: fmt.Sprintf("another latus is at work here: %v", err), Place: r.site.Place(r.o.Host),
		}
	case err != nil:
		return r.refuse(peer.CannotUse(err), "cannot be locked: %v", tree.Reason(err))
	}
	r.home.lock = l
	return nil
}

// setTraits tells the tree what its filesystem can do.
func (h *home) setTraits(t tree.Traits) {
	if t.Clock == 0 {
		return // it was only ever seen the other way, over SFTP or from near
	}
	s, ok := h.tree.(interface{ SetTraits(tree.Traits) })
	if !ok {
		return
	}
	h.can, t.Owners = t, false
	s.SetTraits(t)
	if h.looks {
		h.owners = tree.OwnersOf(h.tree) // which depends on the traits
	}
	t.Owners = h.owners != nil
	if !t.Owners || !h.owners.Users() {
		t.ModeBits &^= tree.Lent // the owner does not come along
	}
	s.SetTraits(t)
}

// looksAtAttrs tells whether this run looks at extended attributes, and there can be any.
func (r *Replica) looksAtAttrs() bool {
	if r.hello.Xattrs && r.attrsOf != r.home {
		r.attrsOf, r.keepsAttrs = r.home, tree.KeepsAttrs(r.home.tree)
	}
	return r.hello.Xattrs && r.keepsAttrs
}

// lookAtOwners has owners looked at from now on.
func (h *home) lookAtOwners() {
	h.looks = true
	h.setTraits(h.can)
}

// settle makes durable what is written in the private folder without waiting for
// the disk: after it a device may be pulled.
func (h *home) settle() error {
	err := h.lock.EndLease()
	serr := h.tree.Sync()
	if !errors.Is(serr, tree.ErrUnsupported) {
		return cmp.Or(err, serr)
	}
	names := []string{mergelog.FileName, index.FileName, statusFile, tree.LockName}
	errs := make([]error, len(names))
	asks := make([]func(), len(names))
	for i, name := range names {
		asks[i] = func() {
			f, err := h.dir.Write(name)
			if errs[i] = err; err == nil {
				errs[i] = cmp.Or(f.Sync(), f.Close())
			} else if tree.IsNotExist(err) {
				errs[i] = nil
			}
		}
	}
	tree.Together(h.tree, asks...)
	root, oerr := h.tree.Open("")
	if oerr == nil {
		oerr = cmp.Or(root.Sync(), root.Close())
	}
	return errors.Join(append(errs, err, h.dir.Sync(), oerr)...)
}

func (h *home) close(withTree bool) error {
	var err error
	if h.dir != nil {
		err = h.dir.Close()
	}
	if h.lock != nil {
		err = cmp.Or(err, h.lock.Unlock())
	}
	if withTree {
		err = cmp.Or(err, h.tree.Close())
	}
	return err
}

// write replaces a file of the private folder as a whole; one that has this
// content already is left alone.
func (h *home) write(name string, content []byte, durable bool) error {
	if f, err := h.dir.Read(name); err == nil {
		old, err := io.ReadAll(io.LimitReader(f, int64(len(content))+1))
		f.Close()
		if err == nil && bytes.Equal(old, content) {
			return nil
		}
	}
	part := name + ".new"
	f, err := h.dir.Create(part, 0o600)
	if tree.IsExist(err) { // a killed run has left it
		if err = h.dir.Remove(part); err == nil {
			f, err = h.dir.Create(part, 0o600)
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
	if err := h.dir.Replace(part, h.dir, name); err != nil || !durable {
		return err
	}
	return h.dir.Sync()
}

// adopt gives what root has made in the private folder since, by the clock, to whom the tree
// belongs. It is a courtesy: where it cannot be done nothing else fails for that.
func (h *home) adopt(since time.Time) {
	paths := []index.Path{index.Private}
	for _, name := range []string{config.File, gitIgnore, index.FileName, mergelog.FileName, statusFile, clockFile, tree.LockName, staging} {
		paths = append(paths, index.Path(index.Private).Join(name))
	}
	tree.Adopt(h.tree, append(paths, trash.Places(h.tree)...), since)
}
