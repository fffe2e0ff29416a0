package index

// Near tells whether two times in nanoseconds are one at a clock that coarse, 1 at least.
// The ends of what fits, which stand for all dates beyond them, are far from each other.
func Near(a, b, clock int64) bool {
	if a < b {
		a, b = b, a
	}
	return uint64(a)-uint64(b) < uint64(max(clock, 1))
}
