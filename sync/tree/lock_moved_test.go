//go:build !windows

package tree_test

import (
	"os"
	"path/filepath"
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/treetest"
)

// A lock is one of the tree that is held, not of another one that came to its place.
func TestLockOfAnotherTree(t *testing.T) {
	at := filepath.Join(t.TempDir(), "tree")
	private := filepath.Join(at, index.Private)
	treetest.Check(t, os.MkdirAll(private, 0o755))
	tr := openDisk(t, at)
	defer tr.Close()
	release, err := tr.TryLock(true)
	treetest.Check(t, err)
	treetest.Check(t, release())

	treetest.Check(t, os.Rename(at, at+".old"))
	treetest.Check(t, os.MkdirAll(private, 0o755))
	treetest.Check(t, os.WriteFile(filepath.Join(private, tree.LockName), nil, 0o644))
	if release, err := tr.TryLock(true); !tree.IsNotExist(err) {
		t.Errorf("locked: %v", err)
		if err == nil {
			release()
		}
	}
}
