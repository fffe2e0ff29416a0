package tree_test

import (
	"testing"

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

func TestDiskContract(t *testing.T) {
	treetest.Run(t, func(t *testing.T) tree.Tree { return openDisk(t, t.TempDir()) })
}
