package treetest

import (
	"io/fs"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

func testOwners(t *testing.T, f *fixture) {
	file(t, f.root, "file", "")
	ok(t, f.root.Mkdir("dir", 0o755))
	names := []string{"file", "dir"}
	if f.can.Links {
		ok(t, f.root.Symlink("file", "link"))
		names = append(names, "link")
	}
	for _, name := range names {
		if st, err := f.root.Stat(name); err != nil || st.Owner != (index.IDs{}) {
			t.Fatalf("%s is owned by %v, %v, though nobody asked", name, st.Owner, err)
		}
	}
	switcher, can := f.Tree.(interface{ SetTraits(tree.Traits) })
	if !can {
		t.Skip("nobody owns anything here")
	}
	shows := f.can
	shows.Owners = true
	switcher.SetTraits(shows)
	owners := tree.OwnersOf(f.Tree)
	if owners == nil {
		t.Skip("nobody owns anything here")
	}
	self, err := f.root.Stat("file")
	ok(t, err)
	if !self.Owner.Known() {
		t.Fatal("the owner of a file is not known")
	}
	fails(t, f.root.Chown("none", self.Owner), fs.ErrNotExist)
	if !owners.Users() {
		other := index.NewIDs(54321, 54321)
		if got := owners.Want(owners.Name(other), self.Owner); got.User != self.Owner.User {
			t.Fatalf("may not give files away, and would: %v", got)
		}
		return
	}
	for _, name := range names {
		ok(t, f.root.Chown(name, index.NewIDs(1234, 4321)))
		ok(t, f.root.Chown(name, index.IDs{User: 1001}))
		st, err := f.root.Stat(name)
		ok(t, err)
		if want := (index.IDs{User: 1001, Group: 4322}); st.Owner != want {
			t.Fatalf("%s is owned by %v, not %v", name, st.Owner, want)
		}
		if own := owners.Want(owners.Name(st.Owner), index.IDs{}); own != st.Owner {
			t.Fatalf("%v is called %s, and that is %v", st.Owner, owners.Name(st.Owner), own)
		}
		ok(t, f.root.Chown(name, index.NewIDs(0, 0)))
	}
}
