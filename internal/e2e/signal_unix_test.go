//go:build unix

package e2e

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"latus/ui"
)

// serving starts a latus that waits for another one, and returns when it has
// begun to.
func serving(t *testing.T, command ...string) (cmd *exec.Cmd, stdin io.Closer, stderr *bytes.Buffer) {
	t.Helper()
	cmd = exec.Command(command[0], command[1:]...)
	stderr = &bytes.Buffer{}
	cmd.Stderr = stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	if _, err := stdout.Read(make([]byte, 1)); err != nil {
		t.Fatalf("it says nothing: %v, %s", err, stderr)
	}
	return cmd, stdin, stderr
}

func TestSignalsEndARunInGoodOrder(t *testing.T) {
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(s) {
			continue // by who runs the tests, and so by latus
		}
		cmd, _, stderr := serving(t, "latus", "serve", "--stdio", t.TempDir())
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != ui.ExitInterrupted || !strings.HasPrefix(stderr.String(), "latus: interrupted\n") {
			t.Errorf("%v: exit %d, %q", s, code, stderr)
		}
	}
}

func TestAnIgnoredHangupStaysIgnored(t *testing.T) {
	cmd, stdin, stderr := serving(t, "sh", "-c", "trap '' HUP; exec latus serve --stdio "+t.TempDir())
	cmd.Process.Signal(syscall.SIGHUP)
	stdin.Close()
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code == ui.ExitInterrupted || code < 0 {
		t.Errorf("the hangup ended it: %v, %q", cmd.ProcessState, stderr)
	}
}

// As in `latus log | head`: whoever stops reading has seen enough.
func TestAReaderThatGoesAwayIsNoFailure(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	cmd := exec.Command("latus", "help")
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = w, &stderr
	cmd.Run()
	w.Close()
	if code := cmd.ProcessState.ExitCode(); code != 0 || stderr.Len() > 0 {
		t.Errorf("%v, it says %q", cmd.ProcessState, &stderr)
	}
}

// timeout(1) signals its child twice.
func TestTwoSignalsAtOnceAreOne(t *testing.T) {
	cmd, _, stderr := serving(t, "latus", "serve", "--stdio", t.TempDir())
	cmd.Process.Signal(syscall.SIGSTOP) // so that it hears of both at once, however long sending them takes
	cmd.Process.Signal(syscall.SIGINT)
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Process.Signal(syscall.SIGCONT)
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != ui.ExitInterrupted || !strings.HasPrefix(stderr.String(), "latus: interrupted\n") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}
