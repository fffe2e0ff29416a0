package memory_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
	"latus/sync/tree/treetest"
)

func TestMemoryContract(t *testing.T) {
	for name, traits := range memoryKinds() {
		t.Run(name, func(t *testing.T) {
			treetest.Run(t, func(*testing.T) tree.Tree { return memory.New(memory.WithTraits(traits)) })
		})
	}
	t.Run("attributes", func(t *testing.T) {
		treetest.Run(t, func(*testing.T) tree.Tree { return memory.New(memory.WithAttrs()) })
	})
	t.Run("owners", func(t *testing.T) {
		treetest.Run(t, func(*testing.T) tree.Tree { return memory.New(memory.WithOwners(&tree.Owners{Any: true})) })
	})
	t.Run("modes", func(t *testing.T) {
		treetest.Run(t, func(*testing.T) tree.Tree { return memory.New(memory.WithModes()) })
	})
}

// memoryKinds are filesystems as they are found.
func memoryKinds() map[string]tree.Traits {
	mac := memory.Capable()
	mac.FoldsCase, mac.Normalizes, mac.SyncAll = true, true, false
	seconds := memory.Capable()
	seconds.Clock, seconds.Reflink, seconds.Exchange, seconds.NoReplace = 1e9, false, false, false
	return map[string]tree.Traits{
		"capable": memory.Capable(),
		"mac":     mac,
		"seconds": seconds,
		"fat":     {Clock: 2e9, ModeBits: 0o200, FoldsCase: true, DOSNames: true},
	}
}

