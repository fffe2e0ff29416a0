package wire

import (
	"errors"
	"math"
	"testing"
)

// What a machine has no number for is refused there, and does not become another number.
func TestAmountsAreWhatWasSaid(t *testing.T) {
	for _, said := range []uint64{0, 1, math.MaxInt32, math.MaxInt32 + 1, 1 << 40, math.MaxInt64} {
		frames, err := encode(func(c *Coder) { c.uvarint(said); c.uvarint(said) })
		if err != nil {
			t.Fatal(err)
		}
		var small int
		var large int64
		err = decode(frames, 0, func(c *Coder) { amount(c, &small); amount(c, &large) })
		if said <= math.MaxInt && (err != nil || uint64(small) != said || uint64(large) != said) {
			t.Errorf("%d became %d and %d: %v", said, small, large, err)
		}
		if said > math.MaxInt && !errors.Is(err, ErrProtocol) {
			t.Errorf("%d became %d: %v", said, small, err)
		}
	}
}
