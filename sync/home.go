package sync

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/tree"
)

const (
	configFile = "config.json"
	statusFile = "status.txt"
	staging    = "staging"
)

// home is a tree with its private folder open.
type home struct {
	tree tree.Tree
	dir  tree.Dir // .latus; nil while there is none
	lock *tree.Held

	missing bool // the directory itself is not there yet; tree stands in for it
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
		t = tree.NewMemory()
	case err != nil:
		return nil, r.refuse(peer.NoTree, "cannot be read: %v", reason(err))
	}
	h := &home{tree: t, missing: missing}
	d, err := t.Open(index.Private)
	switch {
	case err == nil:
		h.dir = d
		if why := h.elsewhere(); why != "" {
			h.close(r.o.Tree == nil)
			return nil, r.refuse(peer.NoTree, "%s", why)
		}
	case !tree.IsNotExist(err):
		h.close(r.o.Tree == nil)
		return nil, r.refuse(peer.NoTree, "%s cannot be read: %v", index.Private, reason(err))
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
	at, err := root.Self()
	if err != nil {
		return ""
	}
	private, err := h.dir.Self()
	if err == nil && private.Device != at.Device {
		return index.Private + " is on another filesystem than the tree; it must be an ordinary folder in it"
	}
	for _, name := range []string{staging, "trash"} {
		info, err := h.dir.Stat(name)
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

// make creates the private folder, and the tree's own directory if need be.
func (r *Replica) make() error {
	switch err := r.site.Make(); {
	case err == nil:
		// The stand-in of a missing directory gives way to the real one.
		r.home.close(true)
		if r.home, err = r.openHome(); err != nil {
			return err
		}
	case !tree.IsExist(err):
		return r.refuse(peer.NoTree, "cannot be made: %v", reason(err))
	}
	root, err := r.home.tree.Open("")
	if err != nil {
		return r.refuse(peer.NoTree, "cannot be read: %v", reason(err))
	}
	defer root.Close()
	if err := root.Mkdir(index.Private, 0o700); err != nil && !tree.IsExist(err) {
		return r.refuse(peer.NoTree, "%s cannot be made: %v", index.Private, reason(err))
	}
	if r.home.dir, err = root.OpenDir(index.Private); err != nil {
		return r.refuse(peer.NoTree, "%s cannot be read: %v", index.Private, reason(err))
	}
	if err := r.lock(); err != nil {
		return err
	}
	if err := r.home.dir.Mkdir(staging, 0o700); err != nil && !tree.IsExist(err) {
		return err
	}
	r.settleDown()
	*r.cfg.traits(r.distant()) = tree.Traits{}
	return r.probe()
}

// distant tells whether the tree is reached over SFTP.
func (r *Replica) distant() bool {
	_, yes := r.site.(peer.DistantSite)
	return yes
}

// probe finds out what the filesystem can do, unless that is known, or the run is
// dry.
func (r *Replica) probe() error {
	known := r.cfg.traits(r.distant())
	found := known.Clock == 0
	if found {
		if r.hello.Dry {
			return nil
		}
		if err := r.home.dir.Mkdir(staging, 0o700); err != nil && !tree.IsExist(err) {
			return err
		}
		traits, err := tree.Probe(r.home.tree)
		if err != nil {
			return fmt.Errorf("%s: cannot find out what the filesystem can do: %w", r.o.Spec, err)
		}
		*known = traits
	}
	var err error
	if *known, err = r.home.readClock(*known, !r.hello.Dry); err != nil {
		return r.refuse(peer.NoTree, "its clock cannot be read: %v", reason(err))
	}
	r.home.setTraits(*known)
	if !found {
		return nil
	}
	if err := r.home.syncMade(); err != nil {
		return fmt.Errorf("%s: cannot make %s durable: %w", r.o.Spec, index.Private, err)
	}
	return r.home.writeConfig(&r.cfg)
}

// syncMade makes the private folder durable before there is a config.json in it:
// without its name in root all that is put into the trash could be lost.
func (h *home) syncMade() error {
	root, err := h.tree.Open("")
	if err != nil {
		return err
	}
	defer root.Close()
	d, err := h.dir.OpenDir(staging)
	if err != nil {
		return err
	}
	return first(d.Sync(), d.Close(), root.Sync())
}

func (r *Replica) lock() error {
	l, err := tree.Lock(r.home.tree, !r.hello.Dry)
	switch {
	case errors.Is(err, tree.ErrBusy):
		return &peer.Refusal{
			Cause: peer.Busy, Tree: r.o.Spec, Text: fmt.Sprintf("another latus is at work here: %v", err), Place: r.site.Place(r.o.Host),
		}
	case err != nil:
		return r.refuse(peer.NoTree, "cannot be locked: %v", reason(err))
	}
	r.home.lock = l
	return nil
}

// setTraits tells the tree what its filesystem can do.
func (h *home) setTraits(t tree.Traits) {
	if t.Clock == 0 {
		return // it was only ever seen the other way, over SFTP or from near
	}
	if s, ok := h.tree.(interface{ SetTraits(tree.Traits) }); ok {
		s.SetTraits(t)
	}
}

func (h *home) store() index.Store {
	if h.dir == nil {
		return nothing{}
	}
	return tree.Store(h.dir)
}

// settle makes durable what is written in the private folder without waiting for
// the disk: after it a device may be pulled.
func (h *home) settle() error {
	err := h.lock.EndLease()
	serr := h.tree.Sync()
	if !errors.Is(serr, tree.ErrUnsupported) {
		return first(err, serr)
	}
	for _, name := range []string{index.LogName, index.FileName, statusFile, tree.LockName} {
		f, oerr := h.dir.Write(name)
		if tree.IsNotExist(oerr) {
			continue
		}
		if err = first(err, oerr); oerr == nil {
			err = first(err, f.Sync(), f.Close())
		}
	}
	root, oerr := h.tree.Open("")
	if oerr == nil {
		oerr = first(root.Sync(), root.Close())
	}
	return first(err, h.dir.Sync(), oerr)
}

func (h *home) close(withTree bool) error {
	var err error
	if h.dir != nil {
		err = h.dir.Close()
	}
	if h.lock != nil {
		err = first(err, h.lock.Unlock())
	}
	if withTree {
		err = first(err, h.tree.Close())
	}
	return err
}

// readConfig reads config.json; a tree without one is fresh: os.ErrNotExist.
func (h *home) readConfig() (Config, error) {
	var c Config
	if h.dir == nil {
		return c, os.ErrNotExist
	}
	f, err := h.dir.Read(configFile)
	if err != nil {
		return c, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 16<<20))
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, fmt.Errorf("%s is damaged: %w", configFile, err)
	}
	if c.Format > 1 {
		return c, fmt.Errorf("%s was written by a newer latus (format %d)", configFile, c.Format)
	}
	if c.peer() == 0 {
		return c, fmt.Errorf("%s has no peer id", configFile)
	}
	return c, nil
}

