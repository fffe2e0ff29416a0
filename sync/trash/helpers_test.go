package trash

import (
	"io"
	"testing"

	"github.com/zeebo/blake3"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// both runs a test on a tree in memory and on one on disk.
func both(t *testing.T, test func(t *testing.T, tr tree.Tree)) {
	t.Run("memory", func(t *testing.T) {
		m := memory.New()
		prepare(t, m)
		test(t, m)
	})
	t.Run("disk", func(t *testing.T) {
		d, err := tree.OpenDisk(t.TempDir())
		must(t, err)
		defer d.Close()
		prepare(t, d)
		traits, err := tree.Probe(d)
		must(t, err)
		d.(*tree.Disk).SetTraits(traits)
		test(t, d)
	})
}

func prepare(t testing.TB, tr tree.Tree) {
	root := hold2(t, tr, "")
	defer root.Close()
	must(t, root.Mkdir(index.Private, 0o700))
	private := hold2(t, tr, index.Private)
	defer private.Close()
	must(t, private.Mkdir("staging", 0o700))
}

func hold2(t testing.TB, tr tree.Tree, p index.Path) tree.Dir {
	t.Helper()
	d, err := tr.Open(p)
	must(t, err)
	return d
}

func opened(t testing.TB, tr tree.Tree) *Trash {
	t.Helper()
	b, err := Open(tr, false)
	must(t, err)
	t.Cleanup(func() { b.Close() })
	return b
}

func write(t testing.TB, tr tree.Tree, p index.Path, text string) index.Witness {
	t.Helper()
	d := hold2(t, tr, p.Dir())
	defer d.Close()
	f, err := d.Create(p.Base(), 0o640)
	must(t, err)
	defer f.Close()
	_, err = io.WriteString(f, text)
	must(t, err)
	must(t, f.Chtime(1_500_000_000_123_456_789))
	i, err := f.Stat()
	must(t, err)
	return i.Witness
}

func read(t testing.TB, tr tree.Tree, p index.Path) string {
	t.Helper()
	d, err := tr.Open(p.Dir())
	if tree.IsNotExist(err) {
		return "(none)"
	}
	must(t, err)
	defer d.Close()
	f, err := d.Read(p.Base())
	if tree.IsNotExist(err) {
		return "(none)"
	}
	must(t, err)
	defer f.Close()
	b, err := io.ReadAll(f)
	must(t, err)
	return string(b)
}

func gen(n uint64) index.GenID { return index.GenID{Author: 1, Tag: n} }

// discard puts a new file into the trash, as a version of p.
func discard(t testing.TB, tr tree.Tree, b *Trash, p index.Path, n uint64, text string) Item {
	t.Helper()
	return discardAs(t, tr, b, p, n, text, blake3.Sum256([]byte(text)))
}

func discardAs(t testing.TB, tr tree.Tree, b *Trash, p index.Path, n uint64, text string, h index.Hash) Item {
	t.Helper()
	return displace(t, tr, b, Item{Path: p, Gen: gen(n), Hash: h, Run: "run", At: int64(n)}, text)
}

// discardIn is discard by another run.
func discardIn(t testing.TB, tr tree.Tree, b *Trash, run string, p index.Path, n uint64, text string) Item {
	t.Helper()
	return displace(t, tr, b, Item{Path: p, Gen: gen(n), Hash: blake3.Sum256([]byte(text)), Run: run, At: int64(n)}, text)
}

func displace(t testing.TB, tr tree.Tree, b *Trash, it Item, text string) Item {
	t.Helper()
	w := write(t, tr, "discard", text)
	d := hold2(t, tr, "")
	defer d.Close()
	it.look(w)
	it.Why = "deleted"
	id, err := b.Reserve(it)
	must(t, err)
	must(t, b.Commit())
	if _, ok := b.Get(id); ok {
		t.Fatal("an item before its file is there")
	}
	must(t, b.Take(id, d, "discard", w))
	got, ok := b.Get(id)
	if !ok {
		t.Fatal("no item")
	}
	return got
}