// Probe finds what a Tree was made with.
func TestProbeMemory(t *testing.T) {
	for name, want := range memoryKinds() {
		t.Run(name, func(t *testing.T) {
			m := memory.New(memory.WithTraits(want))
			treetest.MakePrivate(t, m)
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
		var failed memory.Call
		m := memory.New(memory.WithHook(func(c memory.Call) error {
			if calls++; calls == failAt {
				failed = c
				return broken
			}
			return nil
		}))
		treetest.MakePrivate(t, m.User())
		got, err := tree.Probe(m)
		if calls < failAt {
			return
		}
		if err == nil && got != memory.Capable() {
			t.Fatalf("after %+v failed: %+v", failed, got)
		}
		staging := treetest.Hold(t, m.User(), ".latus/staging")
		if names, lerr := staging.List(); lerr != nil || len(names) > 0 && err == nil {
			t.Fatalf("after %+v failed: left %q, %v", failed, names, lerr)
		}
		got, err = tree.Probe(m)
		if names, lerr := staging.List(); err != nil || got != memory.Capable() || lerr != nil || len(names) > 0 {
			t.Fatalf("after %+v failed, again: %+v, %v, left %q", failed, got, err, names)
		}
	}
}

func TestMemoryOddities(t *testing.T) {
	m := memory.New(memory.WithName("a"))
	root := treetest.Hold(t, m, "")
	treetest.Check(t, m.MakeSpecial("fifo"))
	if st, err := root.Stat("fifo"); err != nil || st.Kind != index.Special {
		t.Fatal(st, err)
	}
	if _, err := root.Read("fifo"); !errors.Is(err, tree.ErrNotFile) {
		t.Fatal(err)
	}
	treetest.Check(t, root.Remove("fifo"))
	treetest.Check(t, root.Mkdir("mnt", 0o755))
	treetest.Check(t, m.MakeMount("mnt"))
	mnt := treetest.Hold(t, m, "mnt")
	treetest.Check(t, write(mnt, "file", "x", false))
	inside, err := mnt.Stat("file")
	treetest.Check(t, err)
	outside, err := root.Self()
	treetest.Check(t, err)
	if inside.Device == outside.Device {
		t.Fatal("one device")
	}
	if err := mnt.Rename("file", root, "file"); !errors.Is(err, tree.ErrCrossDevice) {
		t.Fatal(err)
	}
	if m.Where() == memory.New(memory.WithName("b")).Where() {
		t.Fatal("two trees in one place")
	}
}

// Where inode numbers mean nothing they change when least expected.
func TestMemoryUnstableInodes(t *testing.T) {
	traits := memory.Capable()
	traits.StableInodes = false
	m := memory.New(memory.WithTraits(traits))
	treetest.Check(t, write(treetest.Hold(t, m, ""), "file", "x", false))
	before, err := treetest.Hold(t, m, "").Stat("file")
	treetest.Check(t, err)
	m.Restart()
	after, err := treetest.Hold(t, m, "").Stat("file")
	treetest.Check(t, err)
	if before.Inode == after.Inode {
		t.Fatal("the inode number stayed")
	}
}

// A permission that is missing is told from a thing that is.
func TestMemoryModes(t *testing.T) {
	m := memory.New(memory.WithModes())
	root := treetest.Hold(t, m, "")
	treetest.Check(t, root.Mkdir("d", 0o755))
	d := treetest.Hold(t, m, "d")
	treetest.Check(t, write(d, "f", "x", false))
	treetest.Check(t, root.Chmod("d", 0o555))
	for _, err := range []error{write(d, "g", "", false), d.Remove("f"), d.Rename("f", root, "f"), root.Rename("d", d, "d")} {
		if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrInvalid) {
			t.Fatal(err)
		}
	}
	restore, err := tree.Unlock(d)
	treetest.Check(t, err)
	treetest.Check(t, write(d, "g", "", false))
	treetest.Check(t, restore())
	treetest.Check(t, root.Chmod("d", 0))
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

// The hook decides what fails, knows where, and may work on the tree itself.
func TestHook(t *testing.T) {
	broken := errors.New("broken")
	var calls []string
	var m *memory.Tree
	m = memory.New(memory.WithHook(func(c memory.Call) error {
		calls = append(calls, fmt.Sprintf("%s %s %s %d", c.Op, c.Dir, c.Name, c.Change))
		switch c.Name {
		case "bad":
			return broken
		case "race":
			return treetest.Hold(t, m.User(), c.Dir).Mkdir("race", 0o755)
		}
		return nil
	}))
	root := treetest.Hold(t, m, "")
	treetest.Check(t, root.Mkdir("d", 0o755))
	d := treetest.Hold(t, m, "d")
	treetest.Check(t, root.Rename("d", root, "e"))
	if err := write(d, "bad", "", false); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if err := write(d, "race", "", false); !tree.IsExist(err) {
		t.Fatal(err)
	}
	want := []string{"opendir   0", "mkdir  d 1", "opendir   0", "rename  e 2", "create e bad 3", "create e race 4"}
	if !slices.Equal(calls, want) {
		t.Fatalf("calls %q", calls)
	}
}

func TestMemorySpace(t *testing.T) {
	m := memory.New()
	m.SetSpace(10)
	root := treetest.Hold(t, m, "")
	f, err := root.Create("f", 0o644)
	treetest.Check(t, err)
	n, err := f.Write([]byte("twelve bytes"))
	if n != 10 || !errors.Is(err, tree.ErrNoSpace) {
		t.Fatal(n, err)
	}
	if got := read(t, root, "f"); got != "twelve byt" {
		t.Fatalf("%q", got)
	}
	if err := f.Truncate(20); !errors.Is(err, tree.ErrNoSpace) {
		t.Fatal(err)
	}
	treetest.Check(t, f.Truncate(4))
	treetest.Check(t, write(root, "g", "six ch", false))
	treetest.Check(t, root.Remove("f"))
	treetest.Check(t, write(root, "h", "four", false))
	if err := write(root, "i", "x", false); !errors.Is(err, tree.ErrNoSpace) {
		t.Fatal(err)
	}
	m.SetSpace(-1)
	treetest.Check(t, write(root, "j", strings.Repeat("x", 1000), false))
}

// Two copies of a tree share nothing that either can change.
func TestCloneIsApart(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 5))
		m := memory.New()
		mess(t, m, r, 80, true)
		f, err := treetest.Hold(t, m, "").Create("shared", 0o644)
		treetest.Check(t, err)
		_, err = f.Write([]byte("12345"))
		treetest.Check(t, err)
		want := picture(t, m)
		c := m.Clone()
		if got := picture(t, c); !equal(got, want) {
			t.Fatalf("seed %d: %v was copied as %v", seed, want, got)
		}
		_, err = f.Write([]byte("6789"))
		treetest.Check(t, err)
		g, err := treetest.Hold(t, c, "").Write("shared")
		treetest.Check(t, err)
		_, err = g.Seek(0, io.SeekEnd)
		treetest.Check(t, err)
		_, err = g.Write([]byte("abcd"))
		treetest.Check(t, err)
		if a, b := read(t, treetest.Hold(t, m, ""), "shared"), read(t, treetest.Hold(t, c, ""), "shared"); a != "123456789" || b != "12345abcd" {
			t.Fatalf("%q and %q", a, b)
		}
		changed := picture(t, m)
		mess(t, c, r, 80, true)
		c.PowerLoss(r)
		if got := picture(t, m); !equal(got, changed) {
			t.Fatalf("seed %d: work on a copy changed %v to %v", seed, changed, got)
		}
	}
}

// The same calls, the same tree: times and inodes too.
func TestMemoryIsDeterministic(t *testing.T) {
	run := func() map[index.Path]tree.Info {
		m := memory.New()
		r := rand.New(rand.NewPCG(7, 7))
		mess(t, m, r, 200, true)
		m.PowerLoss(r)
		infos := map[index.Path]tree.Info{}
		for p := range picture(t, m) {
			info, err := treetest.Hold(t, m, p.Dir()).Stat(p.Base())
			treetest.Check(t, err)
			infos[p] = info
		}
		return infos
	}
	first, second := run(), run()
	if len(first) == 0 || len(first) != len(second) {
		t.Fatal(len(first), len(second))
	}
	for p, info := range first {
		if second[p] != info {
			t.Fatalf("%s: %+v and %+v", p, info, second[p])
		}
	}
}
