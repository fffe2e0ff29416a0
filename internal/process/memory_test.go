package process

import (
	"runtime/debug"
	"testing"
)

// TestPace: small heaps grow freely, large ones by a little, or by as much as
// has to be looked through.
func TestPace(t *testing.T) {
	for _, c := range []struct {
		used, scanned uint64
		want          int
	}{
		{0, 0, 400}, {1 << 20, 0, 400}, {roomy, 0, 100}, {10 * roomy, 0, 10}, {1 << 40, 0, leastRoom},
		{10 * roomy, 5 * roomy, 50}, {10 * roomy, 10 * roomy, 100}, {mostScan, mostScan, 100}, {2 * mostScan, 2 * mostScan, 50},
	} {
		if got := room(c.used, c.scanned); got != c.want {
			t.Errorf("on top of %d bytes, %d to look through: %d%%, want %d%%", c.used, c.scanned, got, c.want)
		}
	}
}

// Whoever sets GOGC has it.
func TestPaceLeavesItToTheUser(t *testing.T) {
	const theirs = 77
	t.Setenv("GOGC", "77")
	before := debug.SetGCPercent(theirs)
	pace()
	if got := debug.SetGCPercent(before); got != theirs {
		t.Errorf("%d%%, though GOGC says %d", got, theirs)
	}
}
