//go:build unix

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestUndoKilled kills an undo after each of its first changes, at whatever it is
// doing then: the next run finishes it.
func TestUndoKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills several processes")
	}
	base := t.TempDir()
	a, b, before := filepath.Join(base, "a"), filepath.Join(base, "b"), filepath.Join(base, "before")
	const files = 1500 // a process that tells of so many is not done before it is listened to
	for i := range files {
		p := filepath.Join(a, fmt.Sprint("d", i%4), fmt.Sprint("f", i))
		must(t, os.MkdirAll(filepath.Dir(p), 0o777))
		must(t, os.WriteFile(p, bytes.Repeat([]byte(fmt.Sprintln("content", i)), 1+i%50*12), 0o644))
	}
	mustSync(t, a, b)
	copyTree(t, b, before)
	for i := range files {
		p := filepath.Join(a, fmt.Sprint("d", i%4), fmt.Sprint("f", i))
		switch i % 3 {
		case 0:
			must(t, os.Remove(p))
		case 1:
			must(t, os.WriteFile(p, []byte("edited"), 0o644))
		}
	}
	must(t, os.Rename(filepath.Join(a, "d3"), filepath.Join(a, "renamed")))
	mustSync(t, a, b)
	for n := range 4 {
		c := filepath.Join(base, fmt.Sprint("c", n))
		copyTree(t, b, c)
		cmd := exec.Command(latus(t), "undo", "--json", c)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for seen := 0; seen <= n && lines.Scan(); {
			if bytes.Contains(lines.Bytes(), []byte(`"event":"change"`)) {
				seen++
			}
		}
		must(t, cmd.Process.Kill())
		if err := cmd.Wait(); err == nil {
			t.Fatal("the undo had ended before it was killed")
		}
		other := filepath.Join(base, fmt.Sprint("other", n))
		mustSync(t, c, other)
		mustBeEqual(t, c, before)
		mustBeEqual(t, c, other)
	}
}
