//go:build unix

package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latus/internal/sshtest"
)

// equalOverSFTP compares trees where mtimes travel in whole seconds.
func equalOverSFTP(t *testing.T, a, b string) {
	t.Helper()
	if out, err := exec.Command("diff", "-r", "--no-dereference", "--exclude=.latus", a, b).CombinedOutput(); err != nil {
		t.Fatalf("the trees differ: %v\n%s", err, out)
	}
	x, err := look(a)
	must(t, err)
	y, err := look(b)
	must(t, err)
	for name, was := range x {
		var m1, m2 string
		var t1, t2 int64
		if n, _ := fmt.Sscanf(was, "file %s %d", &m1, &t1); n != 2 {
			continue
		}
		if n, _ := fmt.Sscanf(y[name], "file %s %d", &m2, &t2); n != 2 || m1 != m2 || t1/1e9 != t2/1e9 {
			t.Errorf("%s: %s | %s", name, was, y[name])
		}
	}
}

// sftpOnly is an sshd where nothing but SFTP may be used, and the flags that lead
// there.
func sftpOnly(t *testing.T) (*sshtest.Server, []string) {
	t.Helper()
	s := sshtest.Start(t, sshtest.Options{Config: "ForceCommand internal-sftp"})
	return s, []string{"--ssh-config", s.ConfigFile}
}

func TestSyncOverSFTP(t *testing.T) {
	s, flags := sftpOnly(t)
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	put(t, filepath.Join(a, "f"), "f")
	put(t, filepath.Join(a, "d/g"), "g")
	put(t, filepath.Join(a, "d/deep/h"), strings.Repeat("h", 300_000))
	put(t, filepath.Join(a, "empty file"), "")
	must(t, os.MkdirAll(filepath.Join(a, "empty"), 0o755))
	must(t, os.Symlink("f", filepath.Join(a, "link")))
	must(t, os.Chmod(filepath.Join(a, "f"), 0o600))
	must(t, os.Chmod(filepath.Join(a, "d/g"), 0o755))
	for i := range 200 {
		put0(t, filepath.Join(a, "many", fmt.Sprint(i%7), fmt.Sprint(i)), fmt.Sprint("content ", i))
	}
	args := append(flags, a, "sftp://"+s.Name+b)
	sync := func(exit int) summary {
		t.Helper()
		sum, code := run(t, append([]string{"sync", "--json"}, args...)...)
		if code != exit {
			t.Fatalf("exit %d, not %d", code, exit)
		}
		return sum
	}
	quiet := func() {
		t.Helper()
		frozen, err := stats(a, b)
		must(t, err)
		if sum := sync(0); sum.Changes != 0 {
			t.Fatalf("%+v", sum)
		}
		now, err := stats(a, b)
		must(t, err)
		if diff := difference(frozen, now); len(diff) > 0 {
			t.Fatalf("a run with nothing to do wrote:\n%s", strings.Join(diff, "\n"))
		}
	}
	if sum := sync(0); sum.Changes == 0 || sum.Sent < 300_000 {
		t.Errorf("%+v", sum)
	}
	equalOverSFTP(t, a, b)
	quiet()

	// Edits on both sides, a rename, a deletion, a chmod, and a conflict.
	time.Sleep(1100 * time.Millisecond) // the clock there shows whole seconds
	put(t, filepath.Join(a, "f"), "edited at a")
	put(t, filepath.Join(b, "d/g"), "edited at b")
	put(t, filepath.Join(b, "new/from b"), "new at b")
	must(t, os.Remove(filepath.Join(a, "many/1/1")))
	must(t, os.Remove(filepath.Join(b, "many/2/2")))
	must(t, os.RemoveAll(filepath.Join(b, "many/3")))
	must(t, os.Rename(filepath.Join(a, "many/4"), filepath.Join(a, "renamed")))
	must(t, os.Chmod(filepath.Join(b, "many/5/5"), 0o755))
	put(t, filepath.Join(a, "both"), "at a, first")
	time.Sleep(1100 * time.Millisecond)
	put(t, filepath.Join(b, "both"), "at b, later, and longer")
	sum := sync(0)
	if sum.Conflicts != 1 {
		t.Errorf("%+v", sum)
	}
	equalOverSFTP(t, a, b)
	mustHold(t, filepath.Join(a, "both"), "at b, later, and longer")
	mustHold(t, filepath.Join(b, "f"), "edited at a")
	mustHold(t, filepath.Join(a, "d/g"), "edited at b")
	if !inTrashOf(t, b, "at a, first") || !inTrashOf(t, a, "at a, first") {
		t.Error("the loser is not in the trash")
	}
	quiet()

	// One run in three directions, one of them local.
	c := filepath.Join(dir, "c")
	args = append(flags, a, "sftp://"+s.Name+b, c)
	sync(0)
	equalOverSFTP(t, b, c)

	// Where it stood is known however the host is reached, and named.
	args = append(flags, a, s.Name+":"+b)
	out, err := exec.Command(latus(t), append([]string{"sync"}, args...)...).CombinedOutput()
	if err != nil || strings.Count(string(out), "using SFTP") != 1 {
		t.Errorf("%v\n%s", err, out)
	}
	args = append(flags, b, "sftp://"+s.Name+b)
	sync(2)
}

