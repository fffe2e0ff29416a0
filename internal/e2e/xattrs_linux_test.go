package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"latus/internal/sshtest"
)

// attribute gives file an extended attribute; "" takes it away.
func attribute(t testing.TB, file, name, value string) {
	t.Helper()
	if value == "" {
		must(t, unix.Removexattr(file, name))
		return
	}
	must(t, unix.Setxattr(file, name, []byte(value), 0))
}

// attributes tells those of a file, in order.
func attributes(t testing.TB, file string) string {
	t.Helper()
	var names, value [64 << 10]byte
	n, err := unix.Llistxattr(file, names[:])
	must(t, err)
	var all []string
	for _, name := range strings.Split(string(names[:n]), "\x00") {
		if strings.HasPrefix(name, "user.") {
			n, err := unix.Lgetxattr(file, name, value[:])
			must(t, err)
			all = append(all, fmt.Sprintf("%s=%.40q", name, value[:n]))
		}
	}
	sort.Strings(all)
	return strings.Join(all, " ")
}

func mustHave(t testing.TB, want string, files ...string) {
	t.Helper()
	for _, file := range files {
		if got := attributes(t, file); got != want {
			t.Fatalf("%s has the extended attributes %s, not %s", file, got, want)
		}
	}
}

// attributed is a tree with extended attributes.
func attributed(t *testing.T) (a string) {
	t.Helper()
	a = filepath.Join(t.TempDir(), "a")
	put(t, filepath.Join(a, "d", "f"), "f")
	put(t, filepath.Join(a, "g"), "g")
	put(t, filepath.Join(a, "plain"), "p")
	if err := unix.Setxattr(filepath.Join(a, "g"), "user.comment", []byte("to g"), 0); err != nil {
		t.Skip("no extended attributes where tests are run:", err)
	}
	must(t, os.Symlink("g", filepath.Join(a, "l")))
	attribute(t, filepath.Join(a, "d"), "user.folder", "\x00\xff")
	attribute(t, filepath.Join(a, "d", "f"), "user.one", "1")
	attribute(t, filepath.Join(a, "d", "f"), "user.two", "2")
	return a
}

const ofF = `user.one="1" user.two="2"`

