package tree_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

// picture is all that a tree holds: a line for every path.
func picture(t *testing.T, tr tree.Tree) map[index.Path]string {
	t.Helper()
	seen := map[index.Path]string{}
	var walk func(dir index.Path)
	walk = func(dir index.Path) {
		d, err := tr.Open(dir)
		check(t, err)
		defer d.Close()
		names, err := d.List()
		check(t, err)
		for _, name := range names {
			info, err := d.Stat(name)
			check(t, err)
			path := dir.Join(name)
			switch info.Kind {
			case index.Dir:
				seen[path] = "dir"
				walk(path)
			case index.Link:
				target, err := d.Readlink(name)
				check(t, err)
				seen[path] = "-> " + target
			default:
				seen[path] = fmt.Sprintf("%d %q", info.Links, read(t, d, name))
			}
		}
	}
	walk("")
	return seen
}

func read(t *testing.T, d tree.Dir, name string) string {
	t.Helper()
	f, err := d.Read(name)
	check(t, err)
	defer f.Close()
	b, err := io.ReadAll(f)
	check(t, err)
	return string(b)
}

func write(d tree.Dir, name, text string, sync bool) error {
	f, err := d.Create(name, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write([]byte(text)); err != nil {
		return err
	}
	if sync {
		return f.Sync()
	}
	return nil
}

func equal(a, b map[index.Path]string) bool {
	if len(a) != len(b) {
		return false
	}
	for p, s := range a {
		if b[p] != s {
			return false
		}
	}
	return true
}

// mess makes random changes; syncs some directories if told so.
func mess(t *testing.T, m *tree.Memory, r *rand.Rand, steps int, sync bool) {
	t.Helper()
	dirs := []index.Path{""}
	pick := func() (tree.Dir, index.Path) {
		for {
			at := dirs[r.IntN(len(dirs))]
			if d, err := m.Open(at); err == nil {
				return d, at
			}
		}
	}
	name := func() string { return string(rune('a' + r.IntN(6))) }
	for i := range steps {
		d, at := pick()
		to, _ := pick()
		switch n := name(); r.IntN(10) {
		case 0, 1, 2:
			_ = write(d, n, fmt.Sprint(i), r.IntN(2) == 0)
		case 3:
			if d.Mkdir(n, 0o755) == nil {
				dirs = append(dirs, at.Join(n))
			}
		case 4, 5:
			if d.Rename(n, to, name()) == nil {
				dirs = append(dirs, at.Join(n))
			}
		case 6:
			_ = d.Exchange(n, to, name())
		case 7:
			_ = errors.Join(d.Remove(n), d.Rmdir(n))
		case 8:
			_ = d.Hardlink(to, name(), n)
		case 9:
			if sync {
				check(t, d.Sync())
			}
		}
	}
}

// What was synced is what is left, whatever came after it is lost.
func TestPowerLossKeepsWhatIsSynced(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		m := tree.NewMemory()
		mess(t, m, r, 60, true)
		check(t, m.Sync())
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
		m := tree.NewMemory()
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

// countLinks counts names by inode, and what the inodes say.
func countLinks(t *testing.T, m *tree.Memory, dir index.Path) (names, links map[uint64]int) {
	t.Helper()
	names, links = map[uint64]int{}, map[uint64]int{}
	for p := range picture(t, m) {
		d, err := m.Open(p.Dir())
		check(t, err)
		info, err := d.Stat(p.Base())
		check(t, err)
		names[info.Inode]++
		links[info.Inode] = int(info.Links)
	}
	return names, links
}

// Renames and exchanges happen or don't.
func TestPowerLossIsAtomic(t *testing.T) {
	const files = 20
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		m := tree.NewMemory()
		root := hold(t, m, "")
		check(t, root.Mkdir("to", 0o755))
		to := hold(t, m, "to")
		for i := range files {
			check(t, write(root, fmt.Sprint("move", i), "move", true))
			check(t, write(root, fmt.Sprint("swap", i), "mine", true))
			check(t, write(to, fmt.Sprint("swap", i), "theirs", true))
		}
		check(t, m.Sync())
		check(t, root.Mkdir("late", 0o755))
		late := hold(t, m, "late")
		for i := range files {
			check(t, root.Rename(fmt.Sprint("move", i), late, "moved"+fmt.Sprint(i)))
			check(t, root.Exchange(fmt.Sprint("swap", i), to, fmt.Sprint("swap", i)))
		}
		if seed%3 == 0 {
			check(t, late.Sync())
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
			m := tree.NewMemory()
			root := hold(t, m, "")
			check(t, write(root, "file", old, true))
			check(t, m.Sync())
			check(t, write(root, "new", text, sync))
			check(t, root.Replace("new", root, "file"))
			if seed%2 == 0 {
				check(t, root.Sync())
			}
			m.PowerLoss(rand.New(rand.NewPCG(seed, 4)))
			switch got := read(t, hold(t, m, ""), "file"); {
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
	script := func(m *tree.Memory) (err error) {
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
	var watch *tree.Memory
	watch = tree.NewMemory(tree.WithHook(func(c tree.Call) error {
		if c.Change > 0 {
			pictures = append(pictures, picture(t, watch.User()))
		}
		return nil
	}))
	check(t, script(watch))
	total := watch.Changes()
	if total != 12 || len(pictures) != total {
		t.Fatalf("%d changes, told of %d", total, len(pictures))
	}
	for n := 1; n <= total; n++ {
		m := tree.NewMemory()
		held := hold(t, m, "")
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
		check(t, hold(t, m, "").Mkdir("after", 0o755))
	}
}

// The hook decides what fails, knows where, and may work on the tree itself.
func TestHook(t *testing.T) {
	broken := errors.New("broken")
	var calls []string
	var m *tree.Memory
	m = tree.NewMemory(tree.WithHook(func(c tree.Call) error {
		calls = append(calls, fmt.Sprintf("%s %s %s %d", c.Op, c.Dir, c.Name, c.Change))
		switch c.Name {
		case "bad":
			return broken
		case "race":
			return hold(t, m.User(), c.Dir).Mkdir("race", 0o755)
		}
		return nil
	}))
	root := hold(t, m, "")
	check(t, root.Mkdir("d", 0o755))
	d := hold(t, m, "d")
	check(t, root.Rename("d", root, "e"))
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
	m := tree.NewMemory()
	m.SetSpace(10)
	root := hold(t, m, "")
	f, err := root.Create("f", 0o644)
	check(t, err)
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
	check(t, f.Truncate(4))
	check(t, write(root, "g", "six ch", false))
	check(t, root.Remove("f"))
	check(t, write(root, "h", "four", false))
	if err := write(root, "i", "x", false); !errors.Is(err, tree.ErrNoSpace) {
		t.Fatal(err)
	}
	m.SetSpace(-1)
	check(t, write(root, "j", strings.Repeat("x", 1000), false))
}

// Two copies of a tree share nothing that either can change.
func TestCloneIsApart(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 5))
		m := tree.NewMemory()
		mess(t, m, r, 80, true)
		f, err := hold(t, m, "").Create("shared", 0o644)
		check(t, err)
		_, err = f.Write([]byte("12345"))
		check(t, err)
		want := picture(t, m)
		c := m.Clone()
		if got := picture(t, c); !equal(got, want) {
			t.Fatalf("seed %d: %v was copied as %v", seed, want, got)
		}
		_, err = f.Write([]byte("6789"))
		check(t, err)
		g, err := hold(t, c, "").Write("shared")
		check(t, err)
		_, err = g.Seek(0, io.SeekEnd)
		check(t, err)
		_, err = g.Write([]byte("abcd"))
		check(t, err)
		if a, b := read(t, hold(t, m, ""), "shared"), read(t, hold(t, c, ""), "shared"); a != "123456789" || b != "12345abcd" {
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
		m := tree.NewMemory()
		r := rand.New(rand.NewPCG(7, 7))
		mess(t, m, r, 200, true)
		m.PowerLoss(r)
		infos := map[index.Path]tree.Info{}
		for p := range picture(t, m) {
			info, err := hold(t, m, p.Dir()).Stat(p.Base())
			check(t, err)
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
