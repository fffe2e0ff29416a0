package treetest

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

func testStat(t *testing.T, f *fixture) {
	file(t, f.root, "file", "four")
	ok(t, f.root.Mkdir("dir", 0o755))
	st, err := f.root.Stat("file")
	ok(t, err)
	if st.Kind != index.File || st.Size != 4 || st.Links != 1 || st.Mtime == 0 || st.Mode&^0o7777 != 0 {
		t.Fatalf("a file of four bytes looks like %+v", st)
	}
	open, err := f.root.Read("file")
	ok(t, err)
	defer open.Close()
	byHandle, err := open.Stat()
	ok(t, err)
	if byHandle != st {
		t.Fatalf("by name %+v, by handle %+v", st, byHandle)
	}
	dir, err := f.root.Stat("dir")
	ok(t, err)
	if dir.Kind != index.Dir || dir.Size != 0 {
		t.Fatalf("a directory looks like %+v", dir)
	}
	held := f.open(t, "dir")
	self, err := held.Self()
	ok(t, err)
	if self.Kind != index.Dir || self.Inode != dir.Inode || self.Device != dir.Device {
		t.Fatalf("by name %+v, by handle %+v", dir, self)
	}
	rootSelf, err := f.root.Self()
	ok(t, err)
	if rootSelf.Device != st.Device || dir.Device != st.Device {
		t.Fatal("one tree, several devices")
	}
	if f.can.StableInodes && (st.Inode == 0 || st.Inode == dir.Inode) {
		t.Fatalf("inodes %d and %d", st.Inode, dir.Inode)
	}
	gone(t, f.root, "none")
}

func testCreate(t *testing.T, f *fixture) {
	file(t, f.root, "there", "old")
	ok(t, f.root.Mkdir("dir", 0o755))
	names := []string{"there", "dir"}
	if f.can.Links {
		ok(t, f.root.Symlink("nowhere", "dangling"))
		names = append(names, "dangling")
	}
	for _, name := range names {
		_, err := f.root.Create(name, 0o644)
		fails(t, err, fs.ErrExist)
		fails(t, f.root.Mkdir(name, 0o755), fs.ErrExist)
		if f.can.Links {
			fails(t, f.root.Symlink("x", name), fs.ErrExist)
		}
	}
	holds(t, f.root, "there", "old")
	gone(t, f.root, "nowhere")
}

func testReadWrite(t *testing.T, f *fixture) {
	w, err := f.root.Create("file", 0o644)
	ok(t, err)
	_, err = w.Write([]byte("hello, world"))
	ok(t, err)
	_, err = w.Seek(7, io.SeekStart)
	ok(t, err)
	_, err = w.Write([]byte("earth"))
	ok(t, err)
	if at, err := w.Seek(-5, io.SeekEnd); at != 7 || err != nil {
		t.Fatal(at, err)
	}
	got, err := io.ReadAll(w)
	ok(t, err)
	if string(got) != "earth" {
		t.Fatalf("read back %q", got)
	}
	ok(t, w.Sync())
	ok(t, w.Close())
	holds(t, f.root, "file", "hello, earth")

	r, err := f.root.Read("file")
	ok(t, err)
	defer r.Close()
	if _, err := r.Write([]byte("x")); err == nil {
		t.Fatal("wrote to a file opened for reading")
	}
	ok(t, r.Sync()) // mode and mtime that were set by name
	buf := make([]byte, 5)
	if n, err := r.ReadAt(buf, 7); n != 5 || err != nil || string(buf) != "earth" {
		t.Fatal(n, err, buf)
	}
	if n, err := r.ReadAt(buf, 10); n != 2 || err != io.EOF {
		t.Fatal("past the end:", n, err)
	}
	if n, err := r.ReadAt(buf, 100); n != 0 || err != io.EOF {
		t.Fatal("far past the end:", n, err)
	}

	rw, err := f.root.Write("file")
	ok(t, err)
	defer rw.Close()
	ok(t, rw.Truncate(5))
	holds(t, f.root, "file", "hello")
	ok(t, rw.Truncate(7))
	holds(t, f.root, "file", "hello\x00\x00")
	_, err = rw.Seek(9, io.SeekStart)
	ok(t, err)
	_, err = rw.Write([]byte("!"))
	ok(t, err)
	ok(t, rw.Sync()) // on a distant tree a write is on its way until somebody waits for it
	holds(t, f.root, "file", "hello\x00\x00\x00\x00!")

	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	file(t, f.root, "big", string(big))
	holds(t, f.root, "big", string(big))
}

// Only regular files are opened as files, only directories as directories.
func testKinds(t *testing.T, f *fixture) {
	ok(t, f.root.Mkdir("dir", 0o755))
	file(t, f.root, "file", "x")
	for op, open := range map[string]func(string) (tree.File, error){"read": f.root.Read, "write": f.root.Write} {
		_, err := open("dir")
		fails(t, err, tree.ErrIsDir)
		_, err = open("none")
		fails(t, err, fs.ErrNotExist)
		if f.can.Links {
			_ = f.root.Symlink("file", "link")
			_, err = open("link")
			fails(t, err, tree.ErrIsLink)
		}
		if t.Failed() {
			t.Fatal(op)
		}
	}
	if _, err := f.root.Readlink("file"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Fatal("readlink of a file:", err)
	}
	if f.can.Links {
		ok(t, f.root.Symlink("dir", "dirlink"))
		_, err := f.root.OpenDir("dirlink")
		fails(t, err, tree.ErrIsLink)
		_, err = f.Open("dirlink")
		fails(t, err, tree.ErrIsLink)
	}
}

