package sync_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"latus/index"
	"latus/internal/seeds"
	latussync "latus/sync"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// meddling is what a user does to a path in the midst of a run. Content that the
// user takes away is the user's loss; what the user puts there is not.
type meddling struct {
	name string
	do   func(s *site, p index.Path, text string)
}

var meddlings = []meddling{
	{"saved atomically", func(s *site, p index.Path, text string) {
		s.write(p.Dir().Join("saving"), text)
		s.clear(p)
		s.rename(p.Dir().Join("saving"), p)
	}},
	{"saved in place", func(s *site, p index.Path, text string) {
		if s.kind(p) != index.File {
			s.clear(p)
		}
		s.write(p, text)
	}},
	{"grown", func(s *site, p index.Path, text string) {
		if s.kind(p) == index.File {
			text = s.look()[p].text + text
		} else {
			s.clear(p)
		}
		s.write(p, text)
	}},
	{"shrunk", func(s *site, p index.Path, _ string) {
		if s.kind(p) == index.File {
			s.write(p, s.look()[p].text[:3])
		}
	}},
	{"gone", func(s *site, p index.Path, _ string) { s.clear(p) }},
	{"a link", func(s *site, p index.Path, text string) { s.clear(p); s.link(p, text) }},
	{"a directory", func(s *site, p index.Path, text string) { s.clear(p); s.mkdir(p); s.write(p.Join("in"), text) }},
	{"moved away", func(s *site, p index.Path, _ string) {
		if s.kind(p) != index.Absent {
			s.rename(p, index.Path(fmt.Sprint("away", s.w.hours, len(s.look()))))
		}
	}},
}

func (s *site) kind(p index.Path) index.Kind { return s.look()[p].kind }

func (s *site) clear(p index.Path) {
	if s.kind(p) != index.Absent {
		s.remove(p)
	}
}

// TestMeddledWith has a user change files in the midst of a run: at any call of
// either tree, the path that the call is about or another one. The user's new
// version survives, and so does all that the user did not touch; the next runs make
// the trees equal.
func TestMeddledWith(t *testing.T) {
	times := 25
	if testing.Short() {
		times = 5
	}
	if *thorough {
		times = 2500
	}
	for name, make := range scenes() {
		if name == "one-way" || name == "mirror" || name == "fail" {
			continue // they do not end equal
		}
		t.Run(name, func(t *testing.T) {
			c := make(t)
			for seed := range seeds.Row(times) {
				if !t.Run(fmt.Sprint(seed), func(t *testing.T) { c.meddle(t, seed) }) {
					return
				}
			}
		})
	}
}

// TestSavedMeanwhile has a user save a file after the scan. It stays in its place: no
// other content stands there, even for a moment.
func TestSavedMeanwhile(t *testing.T) {
	for _, name := range []string{"two-way", "no exchange", "not root"} {
		t.Run(name, func(t *testing.T) { scenes()[name](t).saveMeanwhile(t) })
	}
}

func (c *scene) saveMeanwhile(t testing.TB) {
	w, sites := c.again()
	w.t = t
	const text = "saved by a user of B, meanwhile"
	saved, other := false, ""
	var one sync.Mutex
	w.hook = func(s *site, call memory.Call) error {
		one.Lock()
		defer one.Unlock()
		switch {
		case s != sites[1]:
		case saved:
			if is := s.text("upd"); is != text {
				other = "other content: " + is
			}
		case call.Op == "create" && call.Dir == index.Path(index.Private).Join(tree.Staging):
			saved = true
			s.write("upd", text)
		}
		return nil
	}
	w.run(c)
	w.hook = nil
	if !saved || other != "" {
		t.Fatalf("saved %t, and then there was %q", saved, other)
	}
}

