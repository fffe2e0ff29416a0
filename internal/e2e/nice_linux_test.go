package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// --nice is for all threads of a run, on both sides.
func TestNice(t *testing.T) {
	if was, err := unix.Getpriority(unix.PRIO_PROCESS, 0); err == nil && 20-was > 10 {
		t.Skip("the tests themselves are nicer")
	}
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	bigFiles(t, a, 20, 150_000)
	cmd := exec.Command(latus(t), "sync", "-q", "--nice", "--bwlimit", "1M", "-e", rshScript(t, dir), "--latus-path", latus(t), a, "here:"+b)
	must(t, cmd.Start())
	waitFor(t, func() bool { return len(glob(b, "f*")) > 0 })
	pids := append(servers(b), cmd.Process.Pid)
	if len(pids) < 2 {
		t.Errorf("there is no server: %v", pids)
	}
	for _, pid := range pids {
		for _, stat := range glob(fmt.Sprint("/proc/", pid, "/task"), "*/stat") {
			text, err := os.ReadFile(stat)
			if err != nil {
				continue // it has ended
			}
			_, rest, _ := strings.Cut(string(text), ") ")
			if nice := strings.Fields(rest)[16]; nice != "10" {
				t.Errorf("%s: nice %s", stat, nice)
			}
		}
	}
	must(t, cmd.Wait())
	mustBeEqual(t, a, b)
}
