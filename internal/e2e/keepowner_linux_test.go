package e2e

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Root's run without --owner leaves files whose they are, whatever it brings into them.
func TestEditByRootKeepsTheOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("becomes another user")
	}
	const user, group = 12345, 23456
	a, b := t.TempDir(), t.TempDir()
	owner := func(path string) (int, int) {
		t.Helper()
		i, err := os.Stat(path)
		must(t, err)
		st := i.Sys().(*syscall.Stat_t)
		return int(st.Uid), int(st.Gid)
	}
	for _, name := range []string{"edited", "emptied", "touched"} {
		put(t, filepath.Join(a, name), name)
	}
	must(t, os.Chmod(filepath.Join(a, "edited"), 0o600))
	syncs(t, 0, a, b)
	for _, name := range []string{"edited", "emptied", "touched"} {
		must(t, os.Chown(filepath.Join(b, name), user, group))
	}
	put(t, filepath.Join(a, "edited"), "and now longer")
	must(t, os.Truncate(filepath.Join(a, "emptied"), 0))
	must(t, os.Chmod(filepath.Join(a, "touched"), 0o640))
	put(t, filepath.Join(a, "new"), "root's")
	syncs(t, 0, a, b)
	mustBeEqual(t, a, b)
	for _, name := range []string{"edited", "emptied", "touched"} {
		if u, g := owner(filepath.Join(b, name)); u != user || g != group {
			t.Errorf("%s belongs to %d:%d", name, u, g)
		}
	}
	if u, _ := owner(filepath.Join(b, "new")); u != 0 {
		t.Errorf("what is new belongs to %d", u)
	}
}