// put0 writes a file without caring about when.
func put0(t *testing.T, name, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(name), 0o755))
	must(t, os.WriteFile(name, []byte(text), 0o644))
}

func inTrashOf(t *testing.T, dir, text string) bool {
	t.Helper()
	err := exec.Command("grep", "-rqxF", text, filepath.Join(dir, ".latus", "trash")).Run()
	return err == nil
}

// One tree is the same whether latus works on its host or over SFTP: what one
// has seen is no change to the other.
func TestTreeIsSharedBetweenSFTPAndItsHost(t *testing.T) {
	s, flags := sftpOnly(t)
	dir := t.TempDir()
	a, b, c := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
	put(t, filepath.Join(a, "from a"), "a")
	put(t, filepath.Join(b, "from b"), "b")
	put(t, filepath.Join(b, "d/from b"), "b")
	put(t, filepath.Join(c, "from c"), "c")
	sftp := append(flags, a, "sftp://"+s.Name+b)
	near := []string{b, c}
	must0 := func(args []string, none bool) {
		t.Helper()
		sum := mustSync(t, args...)
		if none && sum.Changes+sum.Conflicts > 0 {
			t.Fatalf("%q: %+v", args, sum)
		}
	}
	for round := range 3 {
		must0(sftp, false)
		must0(near, false)
		must0(sftp, false)
		must0(near, true)
		must0(sftp, true)
		must0(append(flags, a, "sftp://"+s.Name+b, c), true)
		equalOverSFTP(t, a, b)
		equalOverSFTP(t, b, c)
		time.Sleep(1100 * time.Millisecond)
		put(t, filepath.Join(a, "from c"), fmt.Sprint("edited at a ", round))
		put(t, filepath.Join(b, "from a"), fmt.Sprint("edited at b ", round))
		put(t, filepath.Join(c, "from b"), fmt.Sprint("edited at c ", round))
		put(t, filepath.Join(b, fmt.Sprint("new at b ", round)), "new")
		must(t, os.RemoveAll(filepath.Join(a, "new at b 0")))
	}
}

