package sync_test

import (
	"context"
	"strings"
	"testing"
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
			w := newWorld(t, 1, 2)
			a, b := w.sites[0], w.sites[1]
			a.far, b.far = c.from, c.to
			a.write("f", strings.Repeat("some content", 1<<14))
			enough := 10 * time.Second
			if c.slow {
				enough = time.Second / 2
			}
			ctx, cancel := context.WithTimeout(context.Background(), enough)
			defer cancel()
			w.syncWith(ctx, latussync.Options{MaxDelete: off, Limit: 1000}, nil, a, b)
			if there := b.look()["f"].text != ""; there == c.slow {
				t.Errorf("in %v: arrived %v", enough, there)
			}
		})
	}
}
