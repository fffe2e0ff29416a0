//go:build !windows

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"latus/internal/sshtest"
)

// The tests in this file run the real binary against real trees, over a real
// sshd. With -whole they take all of Go's own tree, without a part of it.
var (
	whole = flag.Bool("whole", false, "test with all of GOROOT")
	kills = flag.Int("kills", 2, "how often to kill each kind of run")
	seed  = flag.Uint64("seed", 0, "replay the kills of this seed")
)

var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "latus-test")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "latus")
	out, err := exec.Command("go", "build", "-o", name, ".").CombinedOutput()
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
	code := 0
	if exit, ok := err.(*exec.ExitError); ok {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
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

// goTree copies Go's own tree, or a part of it, and adds what it lacks.
func goTree(t testing.TB) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	must(t, err)
	from := strings.TrimSpace(string(root))
	if !*whole {
		from = filepath.Join(from, "src", "cmd", "compile")
	}
	to := filepath.Join(t.TempDir(), "go")
	copyTree(t, from, to)
	must(t, os.Symlink("VERSION", filepath.Join(to, "a link")))
	must(t, os.Symlink("/nowhere/at all", filepath.Join(to, "dangling")))
	must(t, os.MkdirAll(filepath.Join(to, "empty", "directory"), 0o750))
	must(t, os.WriteFile(filepath.Join(to, "odd \"name\"\nwith a newline"), nil, 0o604))
	must(t, os.WriteFile(filepath.Join(to, "invalid \xff utf-8"), []byte("x"), 0o400))
	must(t, os.Chmod(filepath.Join(to, "empty"), 0o711))
	return to
}

func copyTree(t testing.TB, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", "-a", from+"/.", to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v %s", err, out)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// server starts an sshd on which this latus is installed.
func server(t testing.TB) (*sshtest.Server, []string) {
	t.Helper()
	s := sshtest.Start(t, sshtest.Options{Path: filepath.Dir(latus(t))})
	return s, []string{"--ssh-config", s.ConfigFile}
}

func TestGoTreeOverSSH(t *testing.T) {
	if testing.Short() {
		t.Skip("copies a large tree")
	}
	a := goTree(t)
	s, flags := server(t)
	b := filepath.Join(t.TempDir(), "remote")
	args := append(flags, a, s.Name+":"+b)

	mustSync(t, args...)
	mustBeEqual(t, a, b)

	rng := rand.New(rand.NewPCG(1, 1))
	churn(t, rng, a, "a")
	churn(t, rng, b, "b")
	sum := mustSync(t, args...)
	if sum.Changes == 0 {
		t.Fatal("nothing was done")
	}
	mustBeEqual(t, a, b)

	before, err := stats(a, b)
	must(t, err)
	sum = mustSync(t, args...)
	if sum.Changes != 0 || sum.Conflicts != 0 || sum.Problems != 0 {
		t.Fatalf("not quiet: %+v", sum)
	}
	after, err := stats(a, b)
	must(t, err)
	if diff := difference(before, after); len(diff) > 0 {
		t.Fatalf("a run with nothing to do touched:\n%s", strings.Join(diff, "\n"))
	}
}

// churn edits, deletes, renames and creates, reproducibly.
func churn(t testing.TB, rng *rand.Rand, dir, tag string) {
	t.Helper()
	var files []string
	must(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == ".latus" {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			files = append(files, p)
		}
		return nil
	}))
	rng.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	n := max(len(files)/40, 8)
	for i, p := range files[:n] {
		switch i % 5 {
		case 0, 1:
			must(t, os.Chmod(p, 0o644))
			must(t, os.WriteFile(p, []byte(fmt.Sprintf("edited on %s: %d %s", tag, i, p)), 0o644))
		case 2:
			must(t, os.Remove(p))
		case 3:
			must(t, os.Rename(p, fmt.Sprintf("%s.renamed-%s", p, tag)))
		case 4:
			must(t, os.WriteFile(fmt.Sprintf("%s.new-%s-%d", p, tag, i), []byte(tag+p), 0o755))
		}
	}
}

