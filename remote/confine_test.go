package remote

import (
	"errors"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"latus/sync/peer"
)

func confined(t *testing.T, allow ...string) Confinement {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(dir, "root")
	for _, d := range []string{"root/a/deep", "root/b", "outside/tree"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if runtime.GOOS != "windows" {
		for name, target := range map[string]string{
			"out": "../outside", "in": "a/deep", "a/up": "../../outside/tree", "etc": "/etc",
			"dangling": "../outside/none", "loop": "loop", "self": ".", "a/b": "../b",
		} {
			if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	c, err := Confine(root, allow)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func forbidden(err error) bool {
	var r *peer.Refusal
	return errors.As(err, &r) && r.Cause == peer.Forbidden
}

func TestConfinedToTheRoot(t *testing.T) {
	c := confined(t)
	for name, want := range map[string]string{
		"": "", ".": "", "a": "a", "./a/": "a", "a/deep": "a/deep", "a//deep/.": "a/deep", "new": "new", "a/new": "a/new",
		"in": "a/deep", "self": "", "self/self/b": "b", "a/b": "b", "in/new": "a/deep/new",
		c.Root: "", c.Root + "/a": "a", c.Root + "/": "",
	} {
		if runtime.GOOS == "windows" && (name == "in" || name == "self" || len(name) > 5) {
			continue
		}
		got, err := c.Tree(name)
		if err != nil || string(got) != want {
			t.Errorf("%q is %q, %v; want %q", name, got, err, want)
		}
	}
	for _, name := range []string{
		"..", "../outside", "a/../../outside", "a/..", "/", "/etc", c.Root + "/../outside", c.Root + "x",
		"out", "out/tree", "a/up", "etc", "etc/ssh", "dangling", "dangling/x", "loop", "loop/x", "none/new",
		".latus", "a/.latus", "a/.LATUS/trash", "a\x00b",
	} {
		if got, err := c.Tree(name); !forbidden(err) {
			t.Errorf("%q is %q, %v", name, got, err)
		}
	}
}

func TestAllowedTrees(t *testing.T) {
	for _, x := range []struct {
		allow   []string
		yes, no []string
	}{
		{[]string{"a"}, []string{"a", "a/deep", "a/new", "in"}, []string{"", "b", "ab", "a/b", "self"}},
		{[]string{"a/*"}, []string{"a/deep", "a/deep/x", "in"}, []string{"", "a", "b"}},
		{[]string{"**/deep", "b"}, []string{"a/deep", "b"}, []string{"", "a"}},
		{[]string{"**"}, []string{"", "a", "b", "a/deep"}, nil},
		{[]string{"."}, []string{"", "a"}, nil},
		{[]string{"[ab]"}, []string{"a", "b"}, []string{"", "new"}},
		{[]string{"?"}, []string{"a"}, []string{"new"}},
	} {
		c := confined(t, x.allow...)
		for _, name := range x.yes {
			if runtime.GOOS == "windows" && name == "in" {
				continue
			}
			if _, err := c.Tree(name); err != nil {
				t.Errorf("%q forbids %q: %v", x.allow, name, err)
			}
		}
		for _, name := range x.no {
			if got, err := c.Tree(name); !forbidden(err) {
				t.Errorf("%q allows %q: %q, %v", x.allow, name, got, err)
			}
		}
	}
	for _, glob := range []string{"", "/a", "a/[", "["} {
		if CheckGlob(glob) == nil {
			t.Errorf("%q is a glob", glob)
		}
	}
}

// Whoever names a tree cannot keep the globs busy with it.
func TestADeepTreeIsSoonMatched(t *testing.T) {
	c := Confinement{Allow: []string{"**/a/**/a/**/a/**/b"}}
	deep := strings.Repeat("a/", 2000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if c.allows(deep+"a") || !c.allows(deep+"b") || !c.allows(deep+"b/below") {
			t.Error("it is matched wrongly")
		}
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("it is still being matched")
	}
}

// naively is globbed as one would say it.
func naively(globs, parts []string) bool {
	switch {
	case len(globs) == 0:
		return true
	case globs[0] == "**":
		return naively(globs[1:], parts) || len(parts) > 0 && naively(globs, parts[1:])
	case len(parts) == 0:
		return false
	}
	ok, _ := path.Match(globs[0], parts[0])
	return ok && naively(globs[1:], parts[1:])
}

func TestGlobsMatchAsTheySay(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	draw := func(from []string) []string {
		l := make([]string, r.IntN(6))
		for i := range l {
			l[i] = from[r.IntN(len(from))]
		}
		return l
	}
	for range 20_000 {
		globs, parts := draw([]string{"a", "b", "*", "**", "**"}), draw([]string{"a", "b", "c"})
		if got := globbed(globs, parts); got != naively(globs, parts) {
			t.Fatalf("%q matches %q: %v", globs, parts, got)
		}
	}
}

// The root is gone up to from where the working directory is, not from how it was entered.
func TestConfineAboveAWorkingDirectoryThatIsALink(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"real/cwd", "real/served", "served"} {
		if err := os.MkdirAll(filepath.Join(base, filepath.FromSlash(dir)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(base, "link")
	if err := os.Symlink(filepath.Join("real", "cwd"), link); err != nil {
		t.Skip(err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("paths are text there")
	}
	t.Chdir(link)
	c, err := Confine("../served", nil)
	if want := filepath.Join(base, "real", "served"); err != nil || c.Root != want {
		t.Errorf("%q, %v; want %q", c.Root, err, want)
	}
}
