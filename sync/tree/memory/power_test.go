package memory_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
	"latus/sync/tree/treetest"
)

// What was synced is what is left, whatever came after it is lost.
func TestPowerLossKeepsWhatIsSynced(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		m := memory.New()
		mess(t, m, r, 60, true)
		treetest.Check(t, m.Sync())
		want := picture(t, m)
		all := m.Clone()
		all.PowerLoss(r)
		if got := picture(t, all); !equal(got, want) {
			t.Fatalf("seed %d: nothing was unsynced, but\n%v\nbecame\n%v", seed, want, got)
		}
		mess(t, m, r, 60, false)
		m.PowerLoss(nil)
		if got := picture(t, m); !equal(got, want) {
			t.Fatalf("seed %d: all that was unsynced is lost, but\n%v\nbecame\n%v", seed, want, got)
		}
	}
}

// Whatever is lost, the filesystem is whole: link counts are right, and it can
// be worked on.
func TestPowerLossLeavesAFilesystem(t *testing.T) {
	lost, kept := 0, 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		m := memory.New()
		mess(t, m, r, 150, seed%2 == 0)
		before := picture(t, m)
		m.PowerLoss(r)
		after := picture(t, m)
		if equal(before, after) {
			kept++
		} else {
			lost++
		}
		names, links := countLinks(t, m, "")
		for inode, n := range names {
			if links[inode] != n {
				t.Fatalf("seed %d: a file with %d names says it has %d", seed, n, links[inode])
			}
		}
		mess(t, m, r, 30, true)
	}
	if lost == 0 || kept == 0 {
		t.Fatalf("%d times something was lost, %d times nothing", lost, kept)
	}
}

// Renames and exchanges happen or don't.
func TestPowerLossIsAtomic(t *testing.T) {
	const files = 20
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		m := memory.New()
		root := treetest.Hold(t, m, "")
		treetest.Check(t, root.Mkdir("to", 0o755))
		to := treetest.Hold(t, m, "to")
		for i := range files {
			treetest.Check(t, write(root, fmt.Sprint("move", i), "move", true))
			treetest.Check(t, write(root, fmt.Sprint("swap", i), "mine", true))
			treetest.Check(t, write(to, fmt.Sprint("swap", i), "theirs", true))
		}
		treetest.Check(t, m.Sync())
		treetest.Check(t, root.Mkdir("late", 0o755))
		late := treetest.Hold(t, m, "late")
		for i := range files {
			treetest.Check(t, root.Rename(fmt.Sprint("move", i), late, "moved"+fmt.Sprint(i)))
			treetest.Check(t, root.Exchange(fmt.Sprint("swap", i), to, fmt.Sprint("swap", i)))
		}
		if seed%3 == 0 {
			treetest.Check(t, late.Sync())
		}
		m.PowerLoss(r)
		seen := picture(t, m)
		for i := range files {
			_, old := seen[index.Path(fmt.Sprint("move", i))]
			_, moved := seen[index.Path(fmt.Sprint("late/moved", i))]
			if old == moved || seed%3 == 0 && old {
				t.Fatalf("seed %d: a file that moved: old name %t, new name %t", seed, old, moved)
			}
			mine, theirs := seen[index.Path(fmt.Sprint("swap", i))], seen[index.Path(fmt.Sprint("to/swap", i))]
			if mine == "" || theirs == "" || mine == theirs {
				t.Fatalf("seed %d: exchanged files are %q and %q", seed, mine, theirs)
			}
		}
	}
}

// A file that gets its name before its content is durable may be anything; one
// that was synced first is whole.
func TestPowerLossTearsContent(t *testing.T) {
	old, text := strings.Repeat("old ", 5000), strings.Repeat("text", 5000)
	for _, sync := range []bool{true, false} {
		results := map[string]int{}
		for seed := range uint64(100) {
			m := memory.New()
			root := treetest.Hold(t, m, "")
			treetest.Check(t, write(root, "file", old, true))
			treetest.Check(t, m.Sync())
			treetest.Check(t, write(root, "new", text, sync))
			treetest.Check(t, root.Replace("new", root, "file"))
			if seed%2 == 0 {
				treetest.Check(t, root.Sync())
			}
			m.PowerLoss(rand.New(rand.NewPCG(seed, 4)))
			switch got := read(t, treetest.Hold(t, m, ""), "file"); {
			case got == old:
				results["old"]++
			case got == text:
				results["new"]++
			case got == "":
				results["empty"]++
			case len(got) < len(text):
				results["short"]++
			default:
				results["mixed"]++
			}
		}
		whole := results["old"] + results["new"]
		if sync && whole != 100 || !sync && (results["empty"] == 0 || results["short"] == 0 || results["mixed"] == 0) {
			t.Fatalf("synced first: %t, results %v", sync, results)
		}
		if results["old"] == 0 || results["new"] == 0 {
			t.Fatalf("synced first: %t, results %v", sync, results)
		}
	}
}

// A world that stops at its n-th change is as n-1 changes left it.
func TestStopAt(t *testing.T) {
	script := func(m *memory.Tree) (err error) {
		root, err := m.Open("")
		if err != nil {
			return err
		}
		steps := []func() error{
			func() error { return root.Mkdir("d", 0o755) },
			func() error { return write(root, "a", "text", true) },
			func() error { return root.Rename("a", root, "b") },
			func() error { return root.Chtime("b", 1e18) },
			func() error { return root.Symlink("b", "c") },
			func() error { return root.Exchange("b", root, "c") },
			func() error { return root.Remove("b") },
			func() error { return root.Rmdir("d") },
			root.Sync, m.Sync,
		}
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	}
	var pictures []map[index.Path]string
	var watch *memory.Tree
	watch = memory.New(memory.WithHook(func(c memory.Call) error {
		if c.Change > 0 {
			pictures = append(pictures, picture(t, watch.User()))
		}
		return nil
	}))
	treetest.Check(t, script(watch))
	total := watch.Changes()
	if total != 12 || len(pictures) != total {
		t.Fatalf("%d changes, told of %d", total, len(pictures))
	}
	for n := 1; n <= total; n++ {
		m := memory.New()
		held := treetest.Hold(t, m, "")
		m.StopAt(n)
		if err := script(m); !errors.Is(err, tree.ErrStopped) {
			t.Fatalf("stopped at %d: %v", n, err)
		}
		if _, err := held.List(); !errors.Is(err, tree.ErrStopped) {
			t.Fatal("a call after the end:", err)
		}
		m.Restart()
		if _, err := held.List(); !errors.Is(err, tree.ErrStopped) {
			t.Fatal("a handle from before:", err)
		}
		if got := picture(t, m); !equal(got, pictures[n-1]) {
			t.Fatalf("stopped at %d: %v, want %v", n, got, pictures[n-1])
		}
		m.StopAt(0)
		treetest.Check(t, treetest.Hold(t, m, "").Mkdir("after", 0o755))
	}
}
