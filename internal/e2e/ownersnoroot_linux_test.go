package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// In a user namespace most people do not exist: all that they own looks like nobody's,
// which is nobody's doing.
func TestOwnersInANamespace(t *testing.T) {
	a := owned(t)
	if err := exec.Command("unshare", "-r", "true").Run(); err != nil {
		t.Skip("no user namespaces:", err)
	}
	b := filepath.Join(t.TempDir(), "b")
	syncs(t, 0, "--owner", a, b)
	must(t, os.Chown(filepath.Join(a, "root's"), 9, 9))
	for range 2 {
		out, err := exec.Command("unshare", "-r", latus(t), "sync", "--owner", a, b).CombinedOutput()
		must(t, err)
		mustSay(t, string(out), "nothing to do")
	}
	for _, dir := range []string{a, b} {
		index, err := os.ReadFile(filepath.Join(dir, ".latus", "index.jsonl"))
		must(t, err)
		if strings.Contains(string(index), "65534") {
			t.Fatalf("%s says that things are nobody's", dir)
		}
	}
	syncs(t, 0, "--owner", a, b)
	mustOwn(t, "9:9", in(b, "root's")...)
	mustOwn(t, "1234:4321", in(b, "d/f", "l")...)
}

// Somebody who is not root keeps his files and says so, can set the groups that he is
// in, and tells root who owns what.
func TestOwnersWithoutRoot(t *testing.T) {
	const user, main, other = 1234, 4321, 4322
	a := owned(t)
	home, err := os.MkdirTemp("/tmp", "latus-owner")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(home) })
	must(t, os.Chmod(home, 0o755))
	mine := filepath.Join(home, "mine")
	must(t, os.Mkdir(mine, 0o755))
	must(t, exec.Command("cp", "-a", a, filepath.Join(home, "a")).Run())
	must(t, exec.Command("cp", latus(t), filepath.Join(home, "latus")).Run())
	must(t, exec.Command("chown", "-R", fmt.Sprintf("%d:%d", user, main), mine).Run())
	a = filepath.Join(home, "a")
	c := filepath.Join(home, "c")
	syncs(t, 0, "--owner", a, c)
	must(t, exec.Command("chmod", "-R", "a+rwX", a).Run())
	syncs(t, 0, "--owner", a, c)
	as := func(want int, args ...string) string {
		t.Helper()
		cmd := exec.Command(filepath.Join(home, "latus"), append([]string{"sync"}, args...)...)
		cmd.Dir, cmd.Env = home, append(os.Environ(), "HOME="+home, "TMPDIR="+home)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: main, Groups: []uint32{other}}}
		out, err := cmd.CombinedOutput()
		if code := exitOf(t, err); code != want {
			t.Fatalf("%q: exit %d, not %d\n%s", args, code, want, out)
		}
		return string(out)
	}
	b := filepath.Join(mine, "b")
	// Over a tree that root has between.
	must(t, exec.Command("cp", "-r", a, filepath.Join(mine, "b")).Run())
	must(t, os.RemoveAll(filepath.Join(b, ".latus")))
	must(t, exec.Command("chown", "-R", fmt.Sprintf("%d:%d", user, main), mine).Run())
	out := as(0, "--owner", filepath.Join(mine, "b"), filepath.Join(mine, "stick"))
	mustSay(t, out, "only root may set them")
	if n := strings.Count(out, "only root may set them"); n != 2 {
		t.Fatalf("said %d times, of two trees:\n%s", n, out)
	}
	stick := filepath.Join(mine, "stick")
	mustOwn(t, "1234:4321", in(stick, "d/f", "g")...)
	// Root takes over what they say.
	d := filepath.Join(home, "d")
	syncs(t, 0, "--owner", stick, d)
	mustOwn(t, "1234:4321", in(d, "d", "d/f", "g", "l")...)
	// What root sets is set there when root is, and a user's run leaves it.
	must(t, os.Chown(filepath.Join(d, "g"), 99, other))
	must(t, os.Chown(filepath.Join(d, "d", "f"), 99, 98))
	syncs(t, 0, "--owner", d, stick)
	mustOwn(t, fmt.Sprint("99:", other), in(stick, "g")...)
	must(t, exec.Command("chown", "-R", fmt.Sprint(user), filepath.Join(stick, ".latus")).Run())
	for range 2 {
		if out := as(0, "--owner", "--json", b, stick); regexp.MustCompile(`"path":"d/f"`).MatchString(out) {
			t.Fatalf("what cannot be set is tried:\n%s", out)
		}
	}
	mustOwn(t, fmt.Sprintf("%d:%d", user, other), in(b, "g")...) // a group that he is in
	mustOwn(t, "1234:4321", in(b, "d/f")...)
	mustOwn(t, "99:98", in(stick, "d/f")...)
	syncs(t, 0, "--owner", d, stick)
	mustOwn(t, "99:98", in(d, "d/f")...)
	mustOwn(t, fmt.Sprint("99:", other), in(d, "g")...)
}
