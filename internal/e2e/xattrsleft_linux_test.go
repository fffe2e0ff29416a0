package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"latus/internal/mounttest"
)

// What a filesystem has no room for is a problem of its path, each time, and its content
// is there all the same.
func TestXattrsThatDoNotFit(t *testing.T) {
	b := filepath.Join(mounttest.New(t, mounttest.Ext4).At, "b")
	dev := filepath.Join(mounttest.New(t, mounttest.Tmpfs("16m")).At, "a")
	put(t, filepath.Join(dev, "full"), "content")
	if err := unix.Setxattr(filepath.Join(dev, "full"), "user.one", []byte(strings.Repeat("x", 20000)), 0); err != nil {
		t.Skip("no filesystem with more room:", err)
	}
	for _, name := range []string{"full", "other", "third"} { // in a directory that comes as a whole
		put(t, filepath.Join(dev, "d", name), "content")
		must(t, unix.Setxattr(filepath.Join(dev, "d", name), "user.one", []byte(strings.Repeat("x", 20000)), 0))
	}
	for range 2 {
		out := said(t, 3, "--xattrs", dev, b)
		mustSay(t, out, "full: its extended attributes cannot be set", "d/other: its extended attributes cannot be set")
		mustHold(t, filepath.Join(b, "full"), "content")
		mustHold(t, filepath.Join(b, "d", "other"), "content")
	}
	must(t, os.RemoveAll(filepath.Join(dev, "d")))
	if sum := syncs(t, 0, dev, b); sum.Problems != 0 {
		t.Fatalf("%+v", sum)
	}
	attribute(t, filepath.Join(dev, "full"), "user.one", "1")
	syncs(t, 0, "--xattrs", dev, b)
	mustHave(t, `user.one="1"`, in(b, "full")...)

	// Nor is more told than a peer would listen to.
	attribute(t, filepath.Join(dev, "full"), "user.one", strings.Repeat("x", 60000))
	put(t, filepath.Join(dev, "full"), "content, edited")
	mustSay(t, said(t, 3, "--xattrs", dev, b), "full: its extended attributes cannot be read: its extended attributes are too large")
	mustHold(t, filepath.Join(b, "full"), "content, edited")
}

// Where there can be none they stay where they are, and come from there again.
func TestXattrsStayBehind(t *testing.T) {
	a := attributed(t)
	stick := filepath.Join(mounttest.New(t, mounttest.ExFAT).At, "stick")
	must(t, os.Remove(filepath.Join(a, "l")))
	mustSay(t, said(t, 0, "--xattrs", a, stick), "extended attributes cannot be kept here")
	put(t, filepath.Join(stick, "g"), "g, edited on the stick")
	if sum := syncs(t, 0, "--xattrs", a, stick); sum.Changes != 1 {
		t.Fatalf("%+v", sum)
	}
	c := filepath.Join(t.TempDir(), "c")
	syncs(t, 0, "--xattrs", stick, c)
	mustHave(t, ofF, append(in(a, "d/f"), in(c, "d/f")...)...)
	mustHave(t, `user.comment="to g"`, append(in(c, "g"), in(a, "g")...)...)
	if sum := syncs(t, 0, "--xattrs", a, stick); sum.Changes != 0 {
		t.Fatalf("%+v", sum)
	}
}

// Somebody who is not root has them as well, of what he may write.
func TestXattrsWithoutRoot(t *testing.T) {
	a := attributed(t)
	if os.Getuid() != 0 {
		t.Skip("nobody else can be made")
	}
	home, err := os.MkdirTemp("/tmp", "latus-xattrs")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(home) })
	put(t, filepath.Join(a, "read-only"), "r")
	attribute(t, filepath.Join(a, "read-only"), "user.old", "1")
	must(t, os.Chmod(filepath.Join(a, "read-only"), 0o444))
	must(t, os.Chmod(filepath.Join(a, "d"), 0o555))
	must(t, exec.Command("cp", "-a", a, filepath.Join(home, "a")).Run())
	must(t, exec.Command("cp", latus(t), filepath.Join(home, "latus")).Run())
	must(t, exec.Command("chown", "-R", "1234:4321", home).Run())
	a, b := filepath.Join(home, "a"), filepath.Join(home, "b")
	as := func() {
		t.Helper()
		cmd := exec.Command(filepath.Join(home, "latus"), "sync", "--xattrs", a, b)
		cmd.Dir, cmd.Env = home, append(os.Environ(), "HOME="+home, "TMPDIR="+home)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1234, Gid: 4321}}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	as()
	mustHave(t, ofF, in(b, "d/f")...)
	mustHave(t, `user.folder="\x00\xff"`, in(b, "d")...)
	mustHave(t, `user.old="1"`, in(b, "read-only")...)
	attribute(t, filepath.Join(a, "read-only"), "user.old", "2")
	attribute(t, filepath.Join(a, "d"), "user.folder", "changed")
	as()
	mustHave(t, `user.old="2"`, in(b, "read-only")...)
	mustHave(t, `user.folder="changed"`, in(b, "d")...)
	if m := fileMode(t, filepath.Join(b, "read-only")); m != 0o444 {
		t.Fatalf("it may be written now: %o", m)
	}
	as()
}
