package tree

import "latus/index"

// OpenBelow opens the tree at rel below the directory base, without following
// a link on the way: whoever may write in base cannot lead it elsewhere. base
// itself may be, or lie behind, a link.
func OpenBelow(base string, rel index.Path) (Tree, error) {
	t, err := OpenDisk(base)
	if err != nil || rel == "" {
		return t, err
	}
	defer t.Close()
	return t.(*Disk).below(rel)
}
