//go:build (linux || darwin) && !osroot

package tree

import (
	"path/filepath"

	"latus/index"
)

// below opens the tree at rel below the root.
func (t *Disk) below(rel index.Path) (Tree, error) {
	if !ValidPath(rel) {
		return nil, Fault("open", string(rel), ErrBadName)
	}
	fd, err := t.openPath(string(rel))
	if err != nil {
		return nil, Fault("open", string(rel), err)
	}
	return diskAt(filepath.Join(t.where, filepath.FromSlash(string(rel))), fd)
}
