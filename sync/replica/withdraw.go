package replica

import (
	"cmp"
	"context"
	"slices"

	"latus/index"
	"latus/sync/config"
	"latus/sync/tree"
)

// made is what a replica has made for itself in its run.
type made struct {
	directory bool // the tree's own
	private   bool
}

// Withdraw implements peer.Replica.
func (r *Replica) Withdraw(context.Context) error { return r.close(true) }

// unmakePrivate removes the private folder that was made in this run, and tells
// whether it is gone. One that was there before stays, and so does one in which
// there is more than this run can have put there up to now, or that takes part in
// the run's result.
func (r *Replica) unmakePrivate() bool {
	h := r.home
	if !r.made.private || r.joined || h.dir == nil || h.lock == nil {
		return false
	}
	own := []string{staging, index.FileName, gitIgnore, config.File, tree.LockName}
	names, err := h.dir.List()
	if err != nil || slices.ContainsFunc(names, func(name string) bool {
		return !slices.Contains(own, name) && !(r.distant() && name == tree.LeaseName)
	}) {
		return false
	}
	root, err := h.tree.Open("")
	if err != nil {
		return false
	}
	defer root.Close()
	if err := h.dir.Rmdir(staging); err != nil && !tree.IsNotExist(err) {
		return false // it is not empty
	}
	if h.lock.EndLease() != nil {
		return false
	}
	// The lock goes last, and while it is held: whoever comes meanwhile finds the tree
	// taken, and after that no folder, or makes a lock of his own, with which it stays.
	for _, name := range own[1:] {
		if name == config.File && h.dir.Sync() != nil {
			return false // an index without it, after a loss of power, would be a tree that lost it
		}
		if err := h.dir.Remove(name); err != nil && !tree.IsNotExist(err) {
			return false
		}
	}
	err = cmp.Or(h.lock.Unlock(), h.dir.Close())
	h.lock, h.dir = nil, nil
	if err != nil {
		return false
	}
	if t, ok := h.tree.(interface{ RemovePrivate() error }); ok {
		return t.RemovePrivate() == nil
	}
	return root.Rmdir(index.Private) == nil
}
