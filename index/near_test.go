package index

import (
	"math"
	"testing"
)

func TestNear(t *testing.T) {
	const first, last = math.MinInt64, math.MaxInt64
	for _, c := range []struct {
		a, b, clock int64
		want        bool
	}{
		{5, 5, 0, true}, {5, 6, 0, false}, {5, 6, 1, false}, {5, 6, 2, true}, {-1, 1, 2, false}, {-1, 1, 3, true},
		{first, last, 2e9, false}, {first, last - 1, 2e9, false}, {first, 1, last, false}, {first, -1, last, false},
		{last, last, 1, true}, {last, last - 1, 2, true}, {first, first + 1, 1, false},
	} {
		if Near(c.a, c.b, c.clock) != c.want || Near(c.b, c.a, c.clock) != c.want {
			t.Errorf("%d and %d at a clock of %d: not %v", c.a, c.b, c.clock, c.want)
		}
	}
}
