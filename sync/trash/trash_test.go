package trash

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/zeebo/blake3"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

func TestKept(t *testing.T) {
	both(t, func(t *testing.T, tr tree.Tree) {
		b := opened(t, tr)
		paths := []index.Path{"a", "d/with space", "new\nline", "quote\"back\\slash", "invalid\xff\xfe", "ü\u2028"}
		var want []Item
		for i, p := range paths {
			want = append(want, discard(t, tr, b, p, uint64(i+1), fmt.Sprint("text ", i)))
		}
		slices.Reverse(want)
		for _, b := range []*Trash{b, opened(t, tr)} {
			if got := b.Items(); !slices.Equal(got, want) {
				t.Fatalf("items\n%+v, want\n%+v", got, want)
			}
			for _, it := range want {
				byKey, _ := b.Find(it.Path, it.Gen)
				byHash, _ := b.ByHash(it.Hash)
				if byKey != it || byHash != it {
					t.Fatalf("found %+v and %+v, want %+v", byKey, byHash, it)
				}
				f, err := b.Read(it.ID)
				must(t, err)
				text, err := io.ReadAll(f)
				must(t, errors.Join(err, f.Close()))
				if it.Hash != blake3.Sum256(text) || string(text) != read(t, tr, it.Place()) {
					t.Fatalf("%s holds %q", it.ID, text)
				}
			}
			if n, bytes := b.Total(); n != len(paths) || bytes != int64(6*len(paths)) {
				t.Fatal(n, bytes)
			}
		}
	})
}

// A hash that is learnt later is found by, and still is when the list is read again.
func TestLearn(t *testing.T) {
	both(t, func(t *testing.T, tr tree.Tree) {
		b := opened(t, tr)
		want := discardAs(t, tr, b, "a", 1, "text", index.Hash{})
		discard(t, tr, b, "b", 2, "other")
		want.Hash = blake3.Sum256([]byte("text"))
		b.Learn("a", want.Gen, want.Hash)
		b.Learn("b", gen(2), want.Hash) // has one
		b.Learn("c", gen(3), want.Hash) // is not here
		must(t, b.Commit())
		for _, b := range []*Trash{b, opened(t, tr)} {
			if got, ok := b.ByHash(want.Hash); !ok || got != want {
				t.Fatalf("by hash %+v, want %+v", got, want)
			}
			if n, _ := b.Total(); n != 2 {
				t.Fatalf("%d items, not 2", n)
			}
		}
	})
}

func TestEmptyTrashWritesNothing(t *testing.T) {
	m := memory.New()
	prepare(t, m)
	before := m.Changes()
	b := opened(t, m)
	if len(b.Items()) > 0 {
		t.Fatal("items")
	}
	_, err := b.Purge(PurgeOptions{MaxSize: 0})
	must(t, err)
	if m.Changes() != before {
		t.Fatal("something was written")
	}
	ro, err := Open(m, true)
	must(t, err)
	if _, err := ro.Reserve(Item{Run: "run"}); !errors.Is(err, errReadOnly) {
		t.Fatal(err)
	}
}

// TestVoid: a line whose file never came is none, and its id is not used again.
func TestVoid(t *testing.T) {
	m := memory.New()
	prepare(t, m)
	b := opened(t, m)
	id, err := b.Reserve(Item{Path: "p", Gen: gen(1), Kind: index.File, Run: "run"})
	must(t, err)
	must(t, b.Commit())
	b = opened(t, m)
	if len(b.Items()) > 0 {
		t.Fatal("a void item")
	}
	if next := discard(t, m, b, "q", 2, "x"); next.ID == id {
		t.Fatal("one id twice")
	}
	// A recovery may still fill it.
	fillsLate(t, m, b, id)
}

// fillsLate fills a slot that was reserved for p, and finds p there.
func fillsLate(t *testing.T, m *memory.Tree, b *Trash, id string) {
	t.Helper()
	write(t, m, "late", "late")
	root := hold2(t, m, "")
	defer root.Close()
	must(t, b.Fill(id, root, "late"))
	if it, ok := b.Find("p", gen(1)); !ok || it.ID != id {
		t.Fatal("nobody knows what it is", it)
	}
}

// What was committed is known after a power loss, however little of the rest is left.
func TestCommittedIsDurable(t *testing.T) {
	plain := memory.Capable()
	plain.SyncAll = false
	m := memory.New(memory.WithTraits(plain))
	prepare(t, m)
	for _, p := range []index.Path{"", index.Private} {
		d := hold2(t, m, p)
		must(t, d.Sync())
		d.Close()
	}
	b := opened(t, m)
	id, err := b.Reserve(Item{Path: "p", Gen: gen(1), Kind: index.File, Run: "run"})
	must(t, err)
	must(t, b.SyncDirs())
	must(t, b.Commit())
	m.PowerLoss(nil)
	b = opened(t, m)
	fillsLate(t, m, b, id)
}

