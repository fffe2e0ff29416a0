//go:build (!linux && !darwin) || osroot

package tree

import (
	"path/filepath"

	"latus/index"
)

// below opens the tree at rel below the root.
func (t *Disk) below(rel index.Path) (Tree, error) {
	d, err := t.Open(rel)
	if err != nil {
		return nil, err
	}
	at := &Disk{where: filepath.Join(t.where, filepath.FromSlash(string(rel))), root: d.(*rootDir).r}
	at.SetTraits(Traits{Clock: 1})
	return at, nil
}
