package treetest

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"latus/index"
	"latus/sync/tree"
)

func testLinks(t *testing.T, f *fixture) {
	if !f.can.Links {
		fails(t, f.root.Symlink("target", "link"), tree.ErrUnsupported)
		return
	}
	for _, target := range []string{"target", "../../out", "/etc/passwd", "link", "odd \xff\n", strings.Repeat("long/", 180)} {
		err := f.root.Symlink(target, "link")
		if errors.Is(err, tree.ErrBadName) && !utf8.ValidString(target) {
			continue // a filesystem of Unicode
		}
		ok(t, err)
		got, err := f.root.Readlink("link")
		ok(t, err)
		if got != target {
			t.Fatalf("a link to %q leads to %q", target, got)
		}
		st, err := f.root.Stat("link")
		ok(t, err)
		if st.Kind != index.Link || st.Size != 0 {
			t.Fatalf("a link looks like %+v", st)
		}
		ok(t, f.root.Rename("link", f.root, "moved"))
		ok(t, f.root.Remove("moved"))
	}
	_, err := f.root.Readlink("none")
	fails(t, err, fs.ErrNotExist)
}

func testLinkTimes(t *testing.T, f *fixture) {
	if !f.can.Links {
		t.Skip("no links here")
	}
	file(t, f.root, "file", "")
	ok(t, f.root.Chtime("file", times[0]))
	before, err := f.root.Stat("file")
	ok(t, err)
	ok(t, f.root.Symlink("file", "link"))
	err = f.root.Chtime("link", times[1])
	if f.can.LinkTimes {
		ok(t, err)
		st, err := f.root.Stat("link")
		ok(t, err)
		if !near(st.Mtime, times[1], f.can.Clock) {
			t.Fatalf("link has mtime %d, set %d", st.Mtime, times[1])
		}
	} else {
		fails(t, err, tree.ErrUnsupported)
	}
	after, err := f.root.Stat("file")
	ok(t, err)
	if before.Mtime != after.Mtime {
		t.Fatal("chtime went through a link")
	}
}

func testHardLinks(t *testing.T, f *fixture) {
	file(t, f.root, "one", "same")
	ok(t, f.root.Mkdir("dir", 0o755))
	d := f.open(t, "dir")
	if !f.can.HardLinks {
		fails(t, d.Hardlink(f.root, "one", "two"), tree.ErrUnsupported)
		return
	}
	ok(t, d.Hardlink(f.root, "one", "two"))
	one, err := f.root.Stat("one")
	ok(t, err)
	two, err := d.Stat("two")
	ok(t, err)
	if one.Inode != two.Inode || two.Links != 2 {
		t.Fatalf("two names of one file: %+v and %+v", one, two)
	}
	fails(t, d.Hardlink(f.root, "one", "two"), fs.ErrExist)
	fails(t, d.Hardlink(f.root, "none", "three"), fs.ErrNotExist)
	if err := f.root.Hardlink(f.root, "dir", "dir2"); err == nil {
		t.Fatal("hard link to a directory")
	}
	ok(t, f.root.Remove("one"))
	holds(t, d, "two", "same")
	if f.can.Links {
		ok(t, f.root.Symlink("dir/two", "link"))
		ok(t, f.root.Hardlink(f.root, "link", "link2"))
		st, err := f.root.Stat("link2")
		ok(t, err)
		if st.Kind != index.Link {
			t.Fatal("a hard link went through a link")
		}
	}
}

// Links on the way to a directory end it, wherever they lead.
func testLinkOnTheWay(t *testing.T, f *fixture) {
	if !f.can.Links {
		t.Skip("no links here")
	}
	ok(t, f.root.Mkdir("real", 0o755))
	real := f.open(t, "real")
	ok(t, real.Mkdir("sub", 0o755))
	for i, target := range []string{"real", ".", "..", "/", "/tmp", "nowhere"} {
		name := string(rune('a' + i))
		ok(t, f.root.Symlink(target, name))
		for _, dir := range []index.Path{index.Path(name), index.Path(name).Join("sub"), index.Path(name).Join("sub").Join("sub")} {
			_, err := f.Open(dir)
			fails(t, err, tree.ErrIsLink)
		}
	}
	ok(t, real.Symlink("sub", "link"))
	_, err := f.Open("real/link")
	fails(t, err, tree.ErrIsLink)
	_, err = f.Open("real/link/x")
	fails(t, err, tree.ErrIsLink)
	fails(t, f.root.Rmdir("a"), tree.ErrIsLink)
	ok(t, f.root.Remove("a"))
	lists(t, real, "sub", "link")
}
