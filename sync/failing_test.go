package sync_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"

	"latus/internal/seeds"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// errIO stands for all errors that nobody has a name for.
var errIO = errors.New("input/output error")

// diskFaults are what a filesystem may answer to any call. Quotas are ErrNoSpace. That
// nothing is there is none of them: a disk that says so is believed.
var diskFaults = []error{errIO, tree.ErrNoSpace, fs.ErrPermission, tree.ErrReadOnly, tree.ErrBadName}

// TestFailingAtAnyCall has one call fail, or all from one on, reading or writing, in
// each tree. The run may end, or leave paths, but it says so; no byte is lost,
// nothing counts as deleted, and the next run ends as this one should have.
func TestFailingAtAnyCall(t *testing.T) {
	for name, make := range scenes() {
		t.Run(name, func(t *testing.T) {
			c := make(t)
			for victim := range c.sites {
				calls := 0
				w, sites := c.again()
				w.hook = func(s *site, _ memory.Call) error {
					if s == sites[victim] {
						calls++
					}
					return nil
				}
				w.run(c)
				for n := range sample(calls, 20) {
					faults := diskFaults
					if !*thorough {
						faults = faults[n%len(faults):][:1]
					}
					for _, fault := range faults {
						for _, lasting := range []bool{false, true} {
							if !t.Run(fmt.Sprint(sites[victim].name, n, fault, lasting), func(t *testing.T) {
								c.fail(t, victim, n, fault, lasting)
							}) {
								return
							}
						}
					}
				}
			}
		})
	}
}

func (c *scene) fail(t testing.TB, victim, n int, fault error, lasting bool) {
	w, sites := c.again()
	w.t = t
	calls, failed := 0, ""
	w.hook = func(s *site, call memory.Call) error {
		if s != sites[victim] {
			return nil
		}
		calls++
		if calls == n || lasting && calls > n {
			failed += fmt.Sprintf(" %s %s/%s", call.Op, call.Dir, call.Name)
			return fault
		}
		return nil
	}
	r := w.run(c)
	w.hook = nil
	defer func() {
		if t.Failed() {
			t.Logf("failed:%.300s; the run said %v, problems %.600q", failed, r.err, r.problems)
		}
	}()
	w.whole(c)
	w.recovers(c)
}

// TestFailingNowAndThen has calls fail at random, in all trees, in some runs in a
// row.
func TestFailingNowAndThen(t *testing.T) {
	times := 15
	if testing.Short() {
		times = 3
	}
	if *thorough {
		times = 600
	}
	for name, make := range scenes() {
		t.Run(name, func(t *testing.T) {
			c := make(t)
			for seed := range seeds.Row(times) {
				t.Run(fmt.Sprint(seed), func(t *testing.T) { c.failNowAndThen(t, seed) })
			}
		})
	}
}

func (c *scene) failNowAndThen(t *testing.T, seed uint64) {
	w, _ := c.again()
	w.t = t
	r := rand.New(rand.NewPCG(seed, 1))
	one := []int{3, 30, 300}[r.IntN(3)] // in so many fails
	var failed strings.Builder
	for range 1 + r.IntN(3) {
		w.hook = func(s *site, call memory.Call) error {
			if r.IntN(one) > 0 {
				return nil
			}
			fault := diskFaults[r.IntN(len(diskFaults))]
			fmt.Fprintf(&failed, "%s: %s %s/%s: %v\n", s.name, call.Op, call.Dir, call.Name, fault)
			return fault
		}
		w.run(c)
		w.hook = nil
		w.whole(c)
	}
	defer func() {
		if t.Failed() {
			t.Logf("failed:\n%.3000s", &failed)
		}
	}()
	w.recovers(c)
}

// TestFailingMoveOfDirectory has a directory arrive with another one that was moved, not
// be seen there, and not go back. What others have set of it is not set anew by whoever
// finds it next.
func TestFailingMoveOfDirectory(t *testing.T) {
	for _, name := range []string{"owners", "attributes"} {
		t.Run(name, func(t *testing.T) {
			c := scenes()[name](t)
			w, _ := c.again()
			w.t = t
			failed := map[string]int{}
			w.hook = func(s *site, call memory.Call) error {
				if s.name == "B" && call.Dir == "e2" && call.Name == "in" && (call.Op == "stat" || call.Op == "rename") {
					failed[call.Op]++
					return errIO
				}
				return nil
			}
			w.run(c)
			w.whole(c)
			w.recovers(c)
			if len(failed) != 2 {
				t.Errorf("the story is another one by now: %v", failed)
			}
		})
	}
}

// Who has several trees that fail hears of each, by the name that it was given.
func TestEveryTreeThatFailsIsNamed(t *testing.T) {
	locked := func(s *site) { // as long as the test runs
		held, err := tree.Lock(s.mem.User(), true)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { held.Unlock() })
	}
	full := func(s *site) {
		s.hooked(func(c memory.Call) error {
			if c.Op == "sync" && c.Name == "log.jsonl" || c.Op == "write" && c.Name == "log.jsonl" {
				return tree.ErrNoSpace
			}
			return nil
		})
	}
	for name, fail := range map[string]func(*site){"when they are greeted": locked, "when they are brought there": full} {
		t.Run(name, func(t *testing.T) {
			w, s := three(t, "ABC")
			w.two(s...)
			s[0].write("two", "anew")
			fail(s[1])
			fail(s[2])
			r := w.sync(latussync.Options{MaxDelete: off}, s...)
			if r.err == nil || !strings.HasPrefix(r.err.Error(), "B: ") || !strings.Contains(r.err.Error(), "; C: ") {
				t.Fatal(r.err)
			}
			if no := (*peer.Refusal)(nil); name == "when they are greeted" && (!errors.As(r.err, &no) || no.Cause != peer.Busy) {
				t.Error("it is not known that they are busy")
			}
		})
	}
}
