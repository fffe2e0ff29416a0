//go:build linux

package tree_test

import (
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/treetest"
)

// What a dry run of a first meeting takes a disk for, it turns out to be: else a plan that
// was made so could never be carried out.
func TestDiskIsWhatWasExpected(t *testing.T) {
	tr := openDisk(t, t.TempDir())
	defer tr.Close()
	treetest.Check(t, treetest.Hold(t, tr, "").Mkdir(index.Private, 0o700))
	treetest.Check(t, treetest.Hold(t, tr, index.Private).Mkdir(tree.Staging, 0o700))
	found, err := tree.Probe(tr)
	treetest.Check(t, err)
	want := tree.Expect(tr)
	for _, f := range []*tree.Traits{&found, &want} { // what decides what a plan says
		*f = tree.Traits{Clock: f.Clock, ModeBits: f.ModeBits & 0o777, FoldsCase: f.FoldsCase, Normalizes: f.Normalizes, Links: f.Links,
			HardLinks: f.HardLinks, DOSNames: f.DOSNames, UTF8Names: f.UTF8Names}
	}
	if found != want {
		t.Errorf("expected %+v, found %+v", want, found)
	}
}
