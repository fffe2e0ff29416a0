package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"latus/internal/mounttest"
)

// A tree that is copied to a stick with its .latus deletes and changes nothing elsewhere: the
// stick cannot hold all of it, and shows all permission bits alike.
func TestCopiedToAStick(t *testing.T) {
	f := mounttest.New(t, mounttest.ExFAT)
	dir := t.TempDir()
	a, b, on := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(f.At, "b")
	must(t, os.Mkdir(a, 0o755))
	for name, mode := range map[string]os.FileMode{"key": 0o600, "tool": 0o755, "a:b": 0o644} {
		must(t, os.WriteFile(filepath.Join(a, name), []byte(name), mode))
	}
	must(t, os.Symlink("key", filepath.Join(a, "link")))
	if _, code := run(t, "sync", "--json", a, b); code != 0 {
		t.Fatalf("exit %d", code)
	}
	before, err := look(a)
	must(t, err)
	if out, err := exec.Command("cp", "-r", "--preserve=timestamps", b, f.At).CombinedOutput(); err == nil {
		t.Fatalf("the stick holds all of it: %s", out)
	}
	for _, args := range [][]string{{a, on}, {on, a}, {"-n", a, on}} {
		sum, code := run(t, append([]string{"sync", "--json"}, args...)...)
		if code != 3 || sum.Changes != 0 || sum.Problems != 2 {
			t.Errorf("%v: exit %d, %+v", args, code, sum)
		}
	}
	out, err := exec.Command(latus(t), "status", on).CombinedOutput()
	if err != nil || strings.Contains(string(out), "not synced") {
		t.Errorf("%v: %s", err, out)
	}
	after, err := look(a)
	must(t, err)
	if diff := difference(before, after); len(diff) > 0 {
		t.Errorf("%v", diff)
	}
	// What is deleted on the stick is deleted.
	must(t, os.Remove(filepath.Join(on, "tool")))
	if sum, _ := run(t, "sync", "--json", a, on); sum.Changes != 1 {
		t.Errorf("%+v", sum)
	}
	if _, err := os.Stat(filepath.Join(a, "tool")); !os.IsNotExist(err) {
		t.Errorf("still there: %v", err)
	}
}
