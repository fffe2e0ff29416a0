// Package seeds gives tests that draw lots their seeds: the same ones every time, so
// that what passed once passes again, or others where the flag -first-fault asks for
// them. Hunts take new ones; a failure names its own, and
//
//	go test ./sync -run TestName -first-fault SEED
//
// begins with it.
package seeds

import (
	"flag"
	"iter"
	"math/rand/v2"
)

var first = flag.Uint64("first-fault", 1, "the seed of the first fault that is drawn by lot; 0: any")

func begin() uint64 {
	if *first == 0 {
		*first = rand.Uint64() >> 1
	}
	return *first
}

// Row is n seeds, the first as the flag says, one up from the other.
func Row(n int) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for seed := begin(); n > 0 && yield(seed); n-- {
			seed++
		}
	}
}

// Every is one in so many of the numbers from 1 to last; which ones depends on the flag.
func Every(step, last int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for n := 1 + int(begin()%uint64(step)); n <= last && yield(n); n += step {
		}
	}
}
