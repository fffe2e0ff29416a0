package index

import (
	"encoding/binary"
	"fmt"
	"io"
	"testing"

	"github.com/cespare/xxhash/v2"
)

// synced returns the entries of a tree after a sync: hashed files in
// directories of a hundred, as a Linux filesystem shows them.
func synced(n int, hashed bool) (Generation, []*Entry) {
	g := Generation{GenID: GenID{0x1234567890abcdef, 0xfedcba0987654321}, Seq: 1, Time: 1_790_000_000_000_000_000}
	var entries []*Entry
	for i := range n {
		mtime := 1_700_000_000_123_456_789 + int64(i)*1_234_567
		h := Head{Gen: g.GenID, Kind: File, First: true, Clock: 1, Size: int64(i % 100_000), Mtime: mtime, Utime: mtime}
		if hashed {
			for j := 0; j < len(h.Hash); j += 8 {
				binary.LittleEndian.PutUint64(h.Hash[j:], xxhash.Sum64String(fmt.Sprint(i, j)))
			}
		}
		entries = append(entries, &Entry{
			Path:    Path(fmt.Sprintf("documents/%05d/report-%02d.txt", i/100, i%100)),
			Heads:   []Head{h},
			Mode:    ModeReg{Value: 0o644, Stamp: mtime, Gen: g.GenID},
			Witness: Witness{Kind: File, Mode: 0o644, Size: h.Size, Mtime: mtime, Inode: uint64(12_000_000 + i), Btime: mtime - 41_000, Ctime: mtime},
		})
	}
	return g, entries
}

func author(t testing.TB, x *Index, g Generation, entries []*Entry) {
	tx := x.Begin()
	tx.Generation(g)
	for _, e := range entries {
		tx.Put(e)
	}
	if err := tx.Commit(true); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newMemory()
			g, entries := synced(n, true)
			author(b, mustLoad(b, s), g, entries)
			entries = nil
			b.SetBytes(int64(len(s.files[FileName])))
			b.ReportMetric(float64(len(s.files[FileName]))/float64(n), "B/entry")
			for b.Loop() {
				if mustLoad(b, s).Len() != n {
					b.Fatal("entries are missing")
				}
			}
		})
	}
}

// BenchmarkFirstSync takes a tree through a first sync: put, plan, done.
func BenchmarkFirstSync(b *testing.B) {
	const n = 100_000
	for b.Loop() {
		s := newMemory()
		x := mustLoad(b, s)
		g, entries := synced(n, false)
		for _, e := range entries {
			e.Witness, e.Pending = Witness{}, true
		}
		author(b, x, g, entries)
		firstSync(b, x, g, entries, 5000)
		b.ReportMetric(float64(len(s.files[FileName]))/n, "B/entry")
	}
}

func firstSync(t testing.TB, x *Index, g Generation, entries []*Entry, batch int) {
	done := x.Begin()
	for from := 0; from < len(entries); from += batch {
		tx := done
		part := entries[from:min(from+batch, len(entries))]
		for i, e := range part {
			h := e.Heads[0]
			h.Hash[0] = byte(i) | 1
			tx.Intend(Intent{Op: "create", Path: e.Path, Gen: g.GenID, Hash: h.Hash, Staged: fmt.Sprintf("%08x", i), Run: "20261122-131405-1a2b",
				New: Witness{Kind: File, Mode: 0o644, Size: h.Size, Mtime: h.Mtime, Inode: uint64(777_000 + i)}})
		}
		if err := tx.Commit(true); err != nil {
			t.Fatal(err)
		}
		done = x.Begin()
		for i, e := range part {
			h := e.Heads[0]
			h.Hash[0] = byte(i) | 1
			done.Done(e.Path, Witness{Kind: File, Mode: 0o644, Size: h.Size, Mtime: h.Mtime, Inode: uint64(777_000 + i)}, g.GenID, h.Hash)
		}
	}
	if err := done.Commit(true); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkSurvey looks at every entry, as planning does.
func BenchmarkSurvey(b *testing.B) {
	const n = 100_000
	g, entries := synced(n, true)
	x := mustLoad(b, discard{newMemory()})
	author(b, x, g, entries)
	b.ReportAllocs()
	for b.Loop() {
		seen := 0
		for e := range x.Survey() {
			if e.AtRest() {
				seen++
			}
		}
		if seen != n {
			b.Fatalf("%d of %d are at rest", seen, n)
		}
	}
}

// BenchmarkEdits commits what a user does who edits one file in a hundred.
func BenchmarkEdits(b *testing.B) {
	const n = 100_000
	g, entries := synced(n, true)
	x := mustLoad(b, discard{newMemory()})
	author(b, x, g, entries)
	b.ReportAllocs()
	for round := 0; b.Loop(); round++ {
		tx := x.Begin()
		for i := round % 100; i < n; i += 100 {
			e := *entries[i]
			e.Witness.Ctime++
			tx.Put(&e)
		}
		if err := tx.Commit(false); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		g, entries := synced(n, true)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				author(b, mustLoad(b, discard{newMemory()}), g, entries)
			}
		})
	}
}

// discard is a store that keeps nothing.
type discard struct{ *memory }

func (d discard) Append(string) (StoreFile, error) { return discardFile{io.Discard}, nil }

type discardFile struct{ io.Writer }

func (discardFile) Sync() error          { return nil }
func (discardFile) Truncate(int64) error { return nil }
func (discardFile) Close() error         { return nil }

// BenchmarkCompare compares two paths of one directory.
func BenchmarkCompare(b *testing.B) {
	x, y := Path("documents/00012/report-41.txt"), Path("documents/00012/report-42.txt")
	for b.Loop() {
		if Compare(x, y) >= 0 {
			b.Fatal("out of order")
		}
	}
}
