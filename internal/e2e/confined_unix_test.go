//go:build unix

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"latus/internal/sshtest"
)

// jail is an sshd where one key may do nothing but what a line of
// authorized_keys says.
type jail struct {
	*sshtest.Server
	dir   string // what is served
	flags []string
}

// newJail serves a directory with these flags of latus serve.
func newJail(t *testing.T, serve ...string) *jail {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	j := &jail{Server: sshtest.Start(t, sshtest.Options{Config: "ForceCommand none"}), dir: filepath.Join(dir, "served")}
	must(t, os.Mkdir(j.dir, 0o755))
	j.flags = []string{"--ssh-config", j.ConfigFile, "--identity", j.key(t, serve...)}
	return j
}

// key lets another key in, with flags of its own.
func (j *jail) key(t *testing.T, serve ...string) string {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key")
	public := sshtest.WriteKey(t, key, "")
	j.Authorize(t, fmt.Sprintf(`restrict,command="%s serve --stdio --root %s %s" %s`, latus(t), j.dir, strings.Join(serve, " "), public))
	return key
}

// sync runs latus as a user would, and returns what it says.
func (j *jail) sync(t *testing.T, exit int, args ...string) string {
	t.Helper()
	return said(t, exit, slices.Concat(j.flags, args)...)
}

func (j *jail) at(name string) string { return j.Name + ":" + name }

// put writes a file, later than any before.
func put(t *testing.T, name, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(name), 0o755))
	time.Sleep(20 * time.Millisecond) // a kernel may stamp no finer than 10
	must(t, os.WriteFile(name, []byte(text), 0o644))
}

func mustHold(t *testing.T, name, want string) {
	t.Helper()
	if got, err := os.ReadFile(name); err != nil || string(got) != want {
		t.Fatalf("%s holds %q, %v; want %q", name, got, err, want)
	}
}

func mustSay(t *testing.T, out string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(out, w) {
			t.Errorf("does not say %q:\n%s", w, out)
		}
	}
}

func TestForcedCommandConfinesToItsRoot(t *testing.T) {
	j := newJail(t, "--allow", "docs", "--allow", "pics/*")
	a := t.TempDir()
	put(t, filepath.Join(a, "f"), "f")
	must(t, os.Mkdir(filepath.Join(j.dir, "pics"), 0o755))
	must(t, os.Mkdir(filepath.Join(filepath.Dir(j.dir), "outside"), 0o755))
	must(t, os.Symlink("../outside", filepath.Join(j.dir, "docs-out")))
	must(t, os.Symlink("../../outside", filepath.Join(j.dir, "pics", "out")))

	for _, name := range []string{"../outside", "/etc", "/", "docs/../../outside", "pics/out", "docs-out", "", "pics", "other", j.dir, j.dir + "/../outside"} {
		out := j.sync(t, 4, a, j.at(name))
		mustSay(t, out, "served here", "hint:")
	}
	if names, _ := filepath.Glob(filepath.Join(filepath.Dir(j.dir), "*", ".latus")); len(names) > 0 {
		t.Fatalf("it made %s", names)
	}
	if _, err := os.Stat(filepath.Join(a, ".latus")); err == nil {
		t.Error("the tree here was changed")
	}

	j.sync(t, 0, a, j.at("docs"))
	mustBeEqual(t, a, filepath.Join(j.dir, "docs"))
	put(t, filepath.Join(j.dir, "docs", "g"), "g")
	j.sync(t, 0, a, j.at(j.dir+"/docs"))
	j.sync(t, 0, a, j.at("pics/2024"))
	mustBeEqual(t, a, filepath.Join(j.dir, "pics", "2024"))

	// What is synchronized cannot lead out either.
	must(t, os.Symlink(filepath.Dir(j.dir), filepath.Join(a, "way out")))
	j.sync(t, 0, a, j.at("docs"))
	mustSay(t, j.sync(t, 4, a, j.at("docs/way out/outside")), "served here")

	// Nor is anything else to be had with that key.
	out, err := exec.Command("ssh", "-F", j.ConfigFile, "-o", "IdentityFile=none", "-i", j.flags[3], "-o", "IdentitiesOnly=yes", j.Name, "echo", "a shell").CombinedOutput()
	if strings.Contains(string(out), "a shell") {
		t.Errorf("a shell: %s, %v", out, err)
	}
}

