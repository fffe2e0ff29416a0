package treetest

import (
	"errors"
	"io/fs"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

func testRemove(t *testing.T, f *fixture) {
	file(t, f.root, "file", "")
	ok(t, f.root.Mkdir("dir", 0o755))
	ok(t, f.root.Remove("file"))
	gone(t, f.root, "file")
	fails(t, f.root.Remove("file"), fs.ErrNotExist)
	fails(t, f.root.Remove("dir"), tree.ErrIsDir)
	lists(t, f.root, "dir")
}

func testRmdir(t *testing.T, f *fixture) {
	file(t, f.root, "file", "")
	ok(t, f.root.Mkdir("dir", 0o755))
	file(t, f.open(t, "dir"), "x", "")
	fails(t, f.root.Rmdir("dir"), tree.ErrNotEmpty)
	fails(t, f.root.Rmdir("file"), tree.ErrNotDir)
	fails(t, f.root.Rmdir("none"), fs.ErrNotExist)
	ok(t, f.open(t, "dir").Remove("x"))
	ok(t, f.root.Rmdir("dir"))
	lists(t, f.root, "file")
}

func testRename(t *testing.T, f *fixture) {
	ok(t, f.root.Mkdir("dir", 0o755))
	d := f.open(t, "dir")
	file(t, f.root, "one", "1")
	file(t, d, "two", "2")
	ok(t, d.Mkdir("sub", 0o755))
	before, err := f.root.Stat("one")
	ok(t, err)
	ok(t, f.root.Rename("one", d, "moved"))
	gone(t, f.root, "one")
	holds(t, d, "moved", "1")
	after, err := d.Stat("moved")
	ok(t, err)
	if after.Mtime != before.Mtime || f.can.StableInodes && after.Inode != before.Inode {
		t.Fatalf("was %+v, is %+v after a rename", before, after)
	}
	for _, there := range []string{"two", "sub", "moved"} {
		fails(t, d.Rename("moved", d, there), fs.ErrExist)
	}
	if f.can.Links {
		ok(t, d.Symlink("nowhere", "dangling"))
		fails(t, d.Rename("moved", d, "dangling"), fs.ErrExist)
	}
	if f.can.HardLinks { // rename(2) does nothing, and says it went well
		ok(t, d.Hardlink(d, "moved", "again"))
		fails(t, d.Rename("moved", d, "again"), fs.ErrExist)
	}
	fails(t, d.Rename("sub", d, "two"), fs.ErrExist)
	fails(t, d.Rename("none", d, "x"), fs.ErrNotExist)
	holds(t, d, "moved", "1")
	holds(t, d, "two", "2")
}

func testRenameDirectory(t *testing.T, f *fixture) {
	ok(t, f.root.Mkdir("dir", 0o755))
	ok(t, f.root.Mkdir("other", 0o755))
	d := f.open(t, "dir")
	ok(t, d.Mkdir("sub", 0o755))
	file(t, d, "x", "x")
	err := f.root.Rename("dir", d, "self")
	if err == nil || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
		t.Fatal("a directory into itself:", err)
	}
	fails(t, f.root.Rename("dir", f.root, "other"), fs.ErrExist) // empty, and there all the same
	ok(t, f.root.Rename("dir", f.open(t, "other"), "dir2"))
	holds(t, f.open(t, "other/dir2"), "x", "x")
	_, err = f.Open("dir")
	fails(t, err, fs.ErrNotExist)
	// Going on after an error that looks like a missing feature.
	file(t, f.root, "a", "a")
	file(t, f.root, "b", "b")
	fails(t, f.root.Rename("a", f.root, "b"), fs.ErrExist)
}

func testReplace(t *testing.T, f *fixture) {
	file(t, f.root, "new", "new")
	file(t, f.root, "old", "old")
	ok(t, f.root.Mkdir("dir", 0o755))
	ok(t, f.root.Mkdir("dir2", 0o755))
	ok(t, f.root.Replace("new", f.root, "old"))
	gone(t, f.root, "new")
	holds(t, f.root, "old", "new")
	ok(t, f.root.Replace("old", f.open(t, "dir"), "fresh"))
	holds(t, f.open(t, "dir"), "fresh", "new")
	file(t, f.root, "new", "newer")
	fails(t, f.root.Replace("new", f.root, "dir"), tree.ErrIsDir)
	fails(t, f.root.Replace("new", f.root, "dir2"), tree.ErrIsDir)
	fails(t, f.root.Replace("dir", f.root, "dir2"), fs.ErrExist) // though it is empty
	fails(t, f.root.Replace("dir", f.root, "new"), fs.ErrExist)
	fails(t, f.root.Replace("none", f.root, "new"), fs.ErrNotExist)
	if f.can.Links {
		ok(t, f.root.Symlink("dir", "link"))
		ok(t, f.root.Replace("new", f.root, "link"))
		holds(t, f.root, "link", "newer")
		lists(t, f.open(t, "dir"), "fresh")
	}
}

