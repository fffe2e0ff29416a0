package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latus/internal/mounttest"
)

// A stick between three machines, under another mount point at each. What tells
// machines apart is their host name here: --ssh runs each as itself.
func TestStickTravels(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts filesystems")
	}
	for _, k := range []mounttest.Kind{mounttest.ExFAT, mounttest.Ext4} {
		t.Run(k.Name, func(t *testing.T) {
			f := mounttest.New(t, k)
			first := f.At
			a, b, c := t.TempDir(), t.TempDir(), t.TempDir()
			media := t.TempDir()
			at := func(name string) string {
				t.Helper()
				dir := filepath.Join(media, name)
				must(t, os.MkdirAll(dir, 0o755))
				f.Move(t, dir)
				return dir
			}
			tree := func(mount string) string { return filepath.Join(mount, "docs") }

			edit(t, filepath.Join(a, "from a"), "a")
			edit(t, filepath.Join(a, "doomed"), "doomed")
			syncs(t, 0, a, tree(first))
			two := at("two")
			syncs(t, 0, b, tree(two))
			mustRead(t, filepath.Join(b, "from a"), "a")
			edit(t, filepath.Join(b, "from b"), "b")
			syncs(t, 0, b, tree(two))
			three := at("three")
			syncs(t, 0, tree(three), c)
			edit(t, filepath.Join(c, "from c"), "c")
			must(t, os.Remove(filepath.Join(c, "doomed")))
			syncs(t, 0, tree(three), c)
			// Home again, at yet another place: found, not taken for missing.
			four := at("four")
			syncs(t, 0, a, tree(four))
			mustName(t, a, "from a", "from b", "from c")
			if sum := syncs(t, 0, a, tree(four)); sum.Changes != 0 {
				t.Fatalf("not quiet: %+v", sum)
			}
			// Every place where it stood for a is refused while it is not there, the
			// mount point that is left as well as the directory that is gone.
			for _, empty := range []string{tree(first), tree(two)} {
				if empty == tree(two) {
					must(t, os.Mkdir(empty, 0o755))
				}
				args := []string{a, empty}
				if empty == tree(two) {
					args[0] = b
				}
				said := failing(t, []int{4}, args...)
				mentions(t, said, "not mounted?")
				if left, _ := os.ReadDir(empty); len(left) > 0 {
					t.Fatalf("an empty mount point was filled: %v", left)
				}
			}
			f.Unmount(t)
			said := failing(t, []int{4}, a, tree(four))
			mentions(t, said, "not mounted?")
			if _, err := os.Stat(tree(four)); err == nil {
				t.Fatal("a tree was made in an empty mount point")
			}
			mustName(t, a, "from a", "from b", "from c")
			// Back at its first place.
			f.Move(t, first)
			edit(t, filepath.Join(a, "later"), "later")
			syncs(t, 0, a, tree(first))
			mustRead(t, filepath.Join(tree(first), "later"), "later")
			f.Move(t, two2(t, media))
			syncs(t, 0, b, filepath.Join(f.At, "docs"))
			mustName(t, b, "from a", "from b", "from c", "later")
			if !strings.HasPrefix(f.At, media) {
				t.Fatal(f.At)
			}
		})
	}
}

// two2 is the second mount point, without what the test left in it.
func two2(t testing.TB, media string) string {
	t.Helper()
	dir := filepath.Join(media, "two")
	must(t, os.RemoveAll(filepath.Join(dir, "docs")))
	return dir
}
