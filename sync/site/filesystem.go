package site

import (
	"fmt"

	"latus/sync/peer"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// Filesystem names the filesystem under the tree and the way it is mounted; "": nobody can tell.
// What a program like ntfs-3g was told the mount table does not show, so the name has the mode
// in which the lock appears, which was made with 0600.
func (h *Home) Filesystem() string {
	on := tree.Filesystem(h.Tree)
	if on == "" || h.Dir == nil {
		return on
	}
	info, err := h.Dir.Stat(tree.LockName)
	if err != nil {
		return "" // an error is no other filesystem
	}
	return fmt.Sprintf("%s %o", on, info.Mode&0o777)
}

// expectAbove is what can be told of the filesystem on which the tree's directory is yet to be
// made: that of the directory above it.
func expectAbove(at peer.Site) tree.Traits {
	if in, ok := at.(interface{ Above() (tree.Tree, error) }); ok {
		if above, err := in.Above(); err == nil {
			defer above.Close()
			if can := tree.Expect(above); can.Clock > 0 { // else this system tells nothing
				return can
			}
		}
	}
	return memory.Capable()
}
