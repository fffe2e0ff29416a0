package treetest

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"latus/index"
	"latus/sync/tree"
)

func testAttrs(t *testing.T, f *fixture) {
	file(t, f.root, "file", "content")
	ok(t, f.root.Mkdir("dir", 0o755))
	if !tree.KeepsAttrs(f.Tree) {
		_, err := f.root.Attrs("file")
		fails(t, err, tree.ErrUnsupported)
		fails(t, f.root.SetAttrs("file", "a=AA;"), tree.ErrUnsupported)
		t.Skip("nothing has extended attributes here")
	}
	has := func(name string, want index.Attrs) {
		t.Helper()
		if got, err := f.root.Attrs(name); err != nil || got != want {
			t.Fatalf("%s has %q, %v, not %q", name, got, err, want)
		}
	}
	for _, name := range []string{"file", "dir"} {
		has(name, index.NoAttrs)
		for _, want := range []index.Attrs{"a=AA;b=;", "a=AQ;c.d=AA;", "c.d=AA;", index.NoAttrs} {
			before, err := f.root.Stat(name)
			ok(t, err)
			time.Sleep(20 * time.Millisecond) // some clocks are coarse
			ok(t, f.root.SetAttrs(name, want))
			has(name, want)
			after, err := f.root.Stat(name)
			ok(t, err)
			if after.Ctime == before.Ctime || after.Mtime != before.Mtime {
				t.Fatalf("%s was %+v, and with other attributes is %+v", name, before, after)
			}
			ok(t, f.root.SetAttrs(name, want))
			if same, err := f.root.Stat(name); err != nil || same.Ctime != after.Ctime {
				t.Fatalf("%s had its attributes already, and was %+v and is %+v, %v", name, after, same, err)
			}
		}
	}

	many, err := index.MakeAttrs([]index.Attr{{Name: "big", Value: strings.Repeat("x", 300)}, {Name: "ö \"", Value: "\x00\xff"}})
	ok(t, err)
	ok(t, f.root.SetAttrs("file", many))
	has("file", many)
	ok(t, f.root.Rename("file", f.root, "renamed"))
	has("renamed", many)
	ok(t, f.root.Replace("renamed", f.root, "file"))

	dir, err := f.root.OpenDir("dir")
	ok(t, err)
	defer dir.Close()
	ok(t, dir.SetAttrs("", "own=AA;"))
	has("dir", "own=AA;")
	if got, err := dir.Attrs(""); err != nil || got != "own=AA;" {
		t.Fatal(got, err)
	}

	_, err = f.root.Attrs("none")
	fails(t, err, fs.ErrNotExist)
	fails(t, f.root.SetAttrs("none", "a=AA;"), fs.ErrNotExist)
	fails(t, f.root.SetAttrs("../file", "a=AA;"), tree.ErrBadName)
	if f.can.Links {
		ok(t, f.root.Symlink("file", "link"))
		_, err := f.root.Attrs("link")
		fails(t, err, tree.ErrIsLink)
		fails(t, f.root.SetAttrs("link", index.NoAttrs), tree.ErrIsLink)
		has("file", many)
	}
	if err := f.root.SetAttrs("file", index.Attrs("a="+strings.Repeat("A", 40<<10)+";")); err != nil {
		if !errors.Is(err, tree.ErrNoSpace) {
			t.Errorf("more than there is room for: %v", err)
		}
		ok(t, f.root.SetAttrs("file", "a=AA;"))
	}
}
