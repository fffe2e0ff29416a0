package treetest

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"latus/index"
	"latus/sync/tree"
)

func testOpen(t *testing.T, f *fixture) {
	ok(t, f.root.Mkdir("d", 0o755))
	file(t, f.root, "file", "")
	d := f.open(t, "d")
	ok(t, d.Mkdir("e", 0o755))
	file(t, f.open(t, "d/e"), "deep", "x")
	e, err := d.OpenDir("e")
	ok(t, err)
	holds(t, e, "deep", "x")
	ok(t, e.Close())
	f.open(t, index.Private)

	for _, c := range []struct {
		dir  index.Path
		want error
	}{
		{"none", fs.ErrNotExist}, {"d/none", fs.ErrNotExist}, {"none/d", fs.ErrNotExist},
		{"file", tree.ErrNotDir}, {"file/d", tree.ErrNotDir}, {"d/e/deep", tree.ErrNotDir},
		{"..", tree.ErrBadName}, {"d/..", tree.ErrBadName}, {"d/../d", tree.ErrBadName}, {".", tree.ErrBadName},
		{"/", tree.ErrBadName}, {"/d", tree.ErrBadName}, {"d/", tree.ErrBadName}, {"d//e", tree.ErrBadName}, {"d\x00", tree.ErrBadName},
	} {
		_, err := f.Open(c.dir)
		if fails(t, err, c.want); t.Failed() {
			t.Fatalf("Open(%q)", c.dir)
		}
	}
	_, err = f.root.OpenDir("none")
	fails(t, err, fs.ErrNotExist)
	_, err = f.root.OpenDir("file")
	fails(t, err, tree.ErrNotDir)
	if f.Where() == "" {
		t.Fatal("Where says nothing")
	}
}

func testList(t *testing.T, f *fixture) {
	ok(t, f.root.Mkdir("many", 0o755))
	d := f.open(t, "many")
	lists(t, d)
	const count = 700 // more than one buffer of names
	var want []string
	for i := range count {
		want = append(want, fmt.Sprintf("%s %d", strings.Repeat("long", 55), i))
		file(t, d, want[i], "")
	}
	lists(t, d, want...)
	ok(t, d.Remove(want[0]))
	lists(t, d, want[1:]...) // from the start again
	names, err := f.root.List()
	ok(t, err)
	if len(names) != 2 {
		t.Fatalf("the root holds %q, want the private folder and one more", names)
	}
}

// Names that a filesystem may or may not hold: if it does, they work in every
// way and come back as they were given, or in another form where it normalizes.
func testNames(t *testing.T, f *fixture) {
	ok(t, f.root.Mkdir("names", 0o755))
	d := f.open(t, "names")
	for _, name := range []string{
		"a b", " ", "-rf", "new\nline", "\t", "\x01\x7f", "\xff\xfe invalid", "é", "e\u0301", "日本", "a:b", `back\slash`,
		"con", "nul.txt", "...", "..a", ".hidden", "trailing.", "*?<>|\"", "%s", "$HOME", strings.Repeat("x", 255),
	} {
		file, err := d.Create(name, 0o644)
		if err != nil {
			if odd := strings.ContainsAny(name, "\n\t\x01:\\*") || !utf8.ValidString(name) || f.can.DOSNames; !odd {
				t.Fatalf("create %q: %v", name, err)
			}
			continue
		}
		ok(t, file.Close())
		if f.can.Normalizes {
			names, err := d.List()
			ok(t, err)
			if len(names) != 1 || norm.NFC.String(names[0]) != norm.NFC.String(name) {
				t.Fatalf("names %q, want %q", names, name)
			}
		} else {
			lists(t, d, name)
		}
		_, err = d.Stat(name)
		ok(t, err)
		holds(t, d, name, "")
		ok(t, d.Rename(name, d, "other"))
		ok(t, d.Rename("other", d, name))
		ok(t, d.Remove(name))
		ok(t, d.Mkdir(name, 0o755))
		sub, err := d.OpenDir(name)
		ok(t, err)
		ok(t, sub.Close())
		f.open(t, index.Path("names").Join(name)).Close()
		ok(t, d.Rmdir(name))
	}
}

