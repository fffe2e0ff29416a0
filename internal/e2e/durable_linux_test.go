package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latus/internal/oddfs"
)

// When a sync has ended a stick may be pulled: on FUSE, where there is no syncing
// of all, each file and directory that was written was synced.
func TestSafeToRemove(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts filesystems")
	}
	for name, rules := range map[string]oddfs.Rules{"stick": fatRules, "fuse": {}} {
		t.Run(name, func(t *testing.T) {
			f := oddMount(t, rules)
			a, b := t.TempDir(), filepath.Join(f.At, "tree")
			synced := func(what string, args ...string) {
				t.Helper()
				syncs(t, 0, args...)
				if left := f.Unsynced(); len(left) > 0 {
					t.Errorf("%s: not synced: %q", what, left)
				}
				f.CallSynced()
			}
			edit(t, filepath.Join(a, "big"), strings.Repeat("0123456789abcdef", 1<<16))
			for i := range 10 {
				edit(t, filepath.Join(a, fmt.Sprintf("d%d", i%3), "sub", fmt.Sprintf("f%d", i)), fmt.Sprint("text ", i))
			}
			must(t, os.MkdirAll(filepath.Join(a, "empty", "dir"), 0o755))
			synced("a first sync", a, b)

			edit(t, filepath.Join(a, "d0", "sub", "f0"), "edited")
			edit(t, filepath.Join(b, "d1", "sub", "f1"), "edited there")
			must(t, os.Rename(filepath.Join(a, "d1"), filepath.Join(a, "e1")))
			must(t, os.Rename(filepath.Join(a, "d2", "sub", "f2"), filepath.Join(a, "moved")))
			must(t, os.Remove(filepath.Join(a, "d2", "sub", "f5")))
			must(t, os.Chmod(filepath.Join(a, "d0", "sub"), 0o700))
			must(t, os.Chmod(filepath.Join(a, "d0", "sub", "f3"), 0o600))
			must(t, os.RemoveAll(filepath.Join(a, "empty")))
			f.CallSynced() // what the user did there is not for latus to sync
			synced("changes", a, b)

			edit(t, filepath.Join(b, "new"), "news of the stick")
			f.CallSynced()
			synced("news of the stick", a, b)
			synced("nothing", a, b)
		})
	}
}