func testExchange(t *testing.T, f *fixture) {
	file(t, f.root, "file", "file")
	ok(t, f.root.Mkdir("dir", 0o755))
	d := f.open(t, "dir")
	file(t, d, "in", "in")
	if !f.can.Exchange {
		fails(t, f.root.Exchange("file", d, "in"), tree.ErrUnsupported)
		holds(t, f.root, "file", "file")
		holds(t, d, "in", "in")
		return
	}
	ok(t, f.root.Exchange("file", d, "in"))
	holds(t, f.root, "file", "in")
	holds(t, d, "in", "file")
	ok(t, f.root.Exchange("file", f.root, "dir"))
	holds(t, f.root, "dir", "in")
	holds(t, f.open(t, "file"), "in", "file")
	fails(t, f.root.Exchange("dir", f.root, "none"), fs.ErrNotExist)
	fails(t, f.root.Exchange("none", f.root, "dir"), fs.ErrNotExist)
	if f.can.Links {
		ok(t, f.root.Symlink("dir", "link"))
		ok(t, f.root.Exchange("link", f.root, "dir"))
		st, err := f.root.Stat("dir")
		ok(t, err)
		if st.Kind != index.Link {
			t.Fatal("exchange went through a link")
		}
		holds(t, f.root, "link", "in")
	}
}

// A directory that is swapped for a link while it is held: the handle still
// leads to the directory, the path no longer does.
func testSwappedForLink(t *testing.T, f *fixture) {
	byPath(t, f)
	if !f.can.Links {
		t.Skip("no links here")
	}
	ok(t, f.root.Mkdir("d", 0o755))
	ok(t, f.root.Mkdir("elsewhere", 0o755))
	d := f.open(t, "d")
	ok(t, f.root.Rename("d", f.root, "away"))
	ok(t, f.root.Symlink("elsewhere", "d"))
	file(t, d, "x", "")
	lists(t, f.open(t, "elsewhere"))
	lists(t, f.open(t, "away"), "x")
	_, err := f.Open("d")
	fails(t, err, tree.ErrIsLink)
	_, err = f.root.OpenDir("d")
	fails(t, err, tree.ErrIsLink)
}

// A held directory goes where it is moved; its old path never leads to it.
func testHeldWhileMoved(t *testing.T, f *fixture) {
	byPath(t, f)
	ok(t, f.root.Mkdir("d", 0o755))
	ok(t, f.root.Mkdir("to", 0o755))
	d := f.open(t, "d")
	ok(t, f.root.Rename("d", f.open(t, "to"), "d"))
	_, err := f.Open("d")
	fails(t, err, fs.ErrNotExist)
	ok(t, f.root.Mkdir("d", 0o755))
	file(t, d, "x", "moved")
	lists(t, f.open(t, "d"))
	holds(t, f.open(t, "to/d"), "x", "moved")
}

func testHeldWhileRemoved(t *testing.T, f *fixture) {
	byPath(t, f)
	ok(t, f.root.Mkdir("d", 0o755))
	d := f.open(t, "d")
	ok(t, f.root.Rmdir("d"))
	if _, err := d.Create("x", 0o644); err == nil {
		t.Fatal("made a file in a directory that is gone")
	}
	if err := d.Mkdir("x", 0o755); err == nil {
		t.Fatal("made a directory in a directory that is gone")
	}
	if names, err := d.List(); len(names) > 0 {
		t.Fatal(names, err)
	}
	ok(t, f.root.Mkdir("d", 0o755))
	file(t, f.open(t, "d"), "new", "")
	if _, err := d.Stat("new"); err == nil {
		t.Fatal("a handle of a removed directory leads into its successor")
	}
}

func testSync(t *testing.T, f *fixture) {
	file(t, f.root, "x", "x")
	ok(t, f.root.Sync())
	err := f.Tree.Sync()
	if f.can.SyncAll {
		ok(t, err)
	} else {
		fails(t, err, tree.ErrUnsupported)
	}
}
