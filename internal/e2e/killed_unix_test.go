//go:build unix

package e2e

import (
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

// lot is the seed of what a test draws: that of the command line, or else any.
func lot(t *testing.T) uint64 {
	n := *seed
	if n == 0 {
		n = rand.Uint64()>>1 + 1
	}
	t.Logf("replay with -seed %d", n)
	return n
}

func TestKilledAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("kills many runs")
	}
	rng := rand.New(rand.NewPCG(lot(t), 2))
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
			for i := 0; i < *kills; {
				b := filepath.Join(t.TempDir(), "b"+strconv.Itoa(i))
				far := remote && i%2 == 1
				when, late := killed(t, append(target(b), a), b, far, time.Duration(rng.Int64N(int64(took))))
				if late {
					took = sooner(took)
				} else {
					i++
				}
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
			for i := 0; i <= *kills; {
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
					i++
				} else {
					far := remote && i%2 == 1
					when, late := killed(t, append(target(b), a), b, far, time.Duration(rng.Int64N(int64(took))))
					if late {
						took = sooner(took)
					} else {
						i++
					}
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
			cmd := exec.Command(latus(t), "sync", "-q", "--bwlimit", "100K", "-e", rsh, "--latus-path", latus(t), a, "here:"+b)
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			must(t, cmd.Start())
			arrived := ""
			for deadline := time.Now().Add(patience); arrived == "" && time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
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
				t.Fatal("all had arrived: the kill came too late")
			}
			time.Sleep(20 * time.Millisecond) // a kernel may stamp no finer than 10
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
	for end := time.Now().Add(patience); ; {
		out, err := exec.Command(latus(t), args...).CombinedOutput()
		if err == nil {
			return
		}
		// The far end of a killed run may need a moment to notice.
		if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 5 && time.Now().Before(end) {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		t.Fatalf("latus %s: %v\n%s", args, err, out)
	}
}

// killed starts a run and kills it, or its far end as soon as there is one, after a while.
// late: it had ended by then.
func killed(t testing.TB, args []string, tree string, far bool, after time.Duration) (when string, late bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, latus(t), args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	isOver := func(in time.Duration) bool {
		select {
		case <-ended:
			return true
		case <-time.After(in):
			return false
		}
	}
	late = isOver(after)
	for far && !late && !killServer(tree) {
		late = isOver(time.Millisecond)
	}
	if !far && !late {
		late = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) != nil
	}
	<-ended
	when = fmt.Sprintf("killed after %v, far end %v, too late %v", after, far, late)
	if ctx.Err() != nil {
		t.Fatalf("%s: the run hangs", when)
	}
	return when, late
}

// sooner is the time that a run takes, after a kill at random within took came too late.
func sooner(took time.Duration) time.Duration { return max(took*3/4, time.Millisecond) }

// killServer kills every latus that serves tree, and tells whether there was one.
func killServer(tree string) bool { return signalServer(tree, syscall.SIGKILL) }

func signalServer(tree string, sig syscall.Signal) (heard bool) {
	for _, pid := range servers(tree) {
		heard = syscall.Kill(pid, sig) == nil || heard
	}
	return heard
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
