package tree

import "latus/index"

// MayMake is why nothing can be made right in the directory dir of t, of which no part is a
// link, as far as that can be told without trying; nil: nothing is known against it.
func MayMake(t Tree, dir index.Path) error {
	if m, ok := t.(interface{ MayMake(index.Path) error }); ok {
		return m.MayMake(dir)
	}
	return nil
}
