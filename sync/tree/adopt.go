package tree

import (
	"time"

	"latus/index"
)

// Adopt gives those of paths, in the private folder, that root has made since then to whom the
// root of the tree belongs. Who runs latus as root once must not lock the owner of a tree out
// of what is known of it. What was there before, what has other names or lies on another
// filesystem, and all of it where nothing tells when things were made, is left alone: others
// may have put it there. Nor does it matter if it cannot be done.
func Adopt(t Tree, paths []index.Path, since time.Time) {
	if a, ok := t.(interface{ Adopt([]index.Path, time.Time) }); ok {
		a.Adopt(paths, since)
	}
}
