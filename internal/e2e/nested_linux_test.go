package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"latus/internal/mounttest"
)

// What is mounted in a tree is no part of it: it may be a tree of the same group, new or
// met before.
func TestMountedInATreeOfItsGroup(t *testing.T) {
	stick := mounttest.New(t, mounttest.Tmpfs("4m"))
	home, nas := t.TempDir(), t.TempDir()
	at := filepath.Join(home, "mnt")
	edit(t, filepath.Join(home, "f"), "one")
	must(t, os.Mkdir(at, 0o755))
	syncs(t, 0, home, nas)
	stick.Move(t, at)
	for _, text := range []string{"two", "three"} {
		edit(t, filepath.Join(nas, "f"), text)
		syncs(t, 0, nas, at)
		if b, err := os.ReadFile(filepath.Join(at, "f")); string(b) != text {
			t.Fatalf("%q %v", b, err)
		}
		syncs(t, 3, nas, home) // the mount point is named
	}
	must(t, os.Mkdir(filepath.Join(at, "deep"), 0o755))
	mustSay(t, said(t, 2, nas, filepath.Join(at, "deep")), "lies inside a tree of the same group")
}
