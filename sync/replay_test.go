package sync_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// recorder keeps what a history logs.
type recorder struct {
	testing.TB
	lines []string
}

func (r *recorder) Logf(format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

var clockTicks = regexp.MustCompile(`\b(1[0-9]{11})[0-9]{7}\b`)

// A seed tells all: playing it again does the same. Otherwise no failure could be
// replayed.
func TestASeedTellsAll(t *testing.T) {
	for seed := uint64(1); seed <= 15; seed++ {
		var traces [2][]string
		for i := range traces {
			r := &recorder{TB: t}
			play(r, seed, true)
			traces[i] = r.lines
			for n, line := range r.lines { // how far a clock got while calls went together is no matter
				r.lines[n] = clockTicks.ReplaceAllString(line, "$1")
			}
		}
		for i, line := range traces[0] {
			if i >= len(traces[1]) || line != traces[1][i] {
				t.Fatalf("seed %d differs from line %d on:\n%s\n%s", seed, i, line, strings.Join(traces[1][min(i, len(traces[1])):], "\n"))
			}
		}
		if len(traces[0]) == 0 {
			t.Fatalf("seed %d: nothing was recorded", seed)
		}
	}
}
