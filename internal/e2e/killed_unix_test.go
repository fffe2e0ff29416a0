//go:build unix

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

func TestKilledAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("kills many runs")
	}
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("replay with -seed %d", *seed)
	rng := rand.New(rand.NewPCG(*seed, 2))
	s, flags := server(t)

	for _, remote := range []bool{false, true} {
		target := func(b string) []string {
			if remote {
				return append(append([]string{"sync", "-q"}, flags...), s.Name+":"+b)
			}
			return []string{"sync", "-q", b}
		}
		t.Run(fmt.Sprintf("first sync, remote %v", remote), func(t *testing.T) {
			a := goTree(t)
			before := contents(t, a, false)
			clean := filepath.Join(t.TempDir(), "clean")
			start := time.Now()
			runToEnd(t, append(target(clean), a))
			took := time.Since(start)
			must(t, os.RemoveAll(filepath.Join(a, ".latus")))
			for i := range *kills {
				b := filepath.Join(t.TempDir(), "b"+strconv.Itoa(i))
				far := remote && i%2 == 1
				when := killed(t, append(target(b), a), b, far, time.Duration(rng.Int64N(int64(took))))
				nothingLost(t, when, before, false, a)
				wholeFiles(t, when, a, b)
				runToEnd(t, append(target(b), a))
				mustBeEqual(t, a, b)
				stagingEmpty(t, when, a, b)
				must(t, os.RemoveAll(filepath.Join(a, ".latus")))
				must(t, os.RemoveAll(b))
			}
		})
		t.Run(fmt.Sprintf("many changes, remote %v", remote), func(t *testing.T) {
			base := t.TempDir()
			a0, b0 := filepath.Join(base, "a0"), filepath.Join(base, "b0")
			copyTree(t, goTree(t), a0)
			runToEnd(t, append(target(b0), a0))
			churn(t, rng, a0, "a")
			churn(t, rng, b0, "b")
			var took time.Duration
			for i := range *kills + 1 {
				a, b := filepath.Join(base, fmt.Sprint("a", i+1)), filepath.Join(base, fmt.Sprint("b", i+1))
				copyTree(t, a0, a)
				copyTree(t, b0, b)
				before := contents(t, a, false)
				for h, p := range contents(t, b, false) {
					before[h] = p
				}
				if i == 0 {
					start := time.Now()
					runToEnd(t, append(target(b), a))
					took = time.Since(start)
				} else {
					far := remote && i%2 == 1
					when := killed(t, append(target(b), a), b, far, time.Duration(rng.Int64N(int64(took))))
					nothingLost(t, when, before, true, a, b)
					runToEnd(t, append(target(b), a))
					stagingEmpty(t, when, a, b)
				}
				mustBeEqual(t, a, b)
				nothingLost(t, "at the end", before, false, a, b)
				must(t, os.RemoveAll(a))
				must(t, os.RemoveAll(b))
			}
		})
	}
}

