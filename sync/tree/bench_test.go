package tree_test

import (
	"fmt"
	"testing"

	"latus/sync/tree"
	"latus/sync/tree/treetest"
)

const manyNames = 100_000

// BenchmarkListStat is what a scan does to a tree in which nothing changed.
func BenchmarkListStat(b *testing.B) {
	d := benchDir(b)
	for i := range manyNames {
		f, err := d.Create(fmt.Sprintf("%06d - track title.dat", i), 0o644)
		if err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
	b.ReportAllocs()
	for b.Loop() {
		names, err := d.List()
		if err != nil || len(names) != manyNames {
			b.Fatal(len(names), err)
		}
		for _, name := range names {
			if _, err := d.Stat(name); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*manyNames), "ns/name")
}

// BenchmarkInstall is what a first sync does with every small file.
func BenchmarkInstall(b *testing.B) {
	staging := benchDir(b)
	treetest.Check(b, staging.Mkdir("to", 0o755))
	to, err := staging.OpenDir("to")
	treetest.Check(b, err)
	defer to.Close()
	data := make([]byte, 4096)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		name := fmt.Sprintf("%09d", i)
		f, err := staging.Create(name, 0o600)
		treetest.Check(b, err)
		_, err = f.Write(data)
		treetest.Check(b, err)
		treetest.Check(b, f.Chmod(0o644))
		treetest.Check(b, f.Chtime(1_700_000_000_123_456_789))
		_, err = f.Stat()
		treetest.Check(b, err)
		treetest.Check(b, f.Close())
		treetest.Check(b, staging.Rename(name, to, name))
	}
}

// BenchmarkOpen is a held directory by its path, four levels deep.
func BenchmarkOpen(b *testing.B) {
	tr := openDisk(b, b.TempDir())
	defer tr.Close()
	d := treetest.Hold(b, tr, "")
	for range 4 {
		treetest.Check(b, d.Mkdir("some directory", 0o755))
		next, err := d.OpenDir("some directory")
		treetest.Check(b, err)
		d = next
		defer next.Close()
	}
	b.ReportAllocs()
	for b.Loop() {
		d, err := tr.Open("some directory/some directory/some directory/some directory")
		treetest.Check(b, err)
		d.Close()
	}
}

func benchDir(b *testing.B) tree.Dir {
	b.Helper()
	tr := openDisk(b, b.TempDir())
	b.Cleanup(func() { tr.Close() })
	return treetest.Hold(b, tr, "")
}
