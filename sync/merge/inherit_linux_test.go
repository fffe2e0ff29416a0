package merge

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"latus/sync/tree"
)

// A new directory has the group and the access list that its directory hands down, as
// if it had been made there. (What is further down does not get the group: the modes
// that travel take the bit away that hands it on.)
func TestNewDirectoriesInherit(t *testing.T) {
	// user::rwx group::r-x mask::rwx other::r-x and group 4711::rwx
	list := []byte{2, 0, 0, 0,
		1, 0, 7, 0, 255, 255, 255, 255, 4, 0, 5, 0, 255, 255, 255, 255, 8, 0, 7, 0, 0x67, 0x12, 0, 0,
		16, 0, 7, 0, 255, 255, 255, 255, 32, 0, 5, 0, 255, 255, 255, 255}
	const attr = "system.posix_acl_default"
	for name, prepare := range map[string]func(t *testing.T, root string){
		"group": func(t *testing.T, root string) {
			if err := os.Chown(root, -1, 4711); err != nil {
				t.Skip(err)
			}
			must(t, os.Chmod(root, 0o775|os.ModeSetgid))
		},
		"list": func(t *testing.T, root string) {
			if err := unix.Setxattr(root, attr, list, 0); err != nil {
				t.Skip(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			disk, err := tree.OpenDisk(root)
			must(t, err)
			defer disk.Close()
			s := folders()
			begin(t, s, disk)
			prepare(t, root)
			w := open(t, s, disk, disk)
			defer w.close()
			_, err = w.apply("run")
			must(t, err)
			for _, p := range []string{"d", "d/e", "d/f"} {
				if name == "group" && p != "d" {
					continue
				}
				i, err := os.Stat(filepath.Join(root, p))
				must(t, err)
				size, _ := unix.Getxattr(filepath.Join(root, p), attr, nil)
				if got := i.Sys().(*syscall.Stat_t).Gid; name == "group" && got != 4711 || name == "list" && size != len(list) {
					t.Errorf("%s has group %d and a list of %d bytes", p, got, size)
				}
			}
		})
	}
}
