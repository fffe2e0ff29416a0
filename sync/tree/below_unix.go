//go:build (linux || darwin) && !osroot

package tree

import (
	"path/filepath"

	"latus/index"
)

// OpenBelow opens the tree at rel below the directory base, without following
// a link on the way: whoever may write in base cannot lead it elsewhere. base
// itself may be, or lie behind, a link.
func OpenBelow(base string, rel index.Path) (Tree, error) {
	t, err := OpenDisk(base)
	if err != nil || rel == "" {
		return t, err
	}
	defer t.Close()
	at := t.(*Disk)
	if !validPath(rel) {
		return nil, fault("open", string(rel), ErrBadName)
	}
	fd, err := at.openPath(string(rel))
	if err != nil {
		return nil, fault("open", string(rel), err)
	}
	return diskAt(filepath.Join(at.where, filepath.FromSlash(string(rel))), fd)
}
