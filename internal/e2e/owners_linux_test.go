package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"latus/internal/sshtest"
)

// owns tells who owns what below dir, by number.
func owns(t testing.TB, file string) string {
	t.Helper()
	info, err := os.Lstat(file)
	must(t, err)
	st := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d", st.Uid, st.Gid)
}

func mustOwn(t testing.TB, want string, files ...string) {
	t.Helper()
	for _, file := range files {
		if got := owns(t, file); got != want {
			t.Fatalf("%s is owned by %s, not %s", file, got, want)
		}
	}
}

// owned is a tree with files of several people.
func owned(t *testing.T) (a string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root gives files away")
	}
	a = filepath.Join(t.TempDir(), "a")
	put(t, filepath.Join(a, "d", "f"), "f")
	put(t, filepath.Join(a, "g"), "g")
	put(t, filepath.Join(a, "root's"), "r")
	must(t, os.Symlink("g", filepath.Join(a, "l")))
	must(t, os.Chown(filepath.Join(a, "d"), 1234, 4321))
	must(t, os.Chown(filepath.Join(a, "d", "f"), 1234, 4321))
	must(t, os.Lchown(filepath.Join(a, "g"), 1235, 0))
	must(t, os.Lchown(filepath.Join(a, "l"), 1234, 4321))
	return a
}

func in(dir string, names ...string) (files []string) {
	for _, n := range names {
		files = append(files, filepath.Join(dir, n))
	}
	return files
}

