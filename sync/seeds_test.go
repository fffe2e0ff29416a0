package sync_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "replay this one random history")
	histories = flag.Int("histories", 0, "how many random histories of each kind; 0: as many as their test says")
	firstSeed = flag.Uint64("first-seed", 1, "the seed of the first of them")
)

// eachSeed plays random histories: many of them, or few with -short, or as the flags say, and
// those that once failed. One that fails names its seed.
func eachSeed(t *testing.T, few, many int, play func(t *testing.T, seed uint64), onceFailed ...uint64) {
	if *seedFlag != 0 {
		play(t, *seedFlag)
		return
	}
	n := many
	switch {
	case *histories > 0:
		n = *histories
	case testing.Short():
		n = few
	}
	seeds := slices.Clone(onceFailed)
	for i := range n {
		seeds = append(seeds, *firstSeed+uint64(i))
	}
	of, _, _ := strings.Cut(t.Name(), "/")
	for _, seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			defer func() {
				if t.Failed() {
					t.Logf("replay with: go test ./sync -run '%s$' -seed %d", of, seed)
				}
			}()
			play(t, seed)
		})
	}
}
