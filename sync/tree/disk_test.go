package tree_test

import (
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/treetest"
)

func openDisk(t testing.TB, root string) *tree.Disk {
	t.Helper()
	tr, err := tree.OpenDisk(root)
	if err != nil {
		t.Fatal(err)
	}
	return tr.(*tree.Disk)
}

// makePrivate makes the private folder and the staging area.
func makePrivate(t testing.TB, tr tree.Tree) {
	t.Helper()
	root := hold(t, tr, "")
	check(t, root.Mkdir(index.Private, 0o700))
	check(t, hold(t, tr, index.Private).Mkdir(tree.Staging, 0o700))
}

func hold(t testing.TB, tr tree.Tree, dir index.Path) tree.Dir {
	t.Helper()
	d, err := tr.Open(dir)
	check(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDiskContract(t *testing.T) {
	treetest.Run(t, func(t *testing.T) tree.Tree { return openDisk(t, t.TempDir()) })
}
