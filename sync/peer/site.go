package peer

import "latus/sync/tree"

// Site is where a tree stands, or is to stand, for a Replica that works on it from
// here.
type Site interface {
	// Check tells whether a tree can be there: nil for a directory, and for
	// nothing where one can be made. Errors are *Refusal, with or without the name of
	// the tree.
	Check() error
	// Open opens the tree: fs.ErrNotExist where there is no directory.
	Open() (tree.Tree, error)
	// Make makes the directory, in one that is there already: fs.ErrExist if
	// there is something.
	Make() error
	// Unmake removes the directory that Make made, if it is empty.
	Unmake() error
	// Place tells trees apart. host is the name of this machine.
	Place(host string) Place
}

// DistantSite is a Site whose tree is a tree.Distant: what its filesystem can do
// looks other from there than from the host itself, and is kept apart.
type DistantSite interface {
	Site
	// Address is all that leads from this machine to the tree, for telling trees apart
	// by what their hosts cannot make up.
	Address() string
}
