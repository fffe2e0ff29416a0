package sync_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestStoppedAtEveryCall kills each tree of a run before each of its changing
// calls. Whatever was under way: no byte is lost, every name is whole, and the next
// run ends as the first would have.
func TestStoppedAtEveryCall(t *testing.T) {
	for name, make := range scenes() {
		t.Run(name, func(t *testing.T) {
			c := make(t)
			for victim := range c.sites {
				w, sites := c.again()
				w.run(c)
				total := sites[victim].mem.Changes()
				for n := range sample(total, 25) {
					ok := t.Run(fmt.Sprint(sites[victim].name, n), func(t *testing.T) {
						w, sites := c.again()
						w.t = t
						sites[victim].mem.StopAt(n)
						if r := w.run(c); r.err == nil {
							t.Logf("nobody noticed: %q", r.problems)
						}
						for _, s := range sites {
							s.mem.Restart()
						}
						w.whole(c)
						w.recovers(c)
					})
					if !ok {
						return
					}
				}
			}
		})
	}
}

// TestPowerLostAnywhere does so with the power: what was not synced is lost in
// part, in any order.
func TestPowerLostAnywhere(t *testing.T) {
	for name, make := range scenes() {
		t.Run(name, func(t *testing.T) {
			c := make(t)
			w, sites := c.again()
			w.run(c)
			times := 12
			if testing.Short() {
				times = 3
			}
			if *thorough {
				times = 400
			}
			for range times {
				seed := rand.Uint64()
				r := rand.New(rand.NewPCG(seed, 1))
				victim := r.IntN(len(sites))
				n := 1 + r.IntN(sites[victim].mem.Changes())
				ok := t.Run(fmt.Sprint(seed, " ", sites[victim].name, n), func(t *testing.T) {
					w, sites := c.again()
					w.t = t
					sites[victim].mem.StopAt(n)
					w.run(c)
					for _, s := range sites {
						s.mem.Restart()
					}
					sites[victim].mem.PowerLoss(r)
					w.whole(c)
					w.recovers(c)
				})
				if !ok {
					return
				}
			}
		})
	}
}
