//go:build (!linux && !darwin) || osroot

package tree_test

import (
	"fmt"
	"sync"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

// What comes out of staging does not replace what somebody makes at the same moment.
func TestStagedFilesReplaceNothing(t *testing.T) {
	tr := openDisk(t, t.TempDir())
	defer tr.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	hold := func(p index.Path) tree.Dir {
		d, err := tr.Open(p)
		must(err)
		t.Cleanup(func() { d.Close() })
		return d
	}
	root := hold("")
	must(root.Mkdir(index.Private, 0o700))
	must(hold(index.Private).Mkdir(tree.Staging, 0o700))
	staging := hold(index.Path(index.Private).Join(tree.Staging))
	for n := range 3000 {
		name := fmt.Sprint("f", n)
		staged, err := staging.Create(name, 0o600)
		must(err)
		must(staged.Close())
		var renamed, made error
		var both sync.WaitGroup
		both.Go(func() { renamed = staging.Rename(name, root, name) })
		both.Go(func() {
			f, err := root.Create(name, 0o600)
			if made = err; err == nil {
				f.Close()
			}
		})
		both.Wait()
		if (renamed == nil) == (made == nil) {
			t.Fatalf("round %d: the rename says %v, the creation %v", n, renamed, made)
		}
		if renamed != nil && !tree.IsExist(renamed) || made != nil && !tree.IsExist(made) {
			t.Fatal(renamed, made)
		}
		if _, err := staging.Stat(name); tree.IsNotExist(err) != (renamed == nil) {
			t.Fatalf("round %d: %v in staging after %v", n, err, renamed)
		}
	}
}
