package sync_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/plan"
	"latus/sync/tree/memory"
)

// textsOf is, sorted, what the files hold whose names begin so.
func (s *site) textsOf(begins string) (texts []string) {
	for p, it := range s.look() {
		if strings.HasPrefix(string(p), begins) {
			texts = append(texts, it.text)
		}
	}
	slices.Sort(texts)
	return texts
}

// Losers of one host and one second need different names, whoever names them.
func TestKeepBothOnOneHost(t *testing.T) {
	for first := range 3 {
		w, s := three(t, "ABC")
		for _, x := range s {
			x.host = "host"
		}
		w.two(s...)
		when := s[0].now()
		for i, x := range s {
			x.write("two", fmt.Sprint("by ", i))
			x.touch("two", when+int64(i))
		}
		order := slices.Concat(s[first:], s[:first])
		if r := w.sync(latussync.Options{Conflict: plan.KeepBoth}, order...); r.err != nil || len(r.problems) > 0 {
			t.Fatalf("%v, problems %q", r.err, r.problems)
		}
		for range 2 {
			w.sync(latussync.Options{Conflict: plan.KeepBoth}, order...)
		}
		w.same(s...)
		texts := s[0].textsOf("two")
		if !slices.Equal(texts, []string{"by 0", "by 1", "by 2"}) {
			t.Fatalf("%s first: there is %q", order[0].name, texts)
		}
	}
}

// Three versions, two of one size: what the first tree does about its own must
// not make a version whose bytes nobody can name.
func TestKeepBothOfThree(t *testing.T) {
	w, s := three(t, "ABC")
	w.two(s...)
	s[0].write("two", "by the first of all")
	s[1].write("two", "by one")
	s[2].write("two", "by two")
	if r := w.sync(latussync.Options{Conflict: plan.KeepBoth}, s...); r.err != nil || len(r.problems) > 0 {
		t.Fatalf("%v, problems %q", r.err, r.problems)
	}
	w.two(s...)
	w.same(s...)
	if got := len(s[0].look()); got != 5 {
		t.Fatalf("there are %d, not 5: %v", got, s[0].look())
	}
}

// A copy of a tree authors the same edit as the tree itself. Whichever of the two
// versions is let go, the bytes of the other are still found by those who have
// them under the first one's name.
func TestBytesOfAnEqualVersion(t *testing.T) {
	for seed := range uint64(6) { // chance decides which one is greater
		w := newWorld(t, seed, 3)
		a, b, c := w.sites[0], w.sites[1], w.sites[2]
		w.two(a, b, c)
		c.write("name", "an edit")
		d := c.clone("D")
		a.mkdir("name")
		a.write("name/inside", "keeps the directory")
		for _, run := range [][]*site{{d, a, b}, {b, c}, {c, d}, {d, a}, {a, b}} {
			if r := w.two(run...); len(r.problems) > 0 {
				t.Fatalf("%s and %s: problems %q", run[0].name, run[1].name, r.problems)
			}
		}
		w.same(a, b, c, d)
	}
}

// A conflict that was left alone is settled by a later run as that one is told to.
func TestKeepBothOfWhatWasLeftAlone(t *testing.T) {
	for first := range 2 {
		w, s := three(t, "AB")
		w.two(s...)
		s[0].write("two", "by A")
		s[1].write("two", "by B, later")
		order := slices.Concat(s[first:], s[:first])
		for range 2 {
			if r := w.sync(latussync.Options{Conflict: plan.Fail}, order...); r.err != nil {
				t.Fatal(r.err)
			}
		}
		if r := w.sync(latussync.Options{Conflict: plan.KeepBoth}, order...); r.err != nil || len(r.problems) > 0 {
			t.Fatalf("%v, problems %q", r.err, r.problems)
		}
		w.same(s...)
		if got := len(s[0].look()); got != 4 {
			t.Fatalf("%s first: there are %d, not 4: %v", order[0].name, got, s[0].look())
		}
	}
}

// A tree may be asked for a version by the name that this very run gave it before
// its own merge is committed: trees begin to apply at the same time.
func TestBytesAreFoundBeforeTheMergeIsCommitted(t *testing.T) {
	w := newWorld(t, 1, 3)
	a, b, c := w.sites[0], w.sites[1], w.sites[2]
	a.write("d", "by A")
	when := b.now()
	for _, s := range []*site{b, c} {
		s.write("d", "the same in B and C")
		s.touch("d", when)
	}
	w.hours++
	b.write("d", "B's edit")
	for _, pair := range [][]*site{{c, b}, {a, c}} {
		r := w.sync(latussync.Options{Conflict: plan.KeepBoth}, pair...)
		if r.err != nil || len(r.problems) > 0 {
			t.Fatalf("%v, problems %q", r.err, r.problems)
		}
	}
	w.same(a, c)
}

