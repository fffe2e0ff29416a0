package treetest

import (
	"testing"

	"latus/index"
	"latus/sync/tree"
)

// Check ends the test if there is an error.
func Check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Hold opens a directory of tr until the test ends.
func Hold(t testing.TB, tr tree.Tree, dir index.Path) tree.Dir {
	t.Helper()
	d, err := tr.Open(dir)
	Check(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

// MakePrivate makes the private folder and the staging area.
func MakePrivate(t testing.TB, tr tree.Tree) {
	t.Helper()
	root := Hold(t, tr, "")
	Check(t, root.Mkdir(index.Private, 0o700))
	Check(t, Hold(t, tr, index.Private).Mkdir(tree.Staging, 0o700))
}