// A list that is lost after all is made up for by the plan lines.
func TestPromise(t *testing.T) {
	m := memory.New()
	prepare(t, m)
	b := opened(t, m)
	had := discard(t, m, b, "p", 1, "there already")
	folder := hold2(t, m, index.Private+"/trash")
	defer folder.Close()
	must(t, folder.Remove("list.jsonl"))
	b = opened(t, m)
	if _, known := b.Find("p", gen(1)); known {
		t.Fatal("the list is still there")
	}
	b.Promise(had)
	late := Item{ID: "run.7", Run: "run", Path: "q", Gen: gen(2), Kind: index.File}
	b.Promise(late)
	if it, ok := b.Find("p", gen(1)); !ok || it != had {
		t.Fatal("not known again", it)
	}
	if other := discard(t, m, b, "r", 3, "another"); other.ID != "run.8" {
		t.Fatal("it got", other.ID)
	}
	write(t, m, "late", "late")
	root := hold2(t, m, "")
	defer root.Close()
	must(t, b.Fill(late.ID, root, "late"))
	b = opened(t, m)
	for p, n := range map[index.Path]uint64{"p": 1, "q": 2, "r": 3} {
		if _, ok := b.Find(p, gen(n)); !ok {
			t.Error(p, "is not in the list")
		}
	}
	if items, bytes := b.Total(); items != 3 || bytes != int64(len("there already")+len("another")) {
		t.Error(items, "items", bytes, "bytes")
	}
}

func TestDamagedList(t *testing.T) {
	m := memory.New()
	prepare(t, m)
	b := opened(t, m)
	first := discard(t, m, b, "p", 1, "first")
	second := discard(t, m, b, "q", 2, "second")
	b.Close()
	d := hold2(t, m, folder)
	defer d.Close()
	f, err := d.Write(listFile)
	must(t, err)
	i, err := f.Stat()
	must(t, err)
	must(t, f.Truncate(i.Size-20))
	f.Close()

	b = opened(t, m)
	it, ok := b.Get(second.ID)
	if !ok || it.Path != index.Path(second.ID) || it.Size != second.Size || it.Mtime != second.Mtime {
		t.Fatalf("the file without a line is %+v", it)
	}
	third := discard(t, m, b, "r", 3, "third")
	b = opened(t, m)
	for _, want := range []Item{first, third} {
		if got, _ := b.Get(want.ID); got != want {
			t.Fatalf("after the torn line: %+v, want %+v", got, want)
		}
	}
}

func TestPurge(t *testing.T) {
	both(t, func(t *testing.T, tr tree.Tree) {
		b := opened(t, tr)
		var all []Item
		for i := range uint64(6) {
			all = append(all, discard(t, tr, b, "p", i+1, "0123456789"))
		}
		res, err := b.Purge(PurgeOptions{OlderThan: 3, MaxSize: -1})
		must(t, err)
		if res != (PurgeResult{Items: 2, Bytes: 20}) {
			t.Fatalf("older: %+v", res)
		}
		res, err = b.Purge(PurgeOptions{MaxSize: 25, Keep: func(it Item) bool { return it.ID == all[2].ID }})
		must(t, err)
		if res != (PurgeResult{Items: 2, Bytes: 20, Kept: 1}) {
			t.Fatalf("larger: %+v", res)
		}
		want := []Item{all[5], all[2]}
		for _, b := range []*Trash{b, opened(t, tr)} {
			if got := b.Items(); !slices.Equal(got, want) {
				t.Fatalf("left %+v", got)
			}
			if _, ok := b.Find("p", gen(1)); ok {
				t.Fatal("a purged item is found")
			}
		}
		discard(t, tr, b, "p", 9, "and on")
		res, err = b.Purge(PurgeOptions{MaxSize: 0})
		must(t, err)
		if res.Items != 3 || len(opened(t, tr).Items()) > 0 {
			t.Fatalf("all: %+v", res)
		}
		names, err := hold2(t, tr, folder).List()
		must(t, err)
		if !slices.Equal(names, []string{listFile}) {
			t.Fatal(names)
		}
	})
}

// TestTakeLooks: what is not as expected stays where it is.
func TestTakeLooks(t *testing.T) {
	both(t, func(t *testing.T, tr tree.Tree) {
		b := opened(t, tr)
		w := write(t, tr, "f", "text")
		d := hold2(t, tr, "")
		defer d.Close()
		w.Size++
		id, err := b.Reserve(Item{Path: "f", Gen: gen(1), Kind: index.File, Run: "run"})
		must(t, err)
		must(t, b.Commit())
		for _, take := range []func() error{
			func() error { return b.Take(id, d, "f", w) },
			func() error { return b.take(id, d, "f", w) }, // changed between look and rename
		} {
			if err := take(); !errors.Is(err, ErrChanged) {
				t.Fatal(err)
			}
			if read(t, tr, "f") != "text" || len(b.Items()) > 0 {
				t.Fatal("taken all the same")
			}
		}
	})
}

// BenchmarkLoad reads a trash of 100,000 items.
func BenchmarkLoad(b *testing.B) {
	disk, err := tree.OpenDisk(b.TempDir())
	must(b, err)
	defer disk.Close()
	prepare(b, disk)
	bin := opened(b, disk)
	root := hold2(b, disk, "")
	defer root.Close()
	for i := range uint64(100_000) {
		it := Item{Path: index.Path(fmt.Sprint("some/directory/file-", i)), Gen: gen(i + 1), Kind: index.File,
			Hash: blake3.Sum256(fmt.Append(nil, i)), Why: "replaced", Run: "20261122-131405-1a2b"}
		id, err := bin.Reserve(it)
		must(b, err)
		must(b, root.Symlink("x", "f"))
		must(b, bin.Fill(id, root, "f"))
	}
	must(b, bin.Commit())
	for b.Loop() {
		bin, err := Open(disk, false)
		must(b, errors.Join(err, bin.Load()))
		if n, _ := bin.Total(); n != 100_000 {
			b.Fatal(n)
		}
	}
}
