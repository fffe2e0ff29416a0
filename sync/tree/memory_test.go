package tree_test

import (
	"errors"
	"io/fs"
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/treetest"
)

func TestMemoryContract(t *testing.T) {
	for name, traits := range memoryKinds() {
		t.Run(name, func(t *testing.T) {
			treetest.Run(t, func(*testing.T) tree.Tree { return tree.NewMemory(tree.WithTraits(traits)) })
		})
	}
	t.Run("modes", func(t *testing.T) {
		treetest.Run(t, func(*testing.T) tree.Tree { return tree.NewMemory(tree.WithModes()) })
	})
}

// memoryKinds are filesystems as they are found.
func memoryKinds() map[string]tree.Traits {
	mac := tree.Capable()
	mac.FoldsCase, mac.Normalizes, mac.SyncAll = true, true, false
	seconds := tree.Capable()
	seconds.Clock, seconds.Reflink, seconds.Exchange, seconds.NoReplace = 1e9, false, false, false
	return map[string]tree.Traits{
		"capable": tree.Capable(),
		"mac":     mac,
		"seconds": seconds,
		"fat":     {Clock: 2e9, ModeBits: 0o200, FoldsCase: true, DOSNames: true},
	}
}

// Probe finds what a Memory was made with.
func TestProbeMemory(t *testing.T) {
	for name, want := range memoryKinds() {
		t.Run(name, func(t *testing.T) {
			m := tree.NewMemory(tree.WithTraits(want))
			makePrivate(t, m)
			got, err := tree.Probe(m)
			if err != nil || got != want {
				t.Fatalf("got %+v, %v\nwant %+v", got, err, want)
			}
		})
	}
}

// Whatever fails once while probing: what is found is right or nothing, and
// nothing stays behind, at the latest after the next probe.
func TestProbeFails(t *testing.T) {
	broken := errors.New("broken")
	for failAt := 1; ; failAt++ {
		calls := 0
		var failed tree.Call
		m := tree.NewMemory(tree.WithHook(func(c tree.Call) error {
			if calls++; calls == failAt {
				failed = c
				return broken
			}
			return nil
		}))
		makePrivate(t, m.User())
		got, err := tree.Probe(m)
		if calls < failAt {
			return
		}
		if err == nil && got != tree.Capable() {
			t.Fatalf("after %+v failed: %+v", failed, got)
		}
		staging := hold(t, m.User(), ".latus/staging")
		if names, lerr := staging.List(); lerr != nil || len(names) > 0 && err == nil {
			t.Fatalf("after %+v failed: left %q, %v", failed, names, lerr)
		}
		got, err = tree.Probe(m)
		if names, lerr := staging.List(); err != nil || got != tree.Capable() || lerr != nil || len(names) > 0 {
			t.Fatalf("after %+v failed, again: %+v, %v, left %q", failed, got, err, names)
		}
	}
}

func TestMemoryOddities(t *testing.T) {
	m := tree.NewMemory(tree.WithName("a"))
	root := hold(t, m, "")
	check(t, m.MakeSpecial("fifo"))
	if st, err := root.Stat("fifo"); err != nil || st.Kind != index.Special {
		t.Fatal(st, err)
	}
	if _, err := root.Read("fifo"); !errors.Is(err, tree.ErrNotFile) {
		t.Fatal(err)
	}
	check(t, root.Remove("fifo"))
	check(t, root.Mkdir("mnt", 0o755))
	check(t, m.MakeMount("mnt"))
	mnt := hold(t, m, "mnt")
	check(t, write(mnt, "file", "x", false))
	inside, err := mnt.Stat("file")
	check(t, err)
	outside, err := root.Self()
	check(t, err)
	if inside.Device == outside.Device {
		t.Fatal("one device")
	}
	if err := mnt.Rename("file", root, "file"); !errors.Is(err, tree.ErrCrossDevice) {
		t.Fatal(err)
	}
	if m.Where() == tree.NewMemory(tree.WithName("b")).Where() {
		t.Fatal("two trees in one place")
	}
}

// Where inode numbers mean nothing they change when least expected.
func TestMemoryUnstableInodes(t *testing.T) {
	traits := tree.Capable()
	traits.StableInodes = false
	m := tree.NewMemory(tree.WithTraits(traits))
	check(t, write(hold(t, m, ""), "file", "x", false))
	before, err := hold(t, m, "").Stat("file")
	check(t, err)
	m.Restart()
	after, err := hold(t, m, "").Stat("file")
	check(t, err)
	if before.Inode == after.Inode {
		t.Fatal("the inode number stayed")
	}
}

// A permission that is missing is told from a thing that is.
func TestMemoryModes(t *testing.T) {
	m := tree.NewMemory(tree.WithModes())
	root := hold(t, m, "")
	check(t, root.Mkdir("d", 0o755))
	d := hold(t, m, "d")
	check(t, write(d, "f", "x", false))
	check(t, root.Chmod("d", 0o555))
	for _, err := range []error{write(d, "g", "", false), d.Remove("f"), d.Rename("f", root, "f"), root.Rename("d", d, "d")} {
		if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrInvalid) {
			t.Fatal(err)
		}
	}
	restore, err := tree.Unlock(d)
	check(t, err)
	check(t, write(d, "g", "", false))
	check(t, restore())
	check(t, root.Chmod("d", 0))
	if _, err := m.Open("d"); !errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
	if _, err := d.Stat("f"); !errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
	if _, err := d.List(); !errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
}
