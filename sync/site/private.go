package site

import (
	"cmp"
	"slices"

	"latus/index"
	"latus/sync/config"
	"latus/sync/peer"
	"latus/sync/tree"
)

// MakePrivate opens the private folder, which is made if there is none, and tells whether it
// was.
func (h *Home) MakePrivate() (made bool, err error) {
	root, err := h.Tree.Open("")
	if err != nil {
		return false, unreadable(err)
	}
	defer root.Close()
	switch err := root.Mkdir(index.Private, 0o700); {
	case err == nil:
		made = true
	case !tree.IsExist(err):
		return false, refusal(peer.CannotUse(err), "%s cannot be made: %v", index.Private, tree.Reason(err))
	}
	if h.Dir, err = root.OpenDir(index.Private); err != nil {
		return made, refusal(peer.CannotUse(err), "%s cannot be read: %v", index.Private, tree.Reason(err))
	}
	return made, nil
}

// MakeStaging makes the folder for content on its way, if there is none.
func (h *Home) MakeStaging() error {
	if err := h.Dir.Mkdir(tree.Staging, 0o700); err != nil && !tree.IsExist(err) {
		return err
	}
	return nil
}

// SyncMade makes the private folder durable before there is a config.json in it:
// without its name in root all that is put into the trash could be lost.
func (h *Home) SyncMade() error {
	root, err := h.Tree.Open("")
	if err != nil {
		return err
	}
	defer root.Close()
	d, err := h.Dir.OpenDir(tree.Staging)
	if err != nil {
		return err
	}
	return cmp.Or(d.Sync(), d.Close(), root.Sync())
}

// gitIgnore keeps git out of the private folder: `git clean` would delete it, and who checks
// out an index that was committed goes back in its history.
const gitIgnore = ".gitignore"

// KeepFromGit makes that file, unless there is one.
func (h *Home) KeepFromGit() error {
	f, err := h.Dir.Create(gitIgnore, 0o644)
	if err != nil {
		if tree.IsExist(err) {
			return nil
		}
		return err
	}
	_, err = f.Write([]byte("*\n"))
	return cmp.Or(err, f.Sync(), f.Close())
}

// UnmakePrivate removes the private folder, which was made in this run, and tells
// whether it is gone. One stays in which there is more than this run can have put
// there up to now.
func (h *Home) UnmakePrivate() bool {
	if h.Dir == nil || h.lock == nil {
		return false
	}
	own := []string{tree.Staging, index.FileName, gitIgnore, config.File, tree.LockName}
	names, err := h.Dir.List()
	if err != nil || slices.ContainsFunc(names, func(name string) bool {
		return !slices.Contains(own, name) && !(h.distant && name == tree.LeaseName)
	}) {
		return false
	}
	root, err := h.Tree.Open("")
	if err != nil {
		return false
	}
	defer root.Close()
	if err := h.Dir.Rmdir(tree.Staging); err != nil && !tree.IsNotExist(err) {
		return false // it is not empty
	}
	if h.lock.EndLease() != nil {
		return false
	}
	// The lock goes last, and while it is held: whoever comes meanwhile finds the tree
	// taken, and after that no folder, or makes a lock of his own, with which it stays.
	for _, name := range own[1:] {
		if name == config.File && h.Dir.Sync() != nil {
			return false // an index without it, after a loss of power, would be a tree that lost it
		}
		if err := h.Dir.Remove(name); err != nil && !tree.IsNotExist(err) {
			return false
		}
	}
	err = cmp.Or(h.lock.Unlock(), h.Dir.Close())
	h.lock, h.Dir = nil, nil
	if err != nil {
		return false
	}
	if t, ok := h.Tree.(interface{ RemovePrivate() error }); ok {
		return t.RemovePrivate() == nil
	}
	return root.Rmdir(index.Private) == nil
}
