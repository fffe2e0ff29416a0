//go:build !osroot

package tree_test

import (
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/treetest"
)

// What a scan would not see afterwards, and take for removed, is not set.
func TestAttributesThatAreNotKept(t *testing.T) {
	disk := openDisk(t, t.TempDir())
	if !tree.KeepsAttrs(disk) {
		t.Skip("nothing has extended attributes here")
	}
	d := treetest.Hold(t, disk, "")
	f, err := d.Create("file", 0o600)
	treetest.Check(t, err)
	treetest.Check(t, f.Close())
	const want index.Attrs = "a=AA;overlay.opaque=eQ;"
	if err := d.SetAttrs("file", want); err == nil {
		if got, err := d.Attrs("file"); err != nil || got != want {
			t.Fatalf("set %q, and there is %q, %v", want, got, err)
		}
	}
}
