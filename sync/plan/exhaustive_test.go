package plan

import (
	"flag"
	"fmt"
	"runtime/debug"
	"strings"
	"testing"

	"latus/index"
)

var long = flag.Bool("long", false, "check longer histories")

// move is one thing that may happen in a world.
type move struct {
	name  string
	sides [2]int // the trees it needs, -1 for none
	can   func(w *world) bool
	do    func(w *world)
}

// moves lists what can happen in a world of n trees: edits, deletions, syncs of
// every kind (with "few": only those in which both trees, or one, do all or
// nothing), and what else with names.
func moves(n int, paths []index.Path, with string) []move {
	var ms []move
	is := func(t int, p index.Path, k index.Kind) func(*world) bool {
		return func(w *world) bool { return w.sides[t].disk[p].kind == k }
	}
	for t := range n {
		one := [2]int{t, -1}
		for _, p := range paths {
			ms = append(ms,
				move{fmt.Sprintf("edit %d %s", t, p), one, nil, func(w *world) { w.edit(t, p) }},
				move{fmt.Sprintf("remove %d %s", t, p), one, func(w *world) bool { return w.sides[t].disk[p].kind != 0 }, func(w *world) { w.remove(t, p) }},
			)
			if strings.Contains(with, "touch") {
				ms = append(ms, move{fmt.Sprintf("touch %d %s", t, p), one, is(t, p, index.File), func(w *world) { w.touch(t, p) }})
			}
			if strings.Contains(with, "chmod") {
				ms = append(ms, move{fmt.Sprintf("chmod %d %s", t, p), one, is(t, p, index.File), func(w *world) { w.chmod(t, p, 0o044) }})
			}
			if strings.Contains(with, "mkdir") {
				ms = append(ms, move{fmt.Sprintf("mkdir %d %s", t, p), one,
					func(w *world) bool { return w.sides[t].disk[p].kind != index.Dir }, func(w *world) { w.mkdir(t, p) }})
			}
		}
	}
	for a := range n {
		for b := a + 1; b < n; b++ {
			// Each side merges and applies, merges only, or does neither.
			for way := range 9 {
				how := [2]int{way % 3, way / 3}
				if how == [2]int{2, 2} || strings.Contains(with, "few") && (how[0]+how[1])%2 == 1 {
					continue
				}
				at := func(t int) int {
					if t == a {
						return how[0]
					}
					return how[1]
				}
				ms = append(ms, move{fmt.Sprintf("sync %d %d %v", a, b, how), [2]int{a, b}, nil, func(w *world) {
					w.sync(syncing{
						merges:  func(t int) bool { return at(t) != 2 },
						applies: func(t int) bool { return at(t) == 0 },
					}, a, b)
				}})
			}
		}
	}
	return ms
}

// explorer walks all histories of a world. Histories that lead to the same state
// are one from there on: each state is checked and gone on from once.
type explorer struct {
	moves     []move
	histories uint64
	states    map[string]*state
	settled   map[string]bool // by step and state, to settle each way once
	found     string
}

type state struct {
	w       *world // nil once it was gone on from
	used    int    // trees that had a part in the history: the rest are alike
	next    []*state
	history *step
}

type step struct {
	name string
	last *step
}

func (s *step) String() string {
	if s == nil {
		return ""
	}
	return strings.TrimPrefix(s.last.String()+"; "+s.name, "; ")
}

// explore checks every state that can be reached in so many steps. It stops at
// the first one that fails a check, and says how it was reached.
func (x *explorer) explore(start *world, steps, used int) {
	x.states, x.settled = map[string]*state{}, map[string]bool{}
	layer := map[*state]uint64{{w: start, used: used}: 1}
	for range steps {
		next := map[*state]uint64{}
		for s, count := range layer {
			if s.w != nil {
				x.goOn(s)
				s.w = nil
			}
			for _, n := range s.next {
				next[n] += count
				x.histories += count
			}
			if x.found != "" {
				return
			}
		}
		layer = next
	}
}

// goOn finds the states that follow s, and checks those that are new.
func (x *explorer) goOn(s *state) {
	for _, m := range x.moves {
		if m.can != nil && !m.can(s.w) {
			continue
		}
		used := s.used
		spare := true // or another of the unused trees has its place
		for _, t := range m.sides {
			spare = spare && t <= used
			if t == used {
				used++
			}
		}
		if !spare {
			continue
		}
		w := s.w.clone()
		history := &step{m.name, s.history}
		if what := caught(func() { m.do(w) }); what != "" {
			x.found = what + " after " + history.String()
			return
		}
		key := w.key() + fmt.Sprint(used)
		n := x.states[key]
		if n == nil {
			n = &state{w: w, used: used, history: history}
			x.states[key] = n
			if what := caught(func() { x.settle(w.clone()) }); what != "" {
				x.found = what + " after " + history.String()
				return
			}
		}
		s.next = append(s.next, n)
	}
}

func (x *explorer) settle(w *world) {
	w.settle(func(step int) bool {
		k := fmt.Sprint(step, w.key())
		was := x.settled[k]
		x.settled[k] = true
		return was
	})
}

// caught runs fn and returns what a check found.
func caught(fn func()) (what string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case broken:
			what = r.what
		default:
			panic(r)
		}
	}()
	fn()
	return ""
}

// Starts of histories.

func empty(paths ...index.Path) *world { return newWorld(3, paths...) }

func inSync(paths ...index.Path) *world {
	w := newWorld(3, paths...)
	for _, p := range paths {
		w.edit(0, p)
	}
	w.sync(syncing{}, 0, 1, 2)
	w.sync(syncing{}, 0, 1, 2)
	return w
}

// filled is three trees that were filled by hand.
func filled(same bool, paths ...index.Path) *world {
	w := newWorld(3, paths...)
	for _, p := range paths {
		w.clock += 10
		w.contents++
		for t := range w.sides {
			if !same {
				w.clock += 10
				w.contents++
			}
			w.write(t, p, w.file(t, w.contents))
		}
	}
	return w
}

func TestExhaustive(t *testing.T) {
	was := debug.SetGCPercent(800)
	t.Cleanup(func() { debug.SetGCPercent(was) })
	f, d, df := []index.Path{"f"}, []index.Path{"f", "f/g"}, []index.Path{"a", "b"}
	for _, c := range []struct {
		name        string
		start       *world
		used        int
		paths       []index.Path
		with        string
		steps, long int
	}{
		{"one path, nothing", empty(f...), 0, f, "few", 6, 7},
		{"one path, nothing, touches", empty(f...), 0, f, "touch", 4, 7},
		{"one path, in sync", inSync(f...), 1, f, "touch", 4, 6},
		{"one path, filled by hand alike", filled(true, f...), 0, f, "touch", 3, 5},
		{"one path, filled by hand differently", filled(false, f...), 3, f, "touch", 2, 4},
		{"a directory and a file in it", inSync("f/g"), 1, d, "touch mkdir", 3, 4},
		{"two paths", inSync(df...), 1, df, "touch", 3, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := explorer{moves: moves(3, c.paths, c.with)}
			c.start.paths = c.paths
			steps := c.steps
			if *long {
				steps = c.long
			}
			x.explore(c.start, steps, c.used)
			t.Logf("%d histories of up to %d steps, %d states", x.histories, steps, len(x.states))
			if x.found != "" {
				t.Fatal(x.found)
			}
		})
	}
}