func testModes(t *testing.T, f *fixture) {
	file(t, f.root, "file", "")
	ok(t, f.root.Mkdir("dir", 0o755))
	for _, name := range []string{"file", "dir"} {
		for _, mode := range []uint32{0o600, 0o640, 0o755, 0o500, 0o700} {
			ok(t, f.root.Chmod(name, mode))
			st, err := f.root.Stat(name)
			ok(t, err)
			if name == "file" && st.Mode&f.can.ModeBits != mode&f.can.ModeBits {
				t.Fatalf("%s has mode %04o after chmod %04o", name, st.Mode, mode)
			}
		}
	}
	open, err := f.root.Write("file")
	ok(t, err)
	defer open.Close()
	ok(t, open.Chmod(0o640))
	st, err := open.Stat()
	ok(t, err)
	if st.Mode&f.can.ModeBits != 0o640&f.can.ModeBits {
		t.Fatalf("mode %04o after chmod 0640 by handle", st.Mode)
	}
	fails(t, f.root.Chmod("none", 0o644), fs.ErrNotExist)
	if f.can.Links {
		before, err := f.root.Stat("file")
		ok(t, err)
		ok(t, f.root.Symlink("file", "link"))
		fails(t, f.root.Chmod("link", 0o777), tree.ErrIsLink)
		after, err := f.root.Stat("file")
		ok(t, err)
		if before.Mode != after.Mode {
			t.Fatal("chmod went through a link")
		}
	}
}

// times are what a clock may find hard: before 1970, odd, far.
var times = []int64{1_700_000_000_123_456_789, 1_700_000_001_000_000_000, 86_400_000_000_001, 4_000_000_000_000_000_000}

func near(a, b, clock int64) bool { return a-b < clock && b-a < clock }

func testTimes(t *testing.T, f *fixture) {
	file(t, f.root, "file", "x")
	ok(t, f.root.Mkdir("dir", 0o755))
	for _, want := range times {
		if f.can.Clock > 1 && (want < 1_000_000_000_000_000_000 || want > 2_000_000_000_000_000_000) {
			continue // FAT begins in 1980
		}
		for _, name := range []string{"file", "dir"} {
			ok(t, f.root.Chtime(name, want))
			st, err := f.root.Stat(name)
			ok(t, err)
			if !near(st.Mtime, want, f.can.Clock) {
				t.Fatalf("%s: mtime %d, set %d, clock %d", name, st.Mtime, want, f.can.Clock)
			}
		}
		open, err := f.root.Write("file")
		ok(t, err)
		ok(t, open.Chtime(want))
		st, err := open.Stat()
		ok(t, err)
		ok(t, open.Close())
		again, err := f.root.Stat("file")
		ok(t, err)
		if st.Mtime != again.Mtime || !near(st.Mtime, want, f.can.Clock) {
			t.Fatalf("by handle: mtime %d, then %d, set %d", st.Mtime, again.Mtime, want)
		}
	}
	fails(t, f.root.Chtime("none", 0), fs.ErrNotExist)
}

func testClone(t *testing.T, f *fixture) {
	data := strings.Repeat("block ", 50_000)
	file(t, f.root, "from", data)
	from, err := f.root.Read("from")
	ok(t, err)
	defer from.Close()
	clone, err := f.root.Clone(from, "to", 0o600)
	if !f.can.Reflink {
		fails(t, err, tree.ErrUnsupported)
		gone(t, f.root, "to")
		return
	}
	ok(t, err)
	_, err = clone.Write([]byte("BLOCK"))
	ok(t, err)
	ok(t, clone.Close())
	holds(t, f.root, "from", data)
	holds(t, f.root, "to", "BLOCK"+data[5:])
	_, err = f.root.Clone(from, "to", 0o600)
	fails(t, err, fs.ErrExist)
}

func testStore(t *testing.T, f *fixture) {
	s := tree.Store(f.open(t, index.Private))
	_, err := s.Open("log")
	fails(t, err, fs.ErrNotExist)
	write := func(open func(string) (index.StoreFile, error), name, text string) {
		t.Helper()
		w, err := open(name)
		ok(t, err)
		_, err = w.Write([]byte(text))
		ok(t, err)
		ok(t, w.Sync())
		ok(t, w.Close())
	}
	read := func(name, want string) {
		t.Helper()
		r, err := s.Open(name)
		ok(t, err)
		defer r.Close()
		got, err := io.ReadAll(r)
		ok(t, err)
		if string(got) != want {
			t.Fatalf("%s holds %q, want %q", name, got, want)
		}
	}
	write(s.Append, "log", "one\n")
	write(s.Append, "log", "two\n")
	read("log", "one\ntwo\n")
	write(s.Create, "new", "long text")
	write(s.Create, "new", "short")
	read("new", "short")
	ok(t, s.Rename("new", "log"))
	read("log", "short")
	ok(t, s.SyncDir())
	ok(t, s.Remove("log"))
	_, err = s.Open("log")
	fails(t, err, fs.ErrNotExist)
	_, err = s.Open("new")
	fails(t, err, fs.ErrNotExist)
}
