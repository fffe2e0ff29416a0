package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"latus/internal/mounttest"
)

const asNobody = "LATUS_TEST_AS_NOBODY"

// The same as somebody whom permissions concern.
func TestKindsAsUser(t *testing.T) {
	if os.Getenv(asNobody) == "" {
		if os.Getuid() != 0 {
			t.Skip("becomes another user")
		}
		const nobody = 65534
		dir, err := os.MkdirTemp("/tmp", "latus-nobody")
		must(t, err)
		t.Cleanup(func() { os.RemoveAll(dir) })
		must(t, os.Chown(dir, nobody, nobody))
		copied, self := filepath.Join(dir, "latus"), filepath.Join(dir, "self")
		for to, from := range map[string]string{copied: latus(t), self: "/proc/self/exe"} {
			b, err := os.ReadFile(from)
			must(t, err)
			must(t, os.WriteFile(to, b, 0o755))
		}
		cmd := exec.Command(self, "-test.run=^TestKindsAsUser$", "-test.v")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), asNobody+"="+copied, "TMPDIR="+dir, "HOME="+dir)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	a, b := t.TempDir(), t.TempDir()
	t.Cleanup(func() { exec.Command("chmod", "-R", "u+rwx", a, b).Run() })
	sync := func(want int) summary { t.Helper(); return syncs(t, want, a, b) }
	chmod := func(mode os.FileMode, paths ...string) {
		t.Helper()
		for _, p := range paths {
			must(t, os.Chmod(p, mode))
		}
	}
	in := func(dir string, p string) string { return filepath.Join(dir, p) }

	edit(t, in(a, "closed dir/x"), "x")
	edit(t, in(a, "ro dir/x"), "x")
	edit(t, in(a, "ro dir/sub/y"), "y")
	edit(t, in(a, "ro"), "ro")
	edit(t, in(a, "none"), "none")
	chmod(0, in(a, "closed dir"), in(a, "none"))
	chmod(0o400, in(a, "ro"))
	chmod(0o555, in(a, "ro dir/sub"), in(a, "ro dir"))
	// What can't be read is left, each time, and the rest comes.
	for range 2 {
		if sum := sync(3); sum.Problems != 2 {
			t.Fatalf("%+v", sum)
		}
	}
	mustName(t, b, "ro", "ro dir")
	mustRead(t, in(b, "ro dir/sub/y"), "y")
	if fileMode(t, in(b, "ro dir")) != 0o555 || fileMode(t, in(b, "ro")) != 0o400 {
		t.Fatal("modes were not kept")
	}
	chmod(0o700, in(a, "closed dir"))
	chmod(0o600, in(a, "none"))
	sync(0)
	mustRead(t, in(b, "closed dir/x"), "x")

	// Edits, new files and deletions below read-only directories.
	chmod(0o755, in(a, "ro dir"), in(a, "ro dir/sub"))
	edit(t, in(a, "ro dir/x"), "x2")
	edit(t, in(a, "ro dir/z"), "z")
	must(t, os.Remove(in(a, "ro dir/sub/y")))
	chmod(0o555, in(a, "ro dir/sub"), in(a, "ro dir"))
	sync(0)
	mustName(t, in(b, "ro dir"), "sub", "x", "z")
	mustName(t, in(b, "ro dir/sub"))
	mustRead(t, in(b, "ro dir/x"), "x2")
	if fileMode(t, in(b, "ro dir")) != 0o555 || fileMode(t, in(b, "ro dir/sub")) != 0o555 {
		t.Fatal("a read-only directory was left open")
	}
	// A directory becomes read-only while another tree edits in it; one moves; one goes.
	chmod(0o500, in(a, "closed dir"))
	edit(t, in(b, "closed dir/x"), "edited")
	must(t, os.Rename(in(a, "ro dir"), in(a, "moved")))
	sync(0)
	mustRead(t, in(a, "closed dir/x"), "edited")
	mustName(t, b, "closed dir", "moved", "none", "ro")
	if fileMode(t, in(b, "closed dir")) != 0o500 || fileMode(t, in(a, "closed dir")) != 0o500 {
		t.Fatal("a directory's mode was lost")
	}
	chmod(0o755, in(b, "moved"), in(b, "moved/sub"))
	must(t, os.RemoveAll(in(b, "moved")))
	sync(0)
	mustName(t, a, "closed dir", "none", "ro")
	if !trashHolds(t, a, "x2") {
		t.Fatal("a deleted file is not in the trash")
	}
	for range 3 {
		if sum := sync(0); sum.Changes != 0 {
			t.Fatalf("not quiet: %+v", sum)
		}
	}
	// A tree whose .latus cannot be written says so.
	chmod(0o500, in(b, ".latus"))
	edit(t, in(a, "news"), "news")
	if _, code := run(t, "sync", "--json", a, b); code != 1 {
		t.Fatal("exit ", code)
	}
	chmod(0o700, in(b, ".latus"))
	sync(0)
	mustRead(t, in(b, "news"), "news")
}

// Files that not even root can change are left, said, and come later.
func TestImmutable(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts a filesystem")
	}
	if _, err := exec.LookPath("chattr"); err != nil {
		t.Skip("no chattr here")
	}
	at := mounttest.New(t, mounttest.Ext4).At
	a, b := filepath.Join(at, "a"), filepath.Join(at, "b")
	chattr := func(flag, file string) {
		t.Helper()
		if out, err := exec.Command("chattr", flag, file).CombinedOutput(); err != nil {
			t.Skipf("chattr: %v %s", err, out)
		}
	}
	for _, n := range []string{"f", "g", "d/x", "e/in/held", "e/y"} {
		edit(t, filepath.Join(a, n), n)
	}
	syncs(t, 0, a, b)
	chattr("+i", filepath.Join(b, "f"))
	chattr("+i", filepath.Join(b, "e", "in", "held"))
	chattr("+a", filepath.Join(b, "d"))
	t.Cleanup(func() { exec.Command("chattr", "-R", "-i", "-a", b).Run() })
	edit(t, filepath.Join(a, "f"), "edited")
	edit(t, filepath.Join(a, "g"), "edited")
	must(t, os.Remove(filepath.Join(a, "d", "x")))
	must(t, os.RemoveAll(filepath.Join(a, "e")))
	// Of the directories above what cannot go nothing else is to be said.
	if sum := syncs(t, 3, a, b); sum.Problems != 3 || sum.Changes != 2 {
		t.Fatalf("%+v", sum)
	}
	mustRead(t, filepath.Join(b, "f"), "f")
	mustRead(t, filepath.Join(b, "g"), "edited")
	mustRead(t, filepath.Join(a, "f"), "edited")
	mustName(t, filepath.Join(b, ".latus", "staging"))
	chattr("-i", filepath.Join(b, "f"))
	chattr("-i", filepath.Join(b, "e", "in", "held"))
	chattr("-a", filepath.Join(b, "d"))
	syncs(t, 0, a, b)
	mustRead(t, filepath.Join(b, "f"), "edited")
	mustName(t, filepath.Join(b, "d"))
	mustName(t, b, "d", "f", "g")
}
