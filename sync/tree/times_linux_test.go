package tree_test

import (
	"math"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"latus/sync/tree"
	"latus/sync/tree/treetest"
)

func TestDatesFarAway(t *testing.T) { datesFarAway(t, openDisk(t, t.TempDir())) }

// datesFarAway: a date too far away to be told in nanoseconds is the nearest that can be,
// and does not come out at the other end.
func datesFarAway(t *testing.T, tr tree.Tree) {
	root := treetest.Hold(t, tr, "")
	f, err := root.Create("f", 0o600)
	treetest.Check(t, err)
	defer f.Close()
	path := filepath.Join(tr.Where(), "f")
	for sec, want := range map[int64]int64{13_000_000_000: math.MaxInt64, -13_000_000_000: math.MinInt64, -1: -999_999_995} {
		var shown unix.Stat_t
		at, err := unix.TimeToTimespec(time.Unix(sec, 5))
		if err == nil {
			err = unix.UtimesNanoAt(unix.AT_FDCWD, path, []unix.Timespec{at, at}, 0)
		}
		if err == nil {
			err = unix.Stat(path, &shown)
		}
		if err != nil || shown.Mtim != at {
			t.Logf("no file here is of %d: %v", sec, err)
			continue
		}
		if info, err := root.Stat("f"); err != nil || info.Mtime != want {
			t.Errorf("%d seconds by name: %d, want %d (%v)", sec, info.Mtime, want, err)
		}
		if info, err := f.Stat(); err != nil || info.Mtime != want {
			t.Errorf("%d seconds by handle: %d, want %d (%v)", sec, info.Mtime, want, err)
		}
	}
}
