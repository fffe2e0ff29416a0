package memory_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
	"latus/sync/tree/treetest"
)

// picture is all that a tree holds: a line for every path.
func picture(t *testing.T, tr tree.Tree) map[index.Path]string {
	t.Helper()
	seen := map[index.Path]string{}
	var walk func(dir index.Path)
	walk = func(dir index.Path) {
		d, err := tr.Open(dir)
		treetest.Check(t, err)
		defer d.Close()
		names, err := d.List()
		treetest.Check(t, err)
		for _, name := range names {
			info, err := d.Stat(name)
			treetest.Check(t, err)
			path := dir.Join(name)
			switch info.Kind {
			case index.Dir:
				seen[path] = "dir"
				walk(path)
			case index.Link:
				target, err := d.Readlink(name)
				treetest.Check(t, err)
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
	treetest.Check(t, err)
	defer f.Close()
	b, err := io.ReadAll(f)
	treetest.Check(t, err)
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
func mess(t *testing.T, m *memory.Tree, r *rand.Rand, steps int, sync bool) {
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
				treetest.Check(t, d.Sync())
			}
		}
	}
}

// countLinks counts names by inode, and what the inodes say.
func countLinks(t *testing.T, m *memory.Tree, dir index.Path) (names, links map[uint64]int) {
	t.Helper()
	names, links = map[uint64]int{}, map[uint64]int{}
	for p := range picture(t, m) {
		d, err := m.Open(p.Dir())
		treetest.Check(t, err)
		info, err := d.Stat(p.Base())
		treetest.Check(t, err)
		names[info.Inode]++
		links[info.Inode] = int(info.Links)
	}
	return names, links
}
