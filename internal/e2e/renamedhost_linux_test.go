package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A laptop has another name in each network, and is one machine all the same: an empty
// mount point of a tree is refused, trees are remembered once, and a copy is found to be
// one.
func TestRenamedHost(t *testing.T) {
	if id, err := os.ReadFile("/etc/machine-id"); err != nil || len(id) < 16 {
		t.Skip("this machine has no id")
	}
	if err := exec.Command("unshare", "-u", "true").Run(); err != nil {
		t.Skip("no namespaces:", err)
	}
	as := func(host string, exit int, args ...string) string {
		t.Helper()
		cmd := exec.Command("unshare", append([]string{"-u", "sh", "-c", `echo "$0" >/proc/sys/kernel/hostname && exec "$@"`, host, latus(t)}, args...)...)
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != exit {
			t.Fatalf("%s, %q: exit %d, not %d: %s", host, args, got, exit, out)
		}
		return string(out)
	}
	dir := t.TempDir()
	a, stick, aside, other := filepath.Join(dir, "a"), filepath.Join(dir, "stick"), filepath.Join(dir, "aside"), filepath.Join(dir, "copy")
	edit(t, filepath.Join(a, "f"), "one")
	as("laptop", 0, "sync", a, stick)
	must(t, os.Rename(stick, aside))
	must(t, os.Mkdir(stick, 0o777))
	edit(t, filepath.Join(a, "g"), "two")
	for _, host := range []string{"laptop", "laptop-wlan"} {
		mustSay(t, as(host, 4, "sync", a, stick), "not mounted?")
		mustSay(t, as(host, 4, "sync", "--mirror", a, stick), "not mounted?")
	}
	must(t, os.Remove(stick))
	must(t, os.Rename(aside, stick))
	as("laptop-wlan", 0, "sync", a, stick)
	as("laptop", 0, "sync", a, stick)
	edit(t, filepath.Join(a, "g"), "three")
	mustSay(t, as("laptop-lan", 0, "sync", a, stick), "1 change")
	if config, err := os.ReadFile(filepath.Join(a, ".latus", "config.json")); err != nil || strings.Contains(string(config), `"before"`) {
		t.Fatalf("the stick is said to have stood elsewhere: %s %v", config, err)
	}
	must(t, exec.Command("cp", "-a", a, other).Run())
	mustSay(t, as("laptop-wlan", 0, "sync", other, stick), "id of its own")
}
