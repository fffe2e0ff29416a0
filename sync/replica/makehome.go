package replica

import (
	"cmp"
	"errors"
	"fmt"
	"os"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/tree"
)

// make creates the private folder, and the tree's own directory if need be.
func (r *Replica) make() error {
	switch err := r.site.Make(); {
	case err == nil:
		r.made.directory = true
		// The stand-in of a missing directory gives way to the real one.
		r.home.close(true)
		if r.home, err = r.openHome(); err != nil {
			return err
		}
	case !tree.IsExist(err):
		return r.refuse(peer.CannotUse(err), "cannot be made: %v", tree.Reason(err))
	}
	root, err := r.home.tree.Open("")
	if err != nil {
		return r.refuse(peer.CannotUse(err), "cannot be read: %v", tree.Reason(err))
	}
	defer root.Close()
	switch err := root.Mkdir(index.Private, 0o700); {
	case err == nil:
		r.made.private = true
	case !tree.IsExist(err):
		return r.refuse(peer.CannotUse(err), "%s cannot be made: %v", index.Private, tree.Reason(err))
	}
	if r.home.dir, err = root.OpenDir(index.Private); err != nil {
		return r.refuse(peer.CannotUse(err), "%s cannot be read: %v", index.Private, tree.Reason(err))
	}
	if err := r.lock(); err != nil {
		return err
	}
	if _, err := r.home.readConfig(); !errors.Is(err, os.ErrNotExist) {
		// It was none when this run began, and nobody locks what is none.
		r.made.private = false
		return r.refuse(peer.Busy, "another latus has made a tree of it since this run began")
	}
	if err := r.home.dir.Mkdir(staging, 0o700); err != nil && !tree.IsExist(err) {
		return r.cannotStage(err)
	}
	r.settleDown()
	*r.cfg.SeenFrom(r.distant()) = tree.Traits{}
	return r.probe()
}

func (r *Replica) cannotStage(err error) error {
	return fmt.Errorf("%s: %s/%s cannot be made: %w", r.o.Spec, index.Private, staging, err)
}

// distant tells whether the tree is reached over SFTP.
func (r *Replica) distant() bool {
	_, yes := r.site.(peer.DistantSite)
	return yes
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
	return cmp.Or(d.Sync(), d.Close(), root.Sync())
}

// gitIgnore keeps git out of the private folder: `git clean` would delete it, and who checks
// out an index that was committed goes back in its history.
const gitIgnore = ".gitignore"

func (h *home) keepFromGit() error {
	f, err := h.dir.Create(gitIgnore, 0o644)
	if err != nil {
		if tree.IsExist(err) {
			return nil
		}
		return err
	}
	_, err = f.Write([]byte("*\n"))
	return cmp.Or(err, f.Sync(), f.Close())
}