// Trees that were in sync without their owners get them once somebody asks: from where
// the versions come from. It is said beforehand, and once only is there anything to do.
func TestOwnersTravel(t *testing.T) {
	a := owned(t)
	b := filepath.Join(t.TempDir(), "b")
	syncs(t, 0, a, b)
	mustOwn(t, "0:0", in(b, "d", "d/f", "g", "l")...)
	for _, dir := range []string{a, b} {
		if index, err := os.ReadFile(filepath.Join(dir, ".latus", "index.jsonl")); err != nil || strings.Contains(string(index), `"own"`) {
			t.Fatal("nobody asked for owners, and the index has some:", err)
		}
	}
	for _, args := range [][]string{{"-n"}, {}} {
		out := said(t, 0, append(args, "-i", "--owner", a, b)...)
		mustSay(t, out, ".d....og... d/\n", ".f....og... d/f\n", ".f....o.... g\n", ".L....og... l\n")
		if strings.Contains(out, "root's") {
			t.Fatalf("what is owned alike is to be changed:\n%s", out)
		}
	}
	mustOwn(t, "1234:4321", in(b, "d", "d/f", "l")...)
	mustOwn(t, "1235:0", in(b, "g")...)
	mustOwn(t, "0:0", in(b, "root's")...)
	still := func(args ...string) {
		t.Helper()
		before := [2]string{stateOf(t, a), stateOf(t, b)}
		if sum := syncs(t, 0, append(args, a, b)...); sum.Changes != 0 {
			t.Fatalf("%+v", sum)
		}
		if after := [2]string{stateOf(t, a), stateOf(t, b)}; after != before {
			t.Fatalf("nothing was to be done, and\n%s\nbecame\n%s", before, after)
		}
	}
	still("--owner")
	still()

	// Given to somebody on either side.
	must(t, os.Chown(filepath.Join(b, "g"), 77, 78))
	must(t, os.Chown(filepath.Join(a, "d"), 0, 4321))
	out := said(t, 0, "--json", "--owner", a, b)
	mustSay(t, out, `"action":"touch","path":"g"`, `"action":"touch","path":"d"`)
	mustOwn(t, "77:78", in(a, "g")...)
	mustOwn(t, "0:4321", in(b, "d")...)
	still("--owner")

	// A run without the flag leaves a file whose it is, whatever it brings. What it makes
	// anew is root's; that is no news of who owns it.
	put(t, filepath.Join(a, "g"), "g, edited")
	syncs(t, 0, a, b)
	mustOwn(t, "77:78", in(b, "g")...)
	mustOwn(t, "77:78", in(a, "g")...)
	put(t, filepath.Join(b, "d", "f"), "f, edited there")
	syncs(t, 0, a, b)
	mustOwn(t, "1234:4321", in(a, "d/f")...)
	if sum := syncs(t, 0, "--owner", a, b); sum.Changes != 0 {
		t.Fatalf("%+v", sum)
	}
	must(t, os.Rename(filepath.Join(a, "g"), filepath.Join(a, "h")))
	syncs(t, 0, "--max-delete", "off", a, b)
	must(t, os.Remove(filepath.Join(b, "h")))
	syncs(t, 0, b, a)
	syncs(t, 0, "--owner", a, b)
	put(t, filepath.Join(a, "g"), "g, anew")
	must(t, os.Chown(filepath.Join(a, "g"), 77, 78))
	syncs(t, 0, a, b)
	mustOwn(t, "0:0", in(b, "g")...)
	mustSay(t, said(t, 0, "-i", "--owner", b, a), ".f....og... g\n")
	mustOwn(t, "77:78", in(b, "g")...)
	mustOwn(t, "77:78", in(a, "g")...)
	mustOwn(t, "1234:4321", in(a, "d/f")...)
	mustOwn(t, "1234:4321", in(b, "d/f")...)
	still("--owner")

	// With a new version, under a new name, and with its content from the trash.
	put(t, filepath.Join(a, "new"), "n")
	must(t, os.Chown(filepath.Join(a, "new"), 5, 6))
	must(t, os.Chmod(filepath.Join(a, "new"), 0o755|os.ModeSetuid))
	must(t, os.Rename(filepath.Join(a, "d"), filepath.Join(a, "e")))
	must(t, os.Chown(filepath.Join(a, "e", "f"), 9, 9))
	syncs(t, 0, "--owner", a, b)
	mustOwn(t, "5:6", in(b, "new")...)
	if fileMode(t, filepath.Join(b, "new")) != 0o4755 {
		t.Fatal("a mode was lost when its file was given away")
	}
	mustOwn(t, "0:4321", in(b, "e")...)
	mustOwn(t, "9:9", in(b, "e/f")...)
	must(t, os.Chown(filepath.Join(a, "new"), 7, 6)) // which takes the setuid bit away
	must(t, os.Chmod(filepath.Join(a, "new"), 0o755|os.ModeSetuid))
	syncs(t, 0, "--owner", a, b)
	mustOwn(t, "7:6", in(b, "new")...)
	if fileMode(t, filepath.Join(b, "new")) != 0o4755 {
		t.Fatal("a mode was lost when its file was given to another one")
	}
	must(t, exec.Command("cp", "-p", filepath.Join(a, "root's"), filepath.Join(a, "kept")).Run())
	must(t, os.Remove(filepath.Join(a, "root's")))
	syncs(t, 0, "--owner", a, b)
	must(t, os.Rename(filepath.Join(a, "kept"), filepath.Join(a, "root's")))
	must(t, os.Chown(filepath.Join(a, "root's"), 3, 3))
	syncs(t, 0, "--owner", a, b)
	mustOwn(t, "3:3", in(b, "root's")...)
	still("--owner")

	if out, err := exec.Command(latus(t), "verify", b).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// stateOf is all that anybody could see of a tree, its private folder included.
func stateOf(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.Command("find", dir, "-printf", `%p %y %s %T@ %C@ %i %m %U:%G\n`).Output()
	must(t, err)
	return string(out)
}

func TestOwnersAreUndone(t *testing.T) {
	a := owned(t)
	b := filepath.Join(t.TempDir(), "b")
	syncs(t, 0, "--owner", a, b)
	mustOwn(t, "1234:4321", in(b, "d/f")...)
	must(t, os.Chown(filepath.Join(a, "d", "f"), 1, 1))
	put(t, filepath.Join(a, "g"), "g, edited")
	must(t, os.Chown(filepath.Join(a, "g"), 1, 1))
	syncs(t, 0, "--owner", a, b)
	mustOwn(t, "1:1", in(b, "d/f", "g")...)
	if out, err := exec.Command(latus(t), "undo", b).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	mustOwn(t, "1234:4321", in(b, "d/f")...)
	mustOwn(t, "1235:0", in(b, "g")...)
	mustHold(t, filepath.Join(b, "g"), "g")
	syncs(t, 0, "--owner", a, b)
	mustOwn(t, "1234:4321", in(a, "d/f")...)
	mustOwn(t, "1235:0", in(a, "g")...)

	// What is restored belongs to whom it belonged.
	put(t, filepath.Join(a, "g"), "g, again")
	syncs(t, 0, "--owner", a, b)
	if out, err := exec.Command(latus(t), "trash", "restore", b, "g", "--to", "old g").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	mustOwn(t, "1235:0", in(b, "old g")...)
	syncs(t, 0, "--owner", a, b)
	mustOwn(t, "1235:0", in(a, "old g")...)
}

func TestOwnersOfAMirror(t *testing.T) {
	a := owned(t)
	b := filepath.Join(t.TempDir(), "b")
	syncs(t, 0, "--owner", a, b)
	must(t, os.Chown(filepath.Join(b, "d", "f"), 1, 1))
	must(t, os.Chown(filepath.Join(a, "g"), 2, 2))
	syncs(t, 0, "--owner", "--mirror", a, b)
	mustOwn(t, "1234:4321", in(b, "d/f")...)
	mustOwn(t, "2:2", in(b, "g")...)
	must(t, os.Chown(filepath.Join(b, "g"), 3, 3))
	must(t, os.Chown(filepath.Join(a, "d", "f"), 4, 4))
	syncs(t, 0, "--owner", "--one-way", a, b)
	mustOwn(t, "4:4", in(b, "d/f")...)
	mustOwn(t, "2:2", in(a, "g")...)
	syncs(t, 0, "--owner", a, b)
	mustOwn(t, "3:3", in(a, "g")...)
}

func TestOwnersOverSSH(t *testing.T) {
	a := owned(t)
	s := sshtest.Start(t, sshtest.Options{Path: filepath.Dir(latus(t))})
	b := filepath.Join(t.TempDir(), "b")
	args := []string{"--ssh-config", s.ConfigFile, "--owner", a, s.Name + ":" + b}
	syncs(t, 0, args...)
	mustOwn(t, "1234:4321", in(b, "d", "d/f", "l")...)
	must(t, os.Chown(filepath.Join(b, "d", "f"), 8, 8))
	if sum := syncs(t, 0, args...); sum.Changes != 1 {
		t.Fatalf("%+v", sum)
	}
	mustOwn(t, "8:8", in(a, "d/f")...)
	if sum := syncs(t, 0, args...); sum.Changes != 0 {
		t.Fatalf("%+v", sum)
	}

	// SFTP knows nobody.
	c := filepath.Join(t.TempDir(), "c")
	args = []string{"--ssh-config", s.ConfigFile, "--owner", a, "sftp://" + s.Name + c}
	mustSay(t, said(t, 0, args...), "owners cannot be kept here")
	mustOwn(t, "0:0", in(c, "d/f")...)
	for range 2 {
		if sum := syncs(t, 0, args...); sum.Changes != 0 {
			t.Fatalf("%+v", sum)
		}
	}
	mustOwn(t, "8:8", in(a, "d/f")...)
}
