package merge

import (
	"time"

	"latus/sync/tree"
)

const (
	coarseClock = 10e6 // a tick, in nanoseconds, in which somebody may edit what a run has just brought
	skew        = time.Hour
)

// mayBeEdited tells whether i, which looks like what run has brought, may be an edit of that
// with the same mtime: the clock is as coarse as that, in nanoseconds, and the mtime is not
// older than the run, as far as the clocks of two machines agree.
func mayBeEdited(i tree.Info, run string, clock int64) bool {
	if clock < coarseClock {
		return false
	}
	const layout = "20060102-150405"
	begun, err := time.Parse(layout, run[:min(len(layout), len(run))])
	return err != nil || i.Mtime > begun.Add(-skew).UnixNano()-clock
}
