package main

import "testing"

// TestPace: small heaps grow freely, large ones by a quarter.
func TestPace(t *testing.T) {
	for used, want := range map[uint64]int{0: 400, 1 << 20: 400, roomy: 100, 10 * roomy: 25, 1 << 40: 25} {
		if got := room(used); got != want {
			t.Errorf("on top of %d bytes: %d%%, want %d%%", used, got, want)
		}
	}
}