// contents are the hashes of all files in a tree, its trash and, if asked for,
// its staging area.
func contents(t testing.TB, dir string, staged bool) map[[32]byte]string {
	t.Helper()
	found := map[[32]byte]string{}
	must(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "staging" && !staged {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			found[sha256.Sum256(b)] = p
		}
		return nil
	}))
	return found
}

// nothingLost checks that every content of before is still in one of the trees.
func nothingLost(t testing.TB, when string, before map[[32]byte]string, staged bool, dirs ...string) {
	t.Helper()
	now := map[[32]byte]string{}
	for _, dir := range dirs {
		for h, p := range contents(t, dir, staged) {
			now[h] = p
		}
	}
	for h, p := range before {
		if _, ok := now[h]; !ok && !strings.Contains(p, "/.latus/") {
			t.Fatalf("%s: the content of %s is gone", when, p)
		}
	}
}

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
	procs, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, p := range procs {
		b, err := os.ReadFile(p)
		if err != nil || !bytes.Contains(b, []byte("serve\x00")) || !bytes.Contains(b, []byte(tree)) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(p))); err == nil {
			_ = syscall.Kill(pid, sig)
		}
	}
}

// wholeFiles checks that every file of a half-made copy is whole.
func wholeFiles(t testing.TB, when, a, b string) {
	t.Helper()
	if _, err := os.Stat(b); os.IsNotExist(err) {
		return
	}
	x, err := look(a)
	must(t, err)
	y, err := look(b)
	must(t, err)
	for p, v := range y {
		if strings.HasPrefix(v, "file") && x[p] != v {
			t.Fatalf("%s: %q is not whole: %s, not %s", when, p, v, x[p])
		}
	}
}

func stagingEmpty(t testing.TB, when string, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		left, err := os.ReadDir(filepath.Join(dir, ".latus", "staging"))
		if err != nil || len(left) > 0 {
			t.Fatalf("%s: staging of %s: %v %v", when, dir, left, err)
		}
	}
}

// TestRepairOverSSH damages a large file and a small one and takes both from
// another host.
func TestRepairOverSSH(t *testing.T) {
	if testing.Short() {
		t.Skip("starts an sshd")
	}
	s, flags := server(t)
	a, b := t.TempDir(), filepath.Join(t.TempDir(), "remote")
	large := bytes.Repeat([]byte("0123456789abcdef"), 200_000)
	must(t, os.WriteFile(filepath.Join(a, "large"), large, 0o640))
	must(t, os.WriteFile(filepath.Join(a, "small"), []byte("small"), 0o600))
	mustSync(t, append(flags, a, s.Name+":"+b)...)
	before, err := look(a)
	must(t, err)
	for _, name := range []string{"large", "small"} {
		p := filepath.Join(a, name)
		info, err := os.Stat(p)
		must(t, err)
		f, err := os.OpenFile(p, os.O_WRONLY, 0)
		must(t, err)
		_, err = f.WriteAt([]byte("!"), info.Size()/2)
		must(t, err)
		must(t, f.Close())
		must(t, os.Chtimes(p, info.ModTime(), info.ModTime()))
	}
	if sum, code := run(t, append([]string{"verify", "--json", a}, flags...)...); code != 3 || sum.Problems != 2 {
		t.Fatalf("exit %d, %+v", code, sum)
	}
	there, err := stats(b)
	must(t, err)
	if sum, code := run(t, append([]string{"verify", "--json", a, "--repair", s.Name + ":" + b}, flags...)...); code != 0 || sum.Problems != 0 {
		t.Fatalf("exit %d, %+v", code, sum)
	}
	after, err := look(a)
	must(t, err)
	if diff := difference(before, after); len(diff) > 0 {
		t.Fatalf("not as it was:\n%s", strings.Join(diff, "\n"))
	}
	now, err := stats(b)
	must(t, err)
	if diff := difference(there, now); len(diff) > 0 {
		t.Fatalf("the other tree was written to:\n%s", strings.Join(diff, "\n"))
	}
	if sum := mustSync(t, append(flags, a, s.Name+":"+b)...); sum.Changes != 0 {
		t.Fatalf("%+v", sum)
	}
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
