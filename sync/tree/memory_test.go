package tree_test

import (
	"testing"

	"latus/sync/tree"
	"latus/sync/tree/treetest"
)

func TestMemoryContract(t *testing.T) {
	for name, traits := range memoryKinds() {
		t.Run(name, func(t *testing.T) {
			treetest.Run(t, func(*testing.T) tree.Tree { return tree.NewMemory(tree.WithTraits(traits)) })
		})
	}
	t.Run("modes", func(t *testing.T) {
		treetest.Run(t, func(*testing.T) tree.Tree { return tree.NewMemory(tree.WithModes()) })
	})
}

// memoryKinds are filesystems as they are found.
func memoryKinds() map[string]tree.Traits {
	mac := tree.Capable()
	mac.FoldsCase, mac.Normalizes, mac.SyncAll = true, true, false
	seconds := tree.Capable()
	seconds.Clock, seconds.Reflink, seconds.Exchange, seconds.NoReplace = 1e9, false, false, false
	return map[string]tree.Traits{
		"capable": tree.Capable(),
		"mac":     mac,
		"seconds": seconds,
		"fat":     {Clock: 2e9, ModeBits: 0o200, FoldsCase: true, DOSNames: true},
	}
}

// Probe finds what a Memory was made with.
func TestProbeMemory(t *testing.T) {
	for name, want := range memoryKinds() {
		t.Run(name, func(t *testing.T) {
			m := tree.NewMemory(tree.WithTraits(want))
			makePrivate(t, m)
			got, err := tree.Probe(m)
			if err != nil || got != want {
				t.Fatalf("got %+v, %v\nwant %+v", got, err, want)
			}
		})
	}
}
