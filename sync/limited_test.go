package sync_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	latussync "latus/sync"
)

// A tree that is reached over a wire is held to the limit there: once, whichever way the
// content goes. One that is here is held to it by the run.
func TestOneLimitCounts(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to bool // far
		slow     bool
	}{{"here", false, false, true}, {"from there", true, false, false}, {"to there", false, true, false}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 1, 2)
				a, b := w.sites[0], w.sites[1]
				a.far, b.far = c.from, c.to
				text, limit := strings.Repeat("some content", 1<<14), int64(1000)
				a.write("f", text)
				due := time.Duration(len(text)) * time.Second / time.Duration(limit)
				start := time.Now()
				w.syncWith(t.Context(), latussync.Options{MaxDelete: off, Limit: limit}, nil, a, b)
				took := time.Since(start)
				if b.look()["f"].text != text {
					t.Error("it has not arrived")
				}
				if c.slow && took < due*95/100 || c.slow && took > due*105/100 || !c.slow && took > due/100 {
					t.Errorf("it took %v; held to the limit, %v", took, due)
				}
			})
		})
	}
}
