//go:build !osroot

package tree_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"latus/internal/oddfs"
	"latus/sync/tree"
	"latus/sync/tree/treetest"
)

// Filesystems that fold names, count coarsely, or have neither modes nor links.
func TestOddFilesystems(t *testing.T) {
	fuse := tree.Traits{Clock: 1, ModeBits: 0o7777, Links: true, HardLinks: true, LinkTimes: true, Exchange: true, NoReplace: true}
	with := func(change func(*tree.Traits)) tree.Traits {
		odd := fuse
		change(&odd)
		return odd
	}
	for _, c := range []struct {
		name  string
		rules oddfs.Rules
		want  tree.Traits
	}{
		{"normalizes", oddfs.Rules{FoldCase: true, Decompose: true}, with(func(t *tree.Traits) { t.FoldsCase, t.Normalizes, t.UTF8Names = true, true, true })},
		{"stick", oddfs.Rules{
			FoldCase: true, DOSNames: true, Clock: 2 * time.Second, NoModes: true, NoLinks: true, NoHardLinks: true,
			Numbering: 1, NoRenameFlags: true,
		}, tree.Traits{Clock: 2e9, FoldsCase: true, DOSNames: true}},
		{"no flags", oddfs.Rules{NoRenameFlags: true}, with(func(t *tree.Traits) { t.Exchange, t.NoReplace = false, false })},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			at := filepath.Join(dir, "at")
			below := filepath.Join(dir, "below")
			treetest.Check(t, os.Mkdir(at, 0o755))
			treetest.Check(t, os.Mkdir(below, 0o755))
			oddfs.Mount(t, below, at, c.rules)
			contractAt(t, at, c.want)
		})
	}
}

func TestDatesFarAwayOnAnOldKernel(t *testing.T) {
	datesFarAway(t, tree.Aged(openDisk(t, t.TempDir())))
}
