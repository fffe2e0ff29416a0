package fetch

import (
	"context"
	"fmt"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

// nothing is a Sink that forgets everything.
type nothing struct{}

func (nothing) Data(int, []byte) error     { return nil }
func (nothing) Done(int, index.Hash) error { return nil }
func (nothing) Missing(_ int, why error) error {
	return fmt.Errorf("missing: %w", why)
}

func BenchmarkSendSmall(b *testing.B) {
	p := onDisk(b)
	var ws []Want
	for n := range 10_000 {
		path := index.Path(fmt.Sprintf("d%d/f%d", n/100, n))
		if n%100 == 0 {
			dir, _ := path.Split()
			p.mkdir(dir)
		}
		ws = append(ws, p.file(path, random(n%100, 4096)))
	}
	benchmark(b, p, ws)
}

func BenchmarkSendLarge(b *testing.B) {
	p := onDisk(b)
	const piece = 8 << 20
	p.create("f", nil)
	p.change("f", func(f tree.File) error {
		for range 256 << 20 / piece {
			if _, err := f.Write(random(0, piece)); err != nil {
				return err
			}
		}
		return nil
	})
	benchmark(b, p, []Want{p.note("f", "f", index.Hash{})})
}

func benchmark(b *testing.B, p *place, ws []Want) {
	var bytes int64
	for _, w := range ws {
		bytes += w.Size
	}
	b.SetBytes(bytes)
	b.ReportAllocs()
	for b.Loop() {
		must(b, p.files().Send(context.Background(), ws, nothing{}))
	}
}
