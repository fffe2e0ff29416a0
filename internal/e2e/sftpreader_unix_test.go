//go:build unix

package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Who reads a tree on its host, where no run has been yet, finds what runs over SFTP have
// left: their conflicts are open, and nothing is a change that is none.
func TestTreeOverSFTPIsReadOnItsHost(t *testing.T) {
	s, flags := sftpOnly(t)
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	put(t, filepath.Join(a, "f"), "f")
	put(t, filepath.Join(b, "from b"), "b")
	args := append(flags, a, "sftp://"+s.Name+b)
	mustSync(t, args...)
	read := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(latus(t), args...).CombinedOutput()
		if err != nil {
			t.Fatalf("latus %q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	readOnHost := func(conflicts int) {
		t.Helper()
		if out := read("status", b); strings.Contains(out, "not synced") || conflicts > 0 && !strings.Contains(out, "open conflicts") {
			t.Errorf("%d conflicts: %s", conflicts, out)
		}
		for _, tree := range []string{a, b} {
			if out := read("conflicts", "--json", tree); strings.Count(out, "\n") != conflicts {
				t.Errorf("%d conflicts: %s", conflicts, out)
			}
		}
		out := read("diff", "--json", a, b)
		if strings.Contains(out, `"event":"change"`) {
			t.Error(out)
		}
	}
	readOnHost(0)
	time.Sleep(1100 * time.Millisecond) // the clock there shows whole seconds
	put(t, filepath.Join(a, "f"), "edited at a")
	put(t, filepath.Join(b, "from b"), "edited at b")
	time.Sleep(1100 * time.Millisecond)
	put(t, filepath.Join(b, "f"), "edited at b, later")
	if sum := mustSync(t, args...); sum.Conflicts != 1 {
		t.Errorf("%+v", sum)
	}
	readOnHost(1)
	// A run on the host changes how the tree is looked at, and nothing else.
	c := filepath.Join(dir, "c")
	mustSync(t, b, c)
	readOnHost(1)
}
