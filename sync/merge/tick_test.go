package merge

import (
	"testing"
	"time"

	"latus/index"
	"latus/sync/tree"
)

// Only what is as young as the run can have been edited since, and have its mtime still: the
// rest is not read.
func TestMayBeEdited(t *testing.T) {
	begun := time.Date(2026, 11, 22, 13, 14, 5, 0, time.UTC)
	for _, c := range []struct {
		run   string
		age   time.Duration
		clock int64
		want  bool
	}{
		{"20261122-131405-1a2b", 0, 2e9, true},
		{"20261122-131405-1a2b", -time.Minute, 2e9, true},
		{"20261122-131405-1a2b", 59 * time.Minute, 1e9, true},
		{"20261122-131405-1a2b", 2 * time.Hour, 2e9, false},
		{"20261122-131405-1a2b", 0, 1, false},
		{"run", 2 * time.Hour, 2e9, true},
		{"", 0, 2e9, true},
	} {
		i := tree.Info{Witness: index.Witness{Kind: index.File, Mtime: begun.Add(-c.age).UnixNano()}}
		if got := mayBeEdited(i, c.run, c.clock); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