func (c *scene) meddle(t testing.TB, seed uint64) {
	w, sites := c.again()
	w.t = t
	r := rand.New(rand.NewPCG(seed, 1))
	at, calls := 1+r.IntN(900), 0
	var did []string
	texts := map[string]*site{}
	var one sync.Mutex
	w.hook = func(s *site, call memory.Call) error {
		one.Lock()
		defer one.Unlock()
		calls++
		if calls < at || len(did) > 2 {
			return nil
		}
		p := call.Dir.Join(call.Name)
		if private := call.Dir == index.Private || call.Dir.Under(index.Private); private || call.Name == "" || call.Name == index.Private || r.IntN(3) == 0 {
			p = c.some(r)
		}
		// Only where its directory is, and lets its owner in.
		if dir := p.Dir(); p == "ro" || dir != "" && (s.kind(dir) != index.Dir || s.look()[dir].mode&0o700 != 0o700) {
			return nil
		}
		for i, x := range sites {
			for text := range x.contents(false) {
				w.before[i][text] = true // what came since is as dear
			}
		}
		m := meddlings[r.IntN(len(meddlings))]
		text := fmt.Sprintf("the user's %d of %d, %s", len(did), seed, strings.Repeat("y", r.IntN(30)))
		was := s.look()
		// Not all can be done everywhere; and this goroutine is the engine's.
		caught(t, func(t testing.TB) {
			w.t = t
			m.do(s, p, text)
		})
		w.t = t
		is := s.contents(false) // a copy that is being made in staging is none yet
		for _, th := range was {
			if !is[th.text] { // the user did away with it
				delete(w.before[slices.Index(sites, s)], th.text)
				delete(texts, th.text)
			}
		}
		for q, th := range s.look() {
			if th.kind == index.File && (q == p || q.Dir() == p) && strings.Contains(th.text, text) {
				texts[th.text] = s
			}
		}
		did = append(did, fmt.Sprintf("%s: %s is %s at call %d, %s %s/%s", s.name, p, m.name, calls, call.Op, call.Dir, call.Name))
		at = calls + 1 + r.IntN(200)
		return nil
	}
	res := w.run(c)
	w.hook = nil
	defer func() {
		if t.Failed() {
			t.Logf("%s\nthe run said %v, problems %q", strings.Join(did, "\n"), res.err, res.problems)
		}
	}()
	kept := func(when string) {
		for i, s := range w.sites {
			after := s.contents(true)
			for text := range w.before[i] {
				if !after[text] {
					t.Fatalf("%s: %s has lost %.60q", when, s.name, text)
				}
			}
			for text, on := range texts {
				if on == s && !after[text] {
					t.Fatalf("%s: %s has lost the user's %.60q", when, s.name, text)
				}
			}
		}
	}
	kept("after the run")
	var last *run
	for i := range 3 {
		for _, s := range w.sites {
			s.seed += 16
		}
		o := c.o
		if i > 0 {
			o = latussync.Options{MaxDelete: off}
		}
		if last = w.sync(o, w.sites...); last.err != nil {
			t.Fatal(last.err)
		}
		kept(fmt.Sprint("after run ", i+2))
	}
	// What the user did away with in the midst of a run that had decided to keep it
	// is nowhere: then the user lets go of it.
	given := map[index.Path]bool{}
	for range 2 {
		for s, paths := range last.lacks {
			for _, p := range paths {
				if given[p] {
					continue
				}
				given[p] = true
				s.seed += 16
				if d, err := s.giveUp(p); err != nil || d.Err != nil {
					t.Fatalf("%s: cannot give up %s: %v, %v", s.name, p, err, d.Err)
				}
			}
		}
		for i := 0; len(given) > 0 && i < 2; i++ {
			for _, s := range w.sites {
				s.seed += 16
			}
			if last = w.sync(latussync.Options{MaxDelete: off}, w.sites...); last.err != nil {
				t.Fatal(last.err)
			}
			kept("after giving up")
		}
	}
	if len(last.changes)+len(last.problems) > 0 {
		t.Fatalf("the last run still changes %q, problems %q", last.changes, last.problems)
	}
	w.same(w.sites...)
}

// An edit that comes right after its file was moved is one, and no part of the move:
// the mtime that the move sets must not hide it.
func TestEditedAsItIsMoved(t *testing.T) {
	c := scenes()["two-way"](t)
	for nth := 1; nth <= 8; nth++ {
		sites, done := c.atLook(t, nth, "ring/1", func(*site) bool { return true }, func(s *site) {
			s.write("ring/1", "the user's")
		})
		if got := sites[0].look()["ring/1"].text; done && got != "the user's" && !sites[0].contents(false)["the user's"] {
			t.Fatalf("at look %d: %q", nth, got)
		}
	}
}

// A file that takes the place of a directory that was made this moment is one, whatever
// look finds it.
func TestReplacedAsItIsMade(t *testing.T) {
	c := scenes()["owners"](t)
	for nth := 1; nth <= 4; nth++ {
		c.atLook(t, nth, "newdir/empty", func(s *site) bool { return s.kind("newdir/empty") == index.Dir }, func(s *site) {
			s.clear("newdir/empty")
			s.write("newdir/empty", "the user's")
		})
	}
}

// atLook runs the scene, and has a user of the second tree do something right before the
// nth look at p, of those that count. Two more runs make the trees equal. done tells
// whether there were as many looks.
func (c *scene) atLook(t *testing.T, nth int, p index.Path, counts func(*site) bool, do func(*site)) (sites []*site, done bool) {
	w, sites := c.again()
	w.t = t
	looks := 0
	w.hook = func(s *site, call memory.Call) error {
		if s == sites[1] && call.Op == "stat" && call.Dir.Join(call.Name) == p && counts(s) {
			if looks++; looks == nth {
				do(s)
			}
		}
		return nil
	}
	w.run(c)
	w.hook = nil
	for range 2 {
		w.run(c)
	}
	w.same(sites...)
	return sites, looks >= nth
}

// some is any path of the scene.
func (c *scene) some(r *rand.Rand) index.Path {
	paths := make([]index.Path, 0, 60)
	for _, s := range c.sites {
		for p := range s.look() {
			paths = append(paths, p)
		}
	}
	// Maps have no order, seeds need one.
	slices.SortFunc(paths, index.Compare)
	return paths[r.IntN(len(paths))]
}