// Trees that were in sync without attributes get them once somebody asks. It is said
// beforehand, and only once is there anything to do.
func TestXattrsTravel(t *testing.T) {
	a := attributed(t)
	b := filepath.Join(t.TempDir(), "b")
	syncs(t, 0, a, b)
	mustHave(t, "", in(b, "d", "d/f", "g")...)
	for _, dir := range []string{a, b} {
		if index, err := os.ReadFile(filepath.Join(dir, ".latus", "index.jsonl")); err != nil || strings.Contains(string(index), `"att"`) {
			t.Fatal("nobody asked for attributes, and the index has some:", err)
		}
	}
	for _, args := range [][]string{{"-n", "--xattrs"}, {"-X"}} {
		out := said(t, 0, append(args, "-i", a, b)...)
		mustSay(t, out, ".d.......x. d/\n", ".f.......x. d/f\n", ".f.......x. g\n")
		if strings.Contains(out, "plain") {
			t.Fatalf("what has no attributes is to be changed:\n%s", out)
		}
	}
	mustHave(t, ofF, in(b, "d/f")...)
	mustHave(t, `user.comment="to g"`, in(b, "g")...)
	mustHave(t, `user.folder="\x00\xff"`, in(b, "d")...)
	still := func(args ...string) {
		t.Helper()
		if sum := syncs(t, 0, append(args, a, b)...); sum.Changes != 0 {
			t.Fatalf("%+v", sum)
		}
	}
	still("--xattrs")
	still()

	// Changed, taken away and given on either side.
	attribute(t, filepath.Join(b, "g"), "user.comment", "by b")
	attribute(t, filepath.Join(a, "d"), "user.folder", "")
	attribute(t, filepath.Join(a, "d", "f"), "user.one", "")
	attribute(t, filepath.Join(b, "plain"), "user.new", "n")
	still() // nobody looks, and nobody forgets
	out := said(t, 0, "--json", "--xattrs", a, b)
	mustSay(t, out, `"action":"touch","path":"g"`, `"action":"touch","path":"d"`, `"action":"touch","path":"plain"`)
	for _, dir := range []string{a, b} {
		mustHave(t, `user.comment="by b"`, in(dir, "g")...)
		mustHave(t, `user.two="2"`, in(dir, "d/f")...)
		mustHave(t, "", in(dir, "d")...)
		mustHave(t, `user.new="n"`, in(dir, "plain")...)
	}
	still("--xattrs")

	// A run without the flag puts a new version in place as it always did; that does
	// not take the attributes away anywhere else.
	put(t, filepath.Join(a, "g"), "g, edited")
	syncs(t, 0, a, b)
	mustHave(t, "", in(b, "g")...)
	mustHave(t, `user.comment="by b"`, in(a, "g")...)
	mustSay(t, said(t, 0, "-i", "--xattrs", b, a), ".f.......x. g\n")
	mustHave(t, `user.comment="by b"`, in(b, "g")...)
	mustHave(t, `user.comment="by b"`, in(a, "g")...)
	still("--xattrs")

	// With a new version, under a new name, and with its content from the trash; files
	// that nobody may write, too.
	put(t, filepath.Join(a, "new"), "n")
	attribute(t, filepath.Join(a, "new"), "user.new", strings.Repeat("x", 2000))
	must(t, os.Chmod(filepath.Join(a, "new"), 0o444))
	must(t, os.Rename(filepath.Join(a, "d"), filepath.Join(a, "e")))
	attribute(t, filepath.Join(a, "e", "f"), "user.three", "3")
	put(t, filepath.Join(a, "large"), strings.Repeat("large", 1<<20))
	attribute(t, filepath.Join(a, "large"), "user.size", "large")
	syncs(t, 0, "--xattrs", a, b)
	for _, name := range []string{"new", "e/f", "large", "e"} {
		mustHave(t, attributes(t, filepath.Join(a, name)), in(b, name)...)
	}
	if fileMode(t, filepath.Join(b, "new")) != 0o444 {
		t.Fatal("a mode was lost")
	}
	still("--xattrs")
	must(t, os.Remove(filepath.Join(a, "plain")))
	syncs(t, 0, "--xattrs", a, b)
	put(t, filepath.Join(a, "plain"), "p")
	syncs(t, 0, "--xattrs", a, b)
	mustHave(t, "", in(b, "plain")...)
	mustHave(t, "", in(a, "plain")...)
	still("--xattrs")

	// A directory that comes as a whole.
	for i := range 5 {
		name := filepath.Join(a, "many", fmt.Sprint(i))
		put(t, name, "m")
		attribute(t, name, "user.number", fmt.Sprint(i))
	}
	attribute(t, filepath.Join(a, "many"), "user.folder", "of many")
	syncs(t, 0, "--xattrs", a, b)
	mustHave(t, `user.folder="of many"`, in(b, "many")...)
	for i := range 5 {
		mustHave(t, fmt.Sprintf("user.number=%q", fmt.Sprint(i)), in(b, fmt.Sprintf("many/%d", i))...)
	}
	still("--xattrs")

	// Names of one file.
	must(t, os.Link(filepath.Join(a, "g"), filepath.Join(a, "g2")))
	syncs(t, 0, "--xattrs", "-H", a, b)
	mustHave(t, `user.comment="by b"`, in(b, "g", "g2")...)
	attribute(t, filepath.Join(b, "g2"), "user.comment", "to both")
	syncs(t, 0, "--xattrs", "-H", a, b)
	mustHave(t, `user.comment="to both"`, append(in(b, "g", "g2"), in(a, "g", "g2")...)...)
	must(t, os.Chmod(filepath.Join(a, "g"), 0o600))
	syncs(t, 0, a, b)
	mustHave(t, `user.comment="to both"`, in(b, "g", "g2")...)
	still("--xattrs", "-H")

	if out, err := exec.Command(latus(t), "verify", b).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestXattrsAreUndone(t *testing.T) {
	a := attributed(t)
	b := filepath.Join(t.TempDir(), "b")
	syncs(t, 0, "--xattrs", a, b)
	attribute(t, filepath.Join(a, "d", "f"), "user.one", "uno")
	attribute(t, filepath.Join(a, "plain"), "user.new", "n")
	put(t, filepath.Join(a, "g"), "g, edited")
	attribute(t, filepath.Join(a, "g"), "user.comment", "to g, edited")
	syncs(t, 0, "--xattrs", a, b)
	mustHave(t, `user.comment="to g, edited"`, in(b, "g")...)
	if out, err := exec.Command(latus(t), "undo", b).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	mustHave(t, ofF, in(b, "d/f")...)
	mustHave(t, "", in(b, "plain")...)
	mustHave(t, `user.comment="to g"`, in(b, "g")...)
	mustHold(t, filepath.Join(b, "g"), "g")
	syncs(t, 0, "--xattrs", a, b)
	mustHave(t, ofF, in(a, "d/f")...)
	mustHave(t, `user.comment="to g"`, in(a, "g")...)

	// What is restored has what it had.
	put(t, filepath.Join(a, "g"), "g, again")
	syncs(t, 0, "--xattrs", a, b)
	if out, err := exec.Command(latus(t), "trash", "restore", b, "g", "--to", "old g").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	mustHave(t, `user.comment="to g"`, in(b, "old g")...)
	syncs(t, 0, "--xattrs", a, b)
	mustHave(t, `user.comment="to g"`, in(a, "old g")...)
}

func TestXattrsOfAMirror(t *testing.T) {
	a := attributed(t)
	b := filepath.Join(t.TempDir(), "b")
	syncs(t, 0, "--xattrs", a, b)
	attribute(t, filepath.Join(b, "d", "f"), "user.one", "uno")
	attribute(t, filepath.Join(a, "g"), "user.comment", "by a")
	attribute(t, filepath.Join(b, "plain"), "user.by", "b")
	syncs(t, 0, "--xattrs", "--mirror", a, b)
	mustHave(t, "", in(b, "plain")...)
	mustHave(t, ofF, in(b, "d/f")...)
	mustHave(t, `user.comment="by a"`, in(b, "g")...)
	attribute(t, filepath.Join(b, "g"), "user.comment", "by b")
	attribute(t, filepath.Join(a, "d", "f"), "user.one", "eins")
	syncs(t, 0, "--xattrs", "--one-way", a, b)
	mustHave(t, `user.one="eins" user.two="2"`, in(b, "d/f")...)
	mustHave(t, `user.comment="by a"`, in(a, "g")...)
	syncs(t, 0, "--xattrs", a, b)
	mustHave(t, `user.comment="by b"`, in(a, "g")...)
}

func TestXattrsOverSSH(t *testing.T) {
	a := attributed(t)
	s := sshtest.Start(t, sshtest.Options{Path: filepath.Dir(latus(t))})
	b := filepath.Join(t.TempDir(), "b")
	args := []string{"--ssh-config", s.ConfigFile, "--xattrs", a, s.Name + ":" + b}
	syncs(t, 0, args...)
	mustHave(t, ofF, in(b, "d/f")...)
	mustHave(t, `user.folder="\x00\xff"`, in(b, "d")...)
	attribute(t, filepath.Join(b, "d", "f"), "user.one", "uno")
	if sum := syncs(t, 0, args...); sum.Changes != 1 {
		t.Fatalf("%+v", sum)
	}
	mustHave(t, `user.one="uno" user.two="2"`, in(a, "d/f")...)
	if sum := syncs(t, 0, args...); sum.Changes != 0 {
		t.Fatalf("%+v", sum)
	}

	// SFTP has none.
	c := filepath.Join(t.TempDir(), "c")
	args = []string{"--ssh-config", s.ConfigFile, "--xattrs", a, "sftp://" + s.Name + c}
	mustSay(t, said(t, 0, args...), "extended attributes cannot be kept here")
	mustHave(t, "", in(c, "d/f")...)
	for range 2 {
		if sum := syncs(t, 0, args...); sum.Changes != 0 {
			t.Fatalf("%+v", sum)
		}
	}
	mustHave(t, `user.one="uno" user.two="2"`, in(a, "d/f")...)
}
