//go:build (!linux && !darwin) || osroot

package tree

// defaultACL says yes of every directory, for nothing here can tell. Windows hands
// access lists down, and so may the BSDs, which also give a new file the group of its
// directory: what came from staging would have those of the tree's root, which may let
// in more than the directory does.
func (d *rootDir) defaultACL() bool { return true }
