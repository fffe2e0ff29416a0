package remote

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

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
