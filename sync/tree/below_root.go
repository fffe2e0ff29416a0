//go:build (!linux && !darwin) || osroot

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
	d, err := t.Open(rel)
	if err != nil {
		return nil, err
	}
	below := &Disk{where: filepath.Join(t.Where(), filepath.FromSlash(string(rel))), root: d.(*rootDir).r}
	below.SetTraits(Traits{Clock: 1})
	return below, nil
}
