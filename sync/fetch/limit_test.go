package fetch

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A limit holds within five in a hundred over ten seconds, whatever the pieces.
func TestLimited(t *testing.T) {
	for _, rate := range []int64{700, 10_000, 300_000, 2_000_000} {
		synctest.Test(t, func(t *testing.T) {
			p := inMemory(t)
			var ws []Want
			for n := range 4 {
				size := min(int(rate*10/4), 8*block)
				ws = append(ws, p.file(numbered(n)[3:], random(n, size)))
			}
			total := int64(0)
			for _, w := range ws {
				total += w.Size
			}
			start := time.Now()
			s := newCatcher(t, len(ws))
			must(t, Limited(p.files(), rate).Send(context.Background(), ws, s))
			s.all()
			took, due := time.Since(start).Seconds(), float64(total)/float64(rate)
			if took < due*0.95 || took > due*1.05 {
				t.Errorf("%d bytes at %d a second took %.2f s", total, rate, took)
			}
		})
	}
}