// TestKilledThenEdited: A changes all files; the run is killed half-way; B edits
// one that had arrived. Its edit is based on what arrived: it wins its path, and
// there is no conflict.
func TestKilledThenEdited(t *testing.T) {
	for _, save := range []string{"in place", "atomically"} {
		t.Run("saved "+save, func(t *testing.T) {
			dir := t.TempDir()
			a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
			must(t, os.Mkdir(a, 0o755))
			name := func(i int) string { return fmt.Sprintf("f%02d", i) }
			for i := range 100 {
				must(t, os.WriteFile(filepath.Join(a, name(i)), []byte("old"), 0o644))
			}
			runToEnd(t, []string{"sync", "-q", a, b})
			rng := rand.New(rand.NewPCG(7, 7))
			for i := range 100 {
				content := make([]byte, 100_000)
				for j := range content {
					content[j] = byte(rng.Uint32())
				}
				must(t, os.WriteFile(filepath.Join(a, name(i)), content, 0o644))
			}
			rsh := filepath.Join(dir, "rsh")
			must(t, os.WriteFile(rsh, []byte("#!/bin/sh\nshift\nexec sh -c \"$*\"\n"), 0o755))
			cmd := exec.Command(latus(t), "sync", "-q", "--bwlimit", "2M", "-e", rsh, "--latus-path", latus(t), a, "here:"+b)
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			must(t, cmd.Start())
			arrived := ""
			for deadline := time.Now().Add(time.Minute); arrived == "" && time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
				for i := range 100 {
					if info, err := os.Stat(filepath.Join(b, name(i))); err == nil && info.Size() > 3 {
						arrived = filepath.Join(b, name(i))
						break
					}
				}
			}
			killServer(b)
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			_ = cmd.Wait()
			if arrived == "" {
				t.Fatal("nothing arrived before the end")
			}
			if info, err := os.Stat(filepath.Join(b, name(99))); err != nil || info.Size() > 3 {
				t.Skip("all had arrived: the kill came too late")
			}
			time.Sleep(20 * time.Millisecond)
			target := arrived
			if save == "atomically" {
				target += ".tmp"
			}
			must(t, os.WriteFile(target, []byte("edited on b"), 0o644))
			must(t, os.Rename(target, arrived))
			sum := mustSync(t, a, b)
			if sum.Conflicts != 0 {
				t.Errorf("%d conflicts", sum.Conflicts)
			}
			mustBeEqual(t, a, b)
			if got, err := os.ReadFile(filepath.Join(a, filepath.Base(arrived))); err != nil || string(got) != "edited on b" {
				t.Errorf("the edit is gone: %.20q %v", got, err)
			}
			stagingEmpty(t, "afterwards", a, b)
		})
	}
}

func runToEnd(t testing.TB, args []string) {
	t.Helper()
	for tries := 0; ; tries++ {
		out, err := exec.Command(latus(t), args...).CombinedOutput()
		if err == nil {
			return
		}
		// The far end of a killed run may need a moment to notice.
		if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 5 && tries < 50 {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		t.Fatalf("latus %s: %v\n%s", args, err, out)
	}
}

// killed starts a run and kills it, or its far end, after a while.
func killed(t testing.TB, args []string, tree string, far bool, after time.Duration) (when string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, latus(t), args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(t, cmd.Start())
	time.Sleep(after)
	when = fmt.Sprintf("killed after %v, far end %v", after, far)
	if far {
		killServer(tree)
	} else {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	_ = cmd.Wait()
	if ctx.Err() != nil {
		t.Fatalf("%s: the run hangs", when)
	}
	return when
}

// killServer kills every latus that serves tree.
func killServer(tree string) { signalServer(tree, syscall.SIGKILL) }

func signalServer(tree string, sig syscall.Signal) {
	for _, pid := range servers(tree) {
		_ = syscall.Kill(pid, sig)
	}
}

// servers are the processes that serve a tree.
func servers(tree string) (pids []int) {
	procs, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, p := range procs {
		b, err := os.ReadFile(p)
		if err != nil || !bytes.Contains(b, []byte("serve\x00")) || !bytes.Contains(b, []byte(tree)) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(p))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// TestUndoKilled kills an undo after each of its first changes, at whatever it is
// doing then: the next run finishes it.
func TestUndoKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills several processes")
	}
	base := t.TempDir()
	a, b, before := filepath.Join(base, "a"), filepath.Join(base, "b"), filepath.Join(base, "before")
	for i := range 60 {
		p := filepath.Join(a, fmt.Sprint("d", i%4), fmt.Sprint("f", i))
		must(t, os.MkdirAll(filepath.Dir(p), 0o777))
		must(t, os.WriteFile(p, bytes.Repeat([]byte(fmt.Sprintln("content", i)), 3000), 0o644))
	}
	mustSync(t, a, b)
	copyTree(t, b, before)
	for i := range 60 {
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
		_ = cmd.Wait()
		other := filepath.Join(base, fmt.Sprint("other", n))
		mustSync(t, c, other)
		mustBeEqual(t, c, before)
		mustBeEqual(t, c, other)
	}
}