func (h *home) writeConfig(c *Config) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return h.write(configFile, append(b, '\n'), true)
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
	if err := h.dir.Remove(part); err != nil && !tree.IsNotExist(err) {
		return err
	}
	f, err := h.dir.Create(part, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil && durable {
		err = f.Sync()
	}
	if err = first(err, f.Close()); err != nil {
		return err
	}
	if err := h.dir.Replace(part, h.dir, name); err != nil || !durable {
		return err
	}
	return h.dir.Sync()
}

// machine tells hosts apart even where they share a name.
func machine(host string) string {
	for _, name := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		if b, err := os.ReadFile(name); err == nil && len(bytes.TrimSpace(b)) > 0 {
			return host + "/" + string(bytes.TrimSpace(b))
		}
	}
	return host
}

// reason is what went wrong, without the operation and the path that a
// message already names.
func reason(err error) error {
	for {
		switch next := errors.Unwrap(err); {
		case next == nil:
			return err
		default:
			err = next
		}
	}
}

func (c *Config) peer() index.PeerID {
	id, _ := index.ParseID(c.Peer)
	return index.PeerID(id)
}

func (c *Config) group() index.GroupID {
	id, _ := index.ParseID(c.Group)
	return index.GroupID(id)
}

// treeName names a tree for people: host and directory.
func treeName(host, path string) string {
	host, _, _ = strings.Cut(host, ".")
	return host + ":" + filepath.Base(path)
}

// nothing is the store of a tree that has no private folder: there is nothing
// in it, and nothing can be put there.
type nothing struct{}

var errNoHome = errors.New("the tree has no " + index.Private)

func (nothing) Open(string) (io.ReadCloser, error)     { return nil, os.ErrNotExist }
func (nothing) Append(string) (index.StoreFile, error) { return nil, errNoHome }
func (nothing) Create(string) (index.StoreFile, error) { return nil, errNoHome }
func (nothing) Rename(string, string) error            { return errNoHome }
func (nothing) Remove(string) error                    { return errNoHome }
func (nothing) SyncDir() error                         { return errNoHome }
