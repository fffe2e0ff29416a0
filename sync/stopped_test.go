package sync_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"latus/index"
	"latus/internal/seeds"
	"latus/sync/tree"
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
						w, _, r := c.stopAt(t, victim, n)
						if r.err == nil {
							t.Logf("nobody noticed: %q", r.problems)
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

// TestIndexLostAfterAKill has the index of the tree that was killed removed, or damaged
// where it cannot be told what came after. Nobody knows any more what was under way, and
// still no byte is lost: what lies in staging may be the only copy of what was displaced.
func TestIndexLostAfterAKill(t *testing.T) {
	for _, name := range []string{"two-way", "three trees", "no exchange", "attributes"} {
		t.Run(name, func(t *testing.T) {
			c := scenes()[name](t)
			for victim := range c.sites {
				w, sites := c.again()
				w.run(c)
				total := sites[victim].mem.Changes()
				for n := range sample(total, 25) {
					for _, damaged := range []bool{false, true} {
						ok := t.Run(fmt.Sprint(sites[victim].name, n, damaged), func(t *testing.T) {
							w, sites, _ := c.stopAt(t, victim, n)
							if !sites[victim].loseIndex(damaged) {
								t.Skip("there is none")
							}
							for range 2 {
								w.run(c)
								w.whole(c)
							}
						})
						if !ok {
							return
						}
					}
				}
			}
		})
	}
}

// loseIndex removes the index, or damages its last third and what follows.
func (s *site) loseIndex(damaged bool) (was bool) {
	s.in(index.Private, func(d tree.Dir) error {
		f, err := d.Read("index.jsonl")
		if err != nil {
			return nil
		}
		text, err := io.ReadAll(f)
		if err = errors.Join(err, f.Close(), d.Remove("index.jsonl")); err != nil || !damaged {
			was = err == nil
			return err
		}
		for i := len(text) * 2 / 3; i < len(text); i += 200 {
			text[i] ^= 1
		}
		w, err := d.Create("index.jsonl", 0o600)
		if err != nil {
			return err
		}
		_, err = w.Write(text)
		was = err == nil
		return errors.Join(err, w.Close())
	})
	return was
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
			for seed := range seeds.Row(times) {
				r := rand.New(rand.NewPCG(seed, 1))
				victim := r.IntN(len(sites))
				n := 1 + r.IntN(sites[victim].mem.Changes())
				ok := t.Run(fmt.Sprint(seed, " ", sites[victim].name, n), func(t *testing.T) {
					w, sites, _ := c.stopAt(t, victim, n)
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

// stopAt runs the scene, stops one of its trees before its n-th changing call, and has all
// of them go on.
func (c *scene) stopAt(t testing.TB, victim, n int) (*stage, []*site, *run) {
	w, sites := c.again()
	w.t = t
	sites[victim].mem.StopAt(n)
	r := w.run(c)
	for _, s := range sites {
		s.mem.Restart()
	}
	return w, sites, r
}

// stop stops one tree of the scene somewhere, or takes the power from it.
func (c *scene) stop(t testing.TB, r *rand.Rand, power bool) {
	victim := r.IntN(len(c.sites))
	w, sites, _ := c.stopAt(t, victim, 1+r.IntN(250))
	if power {
		sites[victim].mem.PowerLoss(r)
	}
	if c.forget {
		sites[victim].forgetIntents()
	}
	w.whole(c)
	w.recovers(c)
}

// forgetIntents makes a tree as if nobody had written down what was about to be
// done.
func (s *site) forgetIntents() {
	s.in(index.Private, func(d tree.Dir) error {
		x, _, err := index.Load(tree.Store(d), false)
		if err != nil {
			return err
		}
		tx := x.Begin()
		for _, i := range x.Intents() {
			tx.Settle(i.Path)
		}
		return first(tx.Commit(true), x.Close())
	})
}