// Nothing that is not one component gets as far as the system.
func testBadNames(t *testing.T, f *fixture) {
	ok(t, f.root.Mkdir("d", 0o755))
	d := f.open(t, "d")
	file(t, d, "x", "")
	open, err := d.Read("x")
	ok(t, err)
	defer open.Close()
	for _, bad := range []string{"", ".", "..", "a/b", "/", "/etc", "../d", "x/", "a\x00b"} {
		for op, err := range map[string]error{
			"stat":      second(d.Stat(bad)),
			"readlink":  second(d.Readlink(bad)),
			"opendir":   second(d.OpenDir(bad)),
			"read":      second(d.Read(bad)),
			"create":    second(d.Create(bad, 0o644)),
			"write":     second(d.Write(bad)),
			"mkdir":     d.Mkdir(bad, 0o755),
			"symlink":   d.Symlink("x", bad),
			"hardlink":  d.Hardlink(d, "x", bad),
			"hardlink2": d.Hardlink(d, bad, "y"),
			"remove":    d.Remove(bad),
			"rmdir":     d.Rmdir(bad),
			"rename":    d.Rename("x", d, bad),
			"rename2":   d.Rename(bad, d, "y"),
			"replace":   d.Replace("x", d, bad),
			"replace2":  d.Replace(bad, d, "y"),
			"exchange":  d.Exchange("x", d, bad),
			"exchange2": d.Exchange(bad, d, "x"),
			"chmod":     d.Chmod(bad, 0o644),
			"chtime":    d.Chtime(bad, 0),
			"clone":     second(d.Clone(open, bad, 0o644)),
		} {
			if err == nil {
				t.Fatalf("%s of %q went well", op, bad)
			}
			if bad != "" {
				fails(t, err, tree.ErrBadName)
			}
		}
	}
	lists(t, d, "x")
	long := strings.Repeat("x", 300)
	_, err = d.Create(long, 0o644)
	fails(t, err, tree.ErrBadName)
	fails(t, d.Mkdir(long, 0o755), tree.ErrBadName)
	fails(t, d.Rename("x", d, long), tree.ErrBadName)
	if _, err := d.Stat(long); err == nil {
		t.Fatal("a name of 300 bytes is there")
	}
	lists(t, d, "x")
}

// second drops the first of two results.
func second[T any](_ T, err error) error { return err }

// Paths longer than a system takes at once, in short and in long components.
func testLongPath(t *testing.T, f *fixture) {
	for _, name := range []string{"d", strings.Repeat("n", 255), strings.Repeat("m", 200)} {
		length := 9000
		if tree.IsDistant(f.Tree) {
			length = 3500 // the server has to say all of it at once
		}
		var path index.Path
		d := f.open(t, "")
		for len(path) < length {
			ok(t, d.Mkdir(name, 0o755))
			next, err := d.OpenDir(name)
			ok(t, err)
			ok(t, d.Close())
			d, path = next, path.Join(name)
			if len(name) == 1 && len(path) > 400 {
				break // deep enough for the cost of undoing it
			}
		}
		file(t, d, "bottom", name)
		ok(t, d.Close())
		d, err := f.Open(path)
		ok(t, err)
		holds(t, d, "bottom", name)
		ok(t, d.Remove("bottom"))
		ok(t, d.Close())
		_, err = f.Open(path.Join("none"))
		fails(t, err, fs.ErrNotExist)
		for path != "" { // what the test's own clean-up could not reach
			dir, last := path.Split()
			d, err := f.Open(dir)
			ok(t, err)
			ok(t, d.Rmdir(last))
			ok(t, d.Close())
			path = dir
		}
	}
}
