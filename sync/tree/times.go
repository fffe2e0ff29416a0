package tree

import "math"

const second = int64(1e9) // nanoseconds

// unixNanos is a time of so many seconds and nanoseconds since 1970 in nanoseconds. What
// lies outside the years 1678 to 2262 does not fit and becomes the nearest that does.
func unixNanos(sec, nsec int64) int64 {
	const last = math.MaxInt64/second - 1
	switch {
	case sec > last:
		return math.MaxInt64
	case sec < -last:
		return math.MinInt64
	}
	return sec*second + nsec
}