func TestServedReadOnly(t *testing.T) {
	j := newJail(t, "--read-only")
	a, b := t.TempDir(), filepath.Join(j.dir, "docs")
	for _, name := range []string{"edited here", "edited there", "edited on both", "gone here", "moved/from"} {
		put(t, filepath.Join(b, name), name)
	}
	j.sync(t, 0, a, j.at("docs"))
	mustBeEqual(t, a, b)

	put(t, filepath.Join(a, "edited here"), "at a")
	put(t, filepath.Join(b, "edited there"), "at b")
	put(t, filepath.Join(b, "edited on both"), "at b")
	put(t, filepath.Join(a, "edited on both"), "at a, later")
	put(t, filepath.Join(a, "new here"), "new at a")
	put(t, filepath.Join(b, "new there"), "new at b")
	must(t, os.Remove(filepath.Join(a, "gone here")))
	must(t, os.Rename(filepath.Join(a, "moved/from"), filepath.Join(a, "moved/to")))
	before, err := look(b)
	must(t, err)
	untouched := func() {
		t.Helper()
		after, err := look(b)
		must(t, err)
		if diff := difference(before, after); len(diff) > 0 {
			t.Fatalf("a read-only tree changed:\n%s", strings.Join(diff, "\n"))
		}
	}

	mustSay(t, j.sync(t, 4, a, j.at("none yet")), "none may be made here")
	if _, err := os.Lstat(filepath.Join(j.dir, "none yet")); !os.IsNotExist(err) {
		t.Errorf("a directory was made: %v", err)
	}

	mustSay(t, j.sync(t, 3, "-n", a, j.at("docs")), "read-only")
	out := j.sync(t, 3, a, j.at("docs"))
	mustSay(t, out, "read-only", "edited here", "edited on both", "new here", "gone here", "moved/to")
	untouched()
	mustHold(t, filepath.Join(a, "edited there"), "at b")
	mustHold(t, filepath.Join(a, "new there"), "new at b")
	mustHold(t, filepath.Join(a, "edited on both"), "at a, later")

	// The same again, with the trees the other way around, and nothing is written.
	frozen, err := stats(a, b)
	must(t, err)
	j.sync(t, 3, a, j.at("docs"))
	again, err := stats(a, b)
	must(t, err)
	if diff := difference(frozen, again); len(diff) > 0 {
		t.Errorf("a run that could do nothing wrote:\n%s", strings.Join(diff, "\n"))
	}
	j.sync(t, 3, j.at("docs"), a)
	j.sync(t, 3, "--mirror", a, j.at("docs"))
	j.sync(t, 3, "--conflict", "keep-both", a, j.at("docs"))
	untouched()
	j.sync(t, 0, "--one-way", j.at("docs"), a)
	untouched()

	// Another reader hears nothing of all that.
	c := t.TempDir()
	j.sync(t, 0, c, j.at("docs"))
	mustBeEqual(t, b, c)

	// Who may write brings it all.
	j.flags[3] = j.key(t)
	j.sync(t, 0, a, j.at("docs"))
	mustBeEqual(t, a, b)
	mustHold(t, filepath.Join(b, "edited on both"), "at a, later")
	if _, err := os.Stat(filepath.Join(b, "gone here")); err == nil {
		t.Error("the deletion was forgotten")
	}
}

func TestServedWithoutDeleting(t *testing.T) {
	j := newJail(t, "--no-delete")
	a, b := t.TempDir(), filepath.Join(j.dir, "docs")
	for _, name := range []string{"f", "g", "edited", "d/old", "d/deep/old", "moved/x", "moved/y"} {
		put(t, filepath.Join(a, name), name)
	}
	must(t, os.Mkdir(filepath.Join(a, "empty"), 0o755))
	j.sync(t, 0, a, j.at("docs"))
	mustBeEqual(t, a, b)
	must(t, os.Remove(filepath.Join(a, "f")))
	must(t, os.RemoveAll(filepath.Join(a, "d")))
	must(t, os.Remove(filepath.Join(a, "empty")))
	must(t, os.Rename(filepath.Join(a, "g"), filepath.Join(a, "h")))
	must(t, os.Rename(filepath.Join(a, "moved"), filepath.Join(a, "went")))
	put(t, filepath.Join(a, "edited"), "at a")

	out := j.sync(t, 3, a, j.at("docs"))
	mustSay(t, out, "f: deleted elsewhere", "d/deep/old", "empty", "g: ", "moved/x")
	for _, name := range []string{"f", "g", "d/old", "d/deep/old", "moved/x", "moved/y"} {
		mustHold(t, filepath.Join(b, name), name)
	}
	mustHold(t, filepath.Join(b, "edited"), "at a")
	mustHold(t, filepath.Join(b, "h"), "g")
	mustHold(t, filepath.Join(b, "went/y"), "moved/y")
	if _, err := os.Stat(filepath.Join(a, "f")); err == nil {
		t.Error("what was kept came back")
	}
	j.sync(t, 3, "--mirror", a, j.at("docs"))
	mustHold(t, filepath.Join(b, "f"), "f")

	// An edit on the other side takes the file out of it, and back.
	put(t, filepath.Join(b, "f"), "kept, and edited")
	j.sync(t, 3, a, j.at("docs"))
	mustHold(t, filepath.Join(a, "f"), "kept, and edited")

	j.flags[3] = j.key(t)
	j.sync(t, 0, a, j.at("docs"))
	mustBeEqual(t, a, b)
}
