package scan

import (
	"context"
	"fmt"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

// manyFiles is a tree of 100,000 files in 1,000 directories.
func manyFiles(b *testing.B) *place {
	p := onDisk(b)
	for d := range 1000 {
		dir := index.Path(fmt.Sprintf("top%d/dir%d", d%10, d))
		for f := range 100 {
			p.file(dir.Join(fmt.Sprintf("file%d.txt", f)), "", old)
		}
	}
	return p
}

func bench(b *testing.B, p *place, want int) {
	b.ReportAllocs()
	for b.Loop() {
		r, err := Scan(context.Background(), p.Tree, p.x, Options{})
		if err != nil || len(r.Changed) != want {
			b.Fatalf("%d changed: %v", len(r.Changed), err)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	p := manyFiles(b)
	p.Tree.(interface{ SetTraits(tree.Traits) }).SetTraits(traits)
	b.Run("new", func(b *testing.B) { bench(b, p, 101_010) })
	p.known()
	b.Run("unchanged", func(b *testing.B) { bench(b, p, 0) })
}