// Two trees have put files in the place of a directory in which the third one goes on
// working: both files get names of their own, whoever is first.
func TestKeepBothWhereADirectoryHasToBe(t *testing.T) {
	for first := range 3 {
		w := newWorld(t, uint64(first), 3)
		s := w.sites
		s[0].mkdir("dir")
		s[0].write("dir/in", "inside")
		w.two(s...)
		for _, x := range s[:2] {
			x.remove("dir/in")
			x.remove("dir")
			x.write("dir", "a file of "+x.name)
		}
		s[2].write("dir/in", "edited inside")
		order := slices.Concat(s[first:], s[:first])
		r := w.sync(latussync.Options{Conflict: plan.KeepBoth}, order...)
		if r.err != nil || len(r.problems) > 0 {
			t.Fatalf("%v, problems %q", r.err, r.problems)
		}
		w.same(s...)
		want := []string{"", "a file of A", "a file of B", "edited inside"}
		if got := s[0].textsOf("dir"); !slices.Equal(got, want) {
			t.Errorf("%s first: %q", order[0].name, got)
		}
		r = w.sync(latussync.Options{Conflict: plan.KeepBoth}, order...)
		if r.err != nil || len(r.changes) > 0 || len(r.conflicts) > 0 {
			t.Errorf("%s first: once more: %v, %q, %v", order[0].name, r.err, r.changes, r.conflicts)
		}
	}
}

// unread are three trees of one file that differs in the first two; that of tree i can
// neither be read nor moved as long as broken is true.
func unread(t *testing.T, i int, broken *bool) (w *world, s []*site) {
	w = newWorld(t, 3, 0)
	for n, name := range []string{"A", "B", "C"} {
		w.add(name, memory.WithHook(func(c memory.Call) error {
			if *broken && n == i && strings.HasPrefix(c.Name, "two") && slices.Contains([]string{"read", "rename", "exchange"}, c.Op) {
				return errIO
			}
			return nil
		}))
	}
	s = w.sites
	s[0].write("two", "the first")
	w.two(s...)
	s[0].write("two", "by A")
	w.hours++
	s[1].write("two", "by B, later")
	*broken = true
	return w, s
}

// around has all three meet. No version is left whose bytes are nowhere.
func around(w *world, s []*site, want ...string) {
	w.t.Helper()
	for range 2 {
		for i := range s {
			r := w.sync(latussync.Options{Conflict: plan.KeepBoth}, s[i], s[(i+1)%3])
			if r.err != nil || len(r.problems) > 0 {
				w.t.Fatalf("%v, problems %q", r.err, r.problems)
			}
		}
	}
	w.same(s...)
	slices.Sort(want)
	if got := s[2].textsOf("two"); !slices.Equal(got, want) {
		w.t.Fatalf("there is %q, not %q", got, want)
	}
}

// A loser gets a name, and before its file can be moved there its user does something
// else with it.
func TestKeepBothOfWhatWasNotMovedYet(t *testing.T) {
	for _, done := range []string{"deleted", "edited", "renamed", "a directory"} {
		t.Run(done, func(t *testing.T) {
			broken := false
			w, s := unread(t, 0, &broken)
			if r := w.sync(latussync.Options{Conflict: plan.KeepBoth}, s[0], s[1]); r.err != nil || len(r.problems) == 0 {
				t.Fatalf("%v, problems %q", r.err, r.problems)
			}
			broken = false
			want := []string{"by B, later"}
			switch done {
			case "deleted":
				s[0].remove("two")
			case "edited":
				s[0].write("two", "edited")
				want = append(want, "edited")
			case "renamed":
				s[0].rename("two", "two, renamed")
				want = append(want, "by A")
			case "a directory":
				s[0].remove("two")
				s[0].mkdir("two")
				want = []string{"", "by B, later"}
			}
			around(w, s, want...)
		})
	}
}

// A loser gets a name where the winner is not known but by name. It may be gone by
// the time its tree comes by.
func TestKeepBothWithoutTheOther(t *testing.T) {
	broken := false
	w, s := unread(t, 1, &broken)
	if r := w.two(s[0], s[1]); len(r.problems) == 0 {
		t.Fatal("could be read")
	}
	broken = false
	if r := w.sync(latussync.Options{Conflict: plan.KeepBoth}, s[0], s[2]); r.err != nil {
		t.Fatal(r.err)
	}
	s[1].remove("two")
	around(w, s, "by A")
}

// The run that gives a loser its name is killed, wherever it was, and the user goes on
// with what is found under that name: it is that version, edited, and no rival of it.
func TestLoserEditedAfterAKill(t *testing.T) {
	edits := map[string]func(s *site, name index.Path){
		"in place": func(s *site, name index.Path) { s.write(name, "edited since") },
		"anew": func(s *site, name index.Path) {
			if s.look()["two"].text != "" { // else nobody can tell that it was moved already
				s.remove(name)
				s.write(name, "edited since")
			}
		},
	}
	for how, edit := range edits {
		edited := 0
		for n := 1; ; n++ {
			w := newWorld(t, 5, 0)
			a, b := w.add("A"), w.add("B")
			a.write("two", "by both")
			w.two(a, b)
			a.write("two", "by A")
			b.write("two", "by B, later")
			a.mem.Restart()
			a.mem.StopAt(n)
			w.sync(latussync.Options{Conflict: plan.KeepBoth}, a, b)
			if a.mem.Changes() < n {
				break
			}
			a.mem.Restart()
			b.mem.Restart()
			for name := range a.look() {
				if strings.Contains(string(name), "conflict") {
					edit(a, name)
					edited++
				}
			}
			for i := range 3 {
				r := w.sync(latussync.Options{Conflict: plan.KeepBoth}, a, b)
				if r.err != nil || len(r.problems) > 0 || i > 1 && len(r.changes) > 0 {
					t.Fatalf("%s, stopped at %d, run %d: %v, changes %q, problems %q", how, n, i, r.err, r.changes, r.problems)
				}
			}
			w.same(a, b)
		}
		if edited == 0 {
			t.Fatal("nothing was there to be edited")
		}
	}
}
