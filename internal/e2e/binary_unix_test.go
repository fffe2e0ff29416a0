//go:build unix

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "latus-test")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "latus")
	out, err := exec.Command("go", "build", "-o", name, "latus").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return name, nil
})

func latus(t testing.TB) string {
	t.Helper()
	if name := os.Getenv("LATUS_TEST_AS_NOBODY"); name != "" {
		return name // built by another user, see TestKindsAsUser
	}
	name, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// summary is the last line of --json.
type summary struct {
	Event                              string
	Changes, Conflicts, Problems, Exit int
	Files, Bytes, Sent, Received       int64
}

// run runs latus with --json and returns its summary and exit code.
func run(t testing.TB, args ...string) (summary, int) {
	t.Helper()
	cmd := exec.Command(latus(t), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var s summary
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if jerr := json.Unmarshal(lines[len(lines)-1], &s); jerr != nil || s.Event != "summary" {
		t.Fatalf("latus %s: the last line is no summary: %q\n%s", args, lines[len(lines)-1], &stderr)
	}
	code := exitOf(t, err)
	if code != 0 {
		t.Logf("latus %s: exit %d\n%s%s", args, code, out[:min(len(out), 4000)], &stderr)
	}
	return s, code
}

func mustSync(t testing.TB, args ...string) summary {
	t.Helper()
	s, code := run(t, append([]string{"sync", "--json"}, args...)...)
	if code != 0 {
		t.Fatalf("exit %d", code)
	}
	return s
}

// said runs a sync and returns what it says.
func said(t *testing.T, exit int, args ...string) string {
	t.Helper()
	out, err := exec.Command(latus(t), append([]string{"sync"}, args...)...).CombinedOutput()
	code := exitOf(t, err)
	if code != exit {
		t.Fatalf("latus sync %q: exit %d, not %d\n%s", args, code, exit, out)
	}
	return string(out)
}

// exitOf is the exit code of a command that came to err.
func exitOf(t testing.TB, err error) int {
	t.Helper()
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	must(t, err)
	return 0
}

func mustBeEqual(t testing.TB, a, b string) {
	t.Helper()
	x, err := look(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := look(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := difference(x, y); len(diff) > 0 {
		t.Fatalf("the trees differ:\n%s", strings.Join(diff, "\n"))
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
