// Package treetest is the contract of tree.Tree as tests: every implementation
// runs it, so that none is a special case for its callers.
package treetest

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

// Run checks that the trees that open makes keep the contract. Each call must
// give a new tree with an empty root; Run closes it. What a tree cannot do
// according to tree.Probe is expected to fail with tree.ErrUnsupported.
func Run(t *testing.T, open func(t *testing.T) tree.Tree) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *fixture)
	}{
		{"Open", testOpen},
		{"List", testList},
		{"Names", testNames},
		{"BadNames", testBadNames},
		{"LongPath", testLongPath},
		{"Stat", testStat},
		{"Create", testCreate},
		{"ReadWrite", testReadWrite},
		{"Kinds", testKinds},
		{"Modes", testModes},
		{"Owners", testOwners},
		{"Attrs", testAttrs},
		{"Times", testTimes},
		{"Links", testLinks},
		{"LinkTimes", testLinkTimes},
		{"HardLinks", testHardLinks},
		{"Clone", testClone},
		{"Remove", testRemove},
		{"Rmdir", testRmdir},
		{"Rename", testRename},
		{"RenameDirectory", testRenameDirectory},
		{"Replace", testReplace},
		{"Exchange", testExchange},
		{"LinkOnTheWay", testLinkOnTheWay},
		{"SwappedForLink", testSwappedForLink},
		{"HeldWhileMoved", testHeldWhileMoved},
		{"HeldWhileRemoved", testHeldWhileRemoved},
		{"Sync", testSync},
		{"Store", testStore},
		{"Unlock", testUnlock},
		{"Probe", testProbe},
		{"Lock", testLock},
		{"LockDry", testLockDry},
		{"Concurrent", testConcurrent},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := open(t)
			t.Cleanup(func() { ok(t, tr.Close()) })
			c.test(t, newFixture(t, tr))
		})
	}
}

// fixture is a tree with a private folder, and what it can do.
type fixture struct {
	tree.Tree
	root tree.Dir
	can  tree.Traits
}

func newFixture(t *testing.T, tr tree.Tree) *fixture {
	t.Helper()
	f := &fixture{Tree: tr}
	f.root = f.open(t, "")
	ok(t, f.root.Mkdir(index.Private, 0o700))
	private := f.open(t, index.Private)
	ok(t, private.Mkdir(tree.Staging, 0o700))
	can, err := tree.Probe(tr)
	ok(t, err)
	f.can = can
	return f
}

// open holds a directory until the test ends.
func (f *fixture) open(t *testing.T, dir index.Path) tree.Dir {
	t.Helper()
	d, err := f.Open(dir)
	ok(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fails checks which error came, and that it says where.
func fails(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
	var at *fs.PathError
	if !errors.As(err, &at) || at.Op == "" || at.Path == "" {
		t.Fatalf("the error %v says no operation and name", err)
	}
}

// file makes a file.
func file(t *testing.T, d tree.Dir, name, content string) {
	t.Helper()
	f, err := d.Create(name, 0o644)
	ok(t, err)
	n, err := f.Write([]byte(content))
	if err != nil || n != len(content) {
		t.Fatal(n, err)
	}
	ok(t, f.Close())
}

// content reads a file.
func content(t *testing.T, d tree.Dir, name string) string {
	t.Helper()
	f, err := d.Read(name)
	ok(t, err)
	defer f.Close()
	b, err := io.ReadAll(f)
	ok(t, err)
	return string(b)
}

// byPath skips what a tree that reaches its directories by path cannot promise.
func byPath(t *testing.T, f *fixture) {
	t.Helper()
	if tree.IsDistant(f.Tree) {
		t.Skip("directories are reached by path")
	}
}

// holds checks a file's content.
func holds(t *testing.T, d tree.Dir, name, want string) {
	t.Helper()
	if got := content(t, d, name); got != want {
		t.Fatalf("%q holds %q, want %q", name, got, want)
	}
}

// lists checks the names in a directory, the private folder aside.
func lists(t *testing.T, d tree.Dir, want ...string) {
	t.Helper()
	names, err := d.List()
	ok(t, err)
	names = slices.DeleteFunc(names, func(n string) bool { return n == index.Private })
	slices.Sort(names)
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Fatalf("names %q, want %q", names, want)
	}
}

// gone checks that there is nothing.
func gone(t *testing.T, d tree.Dir, name string) {
	t.Helper()
	_, err := d.Stat(name)
	fails(t, err, fs.ErrNotExist)
}