func TestDryRunOverSFTPWritesNothing(t *testing.T) {
	s, flags := sftpOnly(t)
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	put(t, filepath.Join(a, "f"), "f")
	put(t, filepath.Join(b, "g"), "g")
	frozen, err := stats(a, b)
	must(t, err)
	args := append(flags, "-n", a, "sftp://"+s.Name+b)
	if sum := mustSync(t, args...); sum.Changes != 2 {
		t.Errorf("%+v", sum)
	}
	if sum := mustSync(t, append(flags, "-n", a, "sftp://"+s.Name+b+"/not there")...); sum.Changes != 1 {
		t.Errorf("%+v", sum)
	}
	now, err := stats(a, b)
	must(t, err)
	if diff := difference(frozen, now); len(diff) > 0 {
		t.Fatalf("a dry run wrote:\n%s", strings.Join(diff, "\n"))
	}
}

// What a run over SFTP that is refused has made goes again.
func TestRefusedOverSFTPLeavesNothing(t *testing.T) {
	s, flags := sftpOnly(t)
	dir := t.TempDir()
	a, b, c, d := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c"), filepath.Join(dir, "d")
	for i := range 30 {
		put(t, filepath.Join(a, fmt.Sprint("f", i)), "f")
		must(t, os.MkdirAll(c, 0o777))
	}
	mustSync(t, a, b)
	for i := range 30 {
		must(t, os.Remove(filepath.Join(a, fmt.Sprint("f", i))))
	}
	out, err := exec.Command("latus", append(append([]string{"sync"}, flags...), "sftp://"+s.Name+c, a, "sftp://"+s.Name+d)...).CombinedOutput()
	if exit, _ := errors.AsType[*exec.ExitError](err); exit == nil || exit.ExitCode() != 4 {
		t.Fatalf("%v\n%s", err, out)
	}
	left, err := stats(c)
	must(t, err)
	if len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	if _, err := os.Stat(d); !os.IsNotExist(err) {
		t.Errorf("left: %v", err)
	}
}

func TestSFTPThatCannotBe(t *testing.T) {
	a := t.TempDir()
	put(t, filepath.Join(a, "f"), "f")
	noisy := sshtest.Start(t, sshtest.Options{Noise: "Welcome to this machine!\n"})
	mustSay(t, said(t, 1, "--ssh-config", noisy.ConfigFile, a, "sftp://"+noisy.Name+"/~/x"), "Welcome to this machine!", "start-up files")
	none := sshtest.Start(t, sshtest.Options{NoSFTP: true})
	mustSay(t, said(t, 1, "--ssh-config", none.ConfigFile, a, "sftp://"+none.Name+"/~/x"), "hint:")
	j := newJail(t)
	mustSay(t, j.sync(t, 1, a, "sftp://"+j.Name+"/~/x"), "HOST:PATH")
	s, flags := sftpOnly(t)
	mustSay(t, said(t, 1, append(flags, a, "sftp://"+s.Name+"/no/such/place")...), "nor one to make it in")
	must(t, os.WriteFile(filepath.Join(s.Dir, "file"), nil, 0o644))
	mustSay(t, said(t, 1, append(flags, a, "sftp://"+s.Name+filepath.Join(s.Dir, "file"))...), "not a directory")
	if _, err := os.Stat(filepath.Join(a, ".latus")); err == nil {
		t.Error("the tree here was changed")
	}
}

// TestKilledBeforeItSpoke: a latus that somebody ends before it has said a word is
// no reason to take the host for one without.
func TestKilledBeforeItSpoke(t *testing.T) {
	s, flags := server(t)
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	must(t, os.Mkdir(a, 0o755))
	put(t, filepath.Join(a, "f"), "f")
	args := append([]string{"sync"}, flags...)
	for _, die := range []string{"kill -9 $$;", "sh -c 'kill -9 $$';exit $?;"} {
		out, err := exec.Command(latus(t), append(args, "--latus-path", die, a, s.Name+":"+b)...).CombinedOutput()
		if err == nil || strings.Contains(string(out), "using SFTP") {
			t.Errorf("%s: %v\n%s", die, err, out)
		}
		if _, err := os.Stat(b); !os.IsNotExist(err) {
			t.Errorf("%s: the tree was made: %v", die, err)
		}
		t.Logf("%s", out)
	}
}
