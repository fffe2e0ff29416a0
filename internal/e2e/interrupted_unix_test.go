//go:build unix

package e2e

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInterrupted ends a run that moves files slowly, in each of the ways in which
// one is ended. What is there is whole, and the next run ends it.
func TestInterrupted(t *testing.T) {
	for name, end := range map[string]syscall.Signal{
		"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM, "SIGHUP": syscall.SIGHUP, "twice": syscall.SIGINT,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if signal.Ignored(end) {
				t.Skip("ignored by who runs the tests, and so by latus")
			}
			dir := t.TempDir()
			a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
			big := bigFiles(t, a, 100, 100_000)
			cmd := exec.Command(latus(t), "sync", "-q", "--bwlimit", "100K", "-e", rshScript(t, dir), "--latus-path", latus(t), a, "here:"+b)
			stderr := &strings.Builder{}
			cmd.Stderr = stderr
			must(t, cmd.Start())
			waitFor(t, func() bool { return len(glob(b, "f*")) > 0 })
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			if name == "twice" {
				signalServer(b, syscall.SIGSTOP) // in good order it does not end soon
				for cmd.Process.Signal(end) == nil {
					time.Sleep(150 * time.Millisecond) // sooner, it is one signal
				}
			} else {
				must(t, cmd.Process.Signal(end))
			}
			<-ended
			if code := cmd.ProcessState.ExitCode(); code != 130 {
				t.Errorf("exit %d: %s", code, stderr)
			}
			if n := len(glob(b, "f*")); n == len(big) {
				t.Error("it ended when all was done")
			}
			killServer(b) // of the second signal, it may not have heard
			for _, f := range glob(b, "f*") {
				if got, err := os.ReadFile(f); err != nil || sha256.Sum256(got) != big[filepath.Base(f)] {
					t.Errorf("%s is not whole: %d bytes, %v", f, len(got), err)
				}
			}
			runToEnd(t, []string{"sync", "-q", a, b})
			mustBeEqual(t, a, b)
			stagingEmpty(t, "afterwards", a, b)
		})
	}
}

// bigFiles fills a directory with noise.
func bigFiles(t testing.TB, dir string, n, size int) map[string][32]byte {
	t.Helper()
	must(t, os.MkdirAll(dir, 0o755))
	made := map[string][32]byte{}
	r := rand.NewChaCha8([32]byte{byte(n)})
	for i := range n {
		b := make([]byte, size)
		_, _ = r.Read(b)
		name := fmt.Sprintf("f%03d", i)
		made[name] = sha256.Sum256(b)
		must(t, os.WriteFile(filepath.Join(dir, name), b, 0o644))
	}
	return made
}

func glob(dir, pattern string) []string {
	found, _ := filepath.Glob(filepath.Join(dir, pattern))
	return found
}

func waitFor(t testing.TB, there func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !there(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

// A reader of the output that goes away (| head -1) ends nothing half-way.
func TestTheReaderOfTheOutputGoes(t *testing.T) {
	for _, flag := range []string{"-v", "--json", "-i", "--progress=always"} {
		dir := t.TempDir()
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		bigFiles(t, a, 300, 2000)
		out, err := exec.Command("sh", "-c", latus(t)+" sync "+flag+" "+a+" "+b+" | head -1").CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v %s", flag, err, out)
		}
		runToEnd(t, []string{"sync", "-q", a, b})
		mustBeEqual(t, a, b)
		stagingEmpty(t, flag, a, b)
	}
}

// Of two runs at once, one does all and the other says that the tree is busy.
func TestTwoRunsAtOnce(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	runs := [4]*exec.Cmd{}
	bigFiles(t, a, 2, 1000)
	runToEnd(t, []string{"sync", "-q", a, b})
	bigFiles(t, a, 100, 200_000)
	for i := range runs {
		x, y := a, b
		if i%2 == 1 {
			x, y = b, a
		}
		runs[i] = exec.Command(latus(t), "sync", "-q", x, y)
		must(t, runs[i].Start())
	}
	codes := map[int]int{}
	for _, c := range runs {
		_ = c.Wait()
		codes[c.ProcessState.ExitCode()]++
	}
	// Each may hold one tree and find the other one held: then none goes on.
	if codes[0]+codes[5] != len(runs) {
		t.Errorf("exit codes %v", codes)
	}
	runToEnd(t, []string{"sync", "-q", a, b})
	mustBeEqual(t, a, b)
	stagingEmpty(t, "afterwards", a, b)
}

// A far end that stops in the midst (frozen, or its network gone) is given up
// after --timeout.
func TestTheFarEndFreezes(t *testing.T) {
	t.Parallel() // it mostly waits
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	big := bigFiles(t, a, 100, 100_000)
	cmd := exec.Command(latus(t), "sync", "--timeout", "20", "--bwlimit", "100K", "-e", rshScript(t, dir), "--latus-path", latus(t), a, "here:"+b)
	out := &strings.Builder{}
	cmd.Stderr = out
	must(t, cmd.Start())
	waitFor(t, func() bool { return len(glob(b, "f*")) > 0 })
	signalServer(b, syscall.SIGSTOP)
	_ = cmd.Wait()
	signalServer(b, syscall.SIGCONT)
	killServer(b)
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(out.String(), "no answer for 20s") {
		t.Errorf("exit %d: %s", code, out)
	}
	if n := len(glob(b, "f*")); n == len(big) {
		t.Error("it froze when all was done")
	}
	runToEnd(t, []string{"sync", "-q", a, b})
	mustBeEqual(t, a, b)
}
