package merge

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// distant is a tree to which many calls go at the same time.
type distant struct{ *memory.Tree }

var _ tree.Distant = distant{}

func (distant) Parallel() int { return 16 }
func (distant) Broken() error { return nil }

// shuffled moves many files, some of them to where others are that move, too; and in
// directories that are read-only.
func shuffled() *story {
	s := everything()
	for i := range 24 {
		from, to := index.Path(fmt.Sprint("heap/", i)), index.Path(fmt.Sprint("other heap/", i))
		f := file(fmt.Sprint("one of many ", i))
		s.was[from], s.shall[to] = f, f.aged(int64(i%3))
	}
	s.was["heap"], s.shall["heap"], s.shall["other heap"] = dir(), dir(), dir()
	for i := range 6 {
		f := file(fmt.Sprint("one of a chain ", i))
		s.was[index.Path(fmt.Sprint("chain ", i))], s.shall[index.Path(fmt.Sprint("chain ", i+1))] = f, f
	}
	shut := dir().with(0o555)
	s.was["shut heap"], s.shall["shut heap"] = shut, shut
	for i := range 4 {
		f := file(fmt.Sprint("behind a door ", i))
		s.was[index.Path(fmt.Sprint("shut heap/", i))], s.shall[index.Path(fmt.Sprint("shut heap/", i+1))] = f, f
		l := link(fmt.Sprint("somewhere ", i))
		s.shall[index.Path(fmt.Sprint("links/", i))] = l
		s.shall[index.Path(fmt.Sprint("copies/", i))] = file("copied").aged(int64(i))
	}
	s.shall["links"], s.shall["copies"] = dir(), dir()
	return s
}

func farVariants() map[string][]memory.Option {
	v := variants()
	folds := memory.Capable()
	folds.FoldsCase, folds.Exchange = true, false
	v["folds case"] = []memory.Option{memory.WithTraits(folds)}
	return v
}

// TestFarAway does it all at the same time.
func TestFarAway(t *testing.T) {
	s := shuffled()
	for name, options := range farVariants() {
		t.Run(name, func(t *testing.T) {
			m := started(t, s, options...)
			res, err := attemptOn(t, s, distant{m}, m.User(), "run")
			must(t, err)
			if len(res.Problems) > 0 {
				t.Fatal(res.Problems)
			}
			w := open(t, s, m, m.User())
			defer w.close()
			w.checkDone()
		})
	}
}

// TestFarAwayStoppedAnywhere stops it while many calls are under way.
func TestFarAwayStoppedAnywhere(t *testing.T) {
	s := shuffled()
	for name, options := range farVariants() {
		t.Run(name, func(t *testing.T) {
			base := started(t, s, options...)
			for n := range sample(changes(t, s, base), 9) {
				m := base.Clone()
				m.StopAt(n)
				_, _ = attemptOn(t, s, distant{m}, m.User(), "run")
				m.Restart()
				if !t.Run(fmt.Sprint(n), func(t *testing.T) { afterwards(t, s, m) }) {
					return
				}
			}
		})
	}
}

// TestFarAwayWithErrors lets one call fail while many are under way: that is a problem,
// or ends the run, and another run completes it.
func TestFarAwayWithErrors(t *testing.T) {
	s := shuffled()
	for name, options := range farVariants() {
		t.Run(name, func(t *testing.T) {
			base := started(t, s, options...)
			for n := range sample(changes(t, s, base), 9) {
				var failed atomic.Bool
				m := base.Clone(memory.WithHook(func(c memory.Call) error {
					if c.Change == n && !failed.Swap(true) {
						return errors.New("input/output error")
					}
					return nil
				}))
				_, _ = attemptOn(t, s, distant{m}, m.User(), "run")
				m.Restart()
				if !t.Run(fmt.Sprint(n), func(t *testing.T) { afterwards(t, s, m) }) {
					return
				}
			}
		})
	}
}
