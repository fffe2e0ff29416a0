package tree

import "latus/index"

// Adopt gives those of paths, in the private folder, that belong to root to whom the root of
// the tree belongs. Who runs latus as root once must not lock the owner of a tree out of what
// is known of it. Where nobody owns anything, or this process is not root, it does nothing.
func Adopt(t Tree, paths []index.Path) error {
	if a, ok := t.(interface{ Adopt([]index.Path) error }); ok {
		return a.Adopt(paths)
	}
	return nil
}
