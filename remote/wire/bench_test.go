package wire

import (
	"fmt"
	"testing"

	"latus/index"
	"latus/sync/peer"
)

func BenchmarkEntries(b *testing.B) {
	var es []*index.Entry
	for i := range 100_000 {
		e := entry(index.Path(fmt.Sprintf("photos/%04d/holiday/IMG_%06d.jpeg", i/100, i)), func(h *index.Head) {
			h.Size, h.Mtime = int64(2e6+i), 1732280000000000000+int64(i)*17e9
			h.Utime, h.Hash = h.Mtime, index.Hash{byte(i), byte(i >> 8), 2}
		})
		e.Mode = index.ModeReg{Value: 0o644, Stamp: e.Heads[0].Utime, Gen: e.Heads[0].Gen}
		es = append(es, e)
	}
	frames, err := encode(delta(es...))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			if _, err := encode(delta(es...)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(es)), "ns/entry")
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var d peer.Delta
			if err := decode(frames, 0, func(c *Coder) { c.Delta(&d) }); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(es)), "ns/entry")
	})
}
