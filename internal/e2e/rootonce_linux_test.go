package e2e

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Who runs latus as root once does not lock the owner of the trees out of what is known of
// them, nor out of the trash.
func TestAsRootOnce(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("becomes another user")
	}
	const user = 12345
	dir, err := os.MkdirTemp("/tmp", "latus-owner")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	var made unix.Statx_t
	if unix.Statx(unix.AT_FDCWD, dir, 0, unix.STATX_BTIME, &made) != nil || made.Mask&unix.STATX_BTIME == 0 {
		t.Skip("nothing tells here when files were made")
	}
	b, err := os.ReadFile(latus(t))
	must(t, err)
	program := filepath.Join(dir, "latus")
	must(t, os.WriteFile(program, b, 0o755))
	in := func(name string) string { return filepath.Join(dir, name) }
	give := func() {
		t.Helper()
		must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Name() == ".latus" {
				return fs.SkipDir
			}
			return os.Lchown(path, user, user)
		}))
	}
	asUser := func(args ...string) {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	put(t, in("a/f"), "1")
	put(t, in("b/g"), "1")
	theirs := dir + "-theirs"
	put(t, theirs, "root's own")
	t.Cleanup(func() { os.Remove(theirs) })
	give()
	asUser("sync", "-q", in("a"), in("b"))
	// A name in the folder may be another one of a file that is none of the user's.
	must(t, os.Remove(in("a/.latus/status.txt")))
	must(t, os.Link(theirs, in("a/.latus/clock")))
	put(t, in("a/f"), "2")
	syncs(t, 0, in("a"), in("b"))
	must(t, os.Remove(in("a/.latus/clock")))
	give()
	asUser("sync", "-q", in("a"), in("b"))
	asUser("trash", "list", in("b"))
	asUser("restore", in("b"), "f")
	put(t, in("c/h"), "1")
	give()
	syncs(t, 0, in("c"), in("a")) // whose folder root makes, and that has nothing to write
	give()
	asUser("sync", "-q", in("c"), in("a"), in("b"))
	for _, tree := range []string{"a", "b", "c"} {
		must(t, filepath.WalkDir(in(tree+"/.latus"), func(path string, d fs.DirEntry, err error) error {
			must(t, err)
			i, err := d.Info()
			must(t, err)
			if i.Sys().(*syscall.Stat_t).Uid != user {
				t.Errorf("%s is not the user's", path)
			}
			return nil
		}))
	}
	i, err := os.Stat(theirs)
	must(t, err)
	if i.Sys().(*syscall.Stat_t).Uid != 0 {
		t.Error("somebody was given what is root's")
	}
}
