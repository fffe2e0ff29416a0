package sync_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/config"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/replica"
	"latus/sync/tree"
)

// index looks into the index of a tree.
func (s *site) index(do func(x *index.Index)) {
	s.w.t.Helper()
	s.in(index.Private, func(d tree.Dir) error {
		x, damage, err := index.Load(tree.Store(d), true)
		if err != nil || damage != nil {
			return errors.Join(err, fmt.Errorf("damage %+v", damage))
		}
		defer x.Close()
		do(x)
		return nil
	})
}

// dead is how many entries of deleted paths the tree keeps.
func (s *site) dead() (n int) {
	s.w.t.Helper()
	s.index(func(x *index.Index) {
		for e := range x.All() {
			if d, live := plan.Display(e.Heads); !live && e.Witness.Kind == index.Absent && d.Kind != index.Dir {
				n++
			}
		}
	})
	return n
}

func (s *site) fill(n int) {
	for i := range n {
		s.write(index.Path(fmt.Sprintf("f%05d", i)), fmt.Sprint("file ", i))
	}
}

func (s *site) removeAll(n int) {
	for i := range n {
		s.remove(index.Path(fmt.Sprintf("f%05d", i)))
	}
}

func (w *world) deadAre(want int, sites ...*site) {
	w.t.Helper()
	for _, s := range sites {
		if got := s.dead(); got != want {
			w.t.Fatalf("%s keeps %d dead entries, not %d", s.name, got, want)
		}
	}
}

// config is what the tree keeps in config.json; empty before its first run.
func (s *site) config() (c config.Config) {
	s.w.t.Helper()
	d, err := s.mem.User().Open(index.Private)
	if err != nil {
		return c
	}
	defer d.Close()
	text, err := readAll(d, "config.json")
	if tree.IsNotExist(err) {
		return c
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &c)
	}
	if err != nil {
		s.w.t.Fatal(err)
	}
	return c
}

// forget retires a peer of s.
func (s *site) forget(named string) (int, error) {
	s.w.hours++
	_, n, err := replica.Forget("/"+s.name, named, s.options(nil))
	return n, err
}

// What was deleted is remembered until every known peer has heard of it.
func TestCollection(t *testing.T) {
	w, s := three(t, "ABC")
	a, b, c := s[0], s[1], s[2]
	a.fill(20)
	w.two(a, b)
	w.two(b, c)
	w.two(a, c)
	a.removeAll(20)
	w.two(a, b)
	w.deadAre(20, a, b) // C may come and ask
	w.two(b, c)
	w.deadAre(0, b)
	w.deadAre(20, a, c) // each may have to tell the other
	c.write("new", "so that there is something to do")
	w.two(a, c)
	w.deadAre(0, a, b, c)
	w.two(a, b)
	w.same(a, b, c)
}

// A run that has nothing to do writes nothing, unless it is worth it.
func TestCollectionWithoutChanges(t *testing.T) {
	w, s := three(t, "ABC")
	w.tidy = 100
	a, b, c := s[0], s[1], s[2]
	a.fill(150)
	w.two(a, b)
	w.two(b, c)
	w.two(a, c)
	for _, n := range []int{20, 150} {
		if n == 20 {
			a.removeAll(n)
		} else {
			for i := 20; i < 150; i++ {
				a.remove(index.Path(fmt.Sprintf("f%05d", i)))
			}
		}
		w.two(a, b)
		w.two(b, c)
		w.deadAre(n, a)
		before := a.mem.Changes() + c.mem.Changes()
		w.two(a, c)
		written := a.mem.Changes() + c.mem.Changes() - before
		if n == 20 && (written > 0 || a.dead() == 0) {
			t.Fatalf("%d writes for a few dead entries", written)
		}
	}
	w.deadAre(0, a, b, c)
	before := a.mem.Changes() + c.mem.Changes()
	w.two(a, c)
	if n := a.mem.Changes() + c.mem.Changes() - before; n > 0 {
		t.Fatalf("%d writes, and nothing to do", n)
	}
}

// Whoever lacks part of what was forgotten gets everything listed: what it still
// has of that goes, what it made of it lives. Whoever learns by such a listing
// passes it on.
func TestForgottenTreeComesBack(t *testing.T) {
	for _, through := range []bool{false, true} {
		for _, order := range []bool{false, true} {
			w, s := three(t, "ABCD")
			a, b, c, d := s[0], s[1], s[2], s[3]
			a.fill(9)
			w.two(a, b)
			w.two(b, c)
			w.two(b, d)
			a.removeAll(9)
			w.two(a, b)
			w.deadAre(0, a)
			w.deadAre(9, b)
			for _, x := range []*site{c, d} {
				if n, err := b.forget("host" + x.name); err != nil || (n == 9) != (x == d) {
					t.Fatalf("%d, %v", n, err)
				}
			}
			w.deadAre(0, b)
			c.write("f00003", "edited while it was forgotten")
			c.write("mine", "new here")
			from := b
			if through {
				// D learns of it by a full listing, and tells C.
				w.two(a, d)
				w.deadAre(0, d)
				from = d
			}
			sites := []*site{from, c}
			if order {
				sites = []*site{c, from}
			}
			r := w.two(sites...)
			if r.Unequal || len(r.problems) > 0 {
				t.Fatalf("%q", r.problems)
			}
			w.same(sites...)
			got := c.look()
			if got["f00003"].text != "edited while it was forgotten" || got["mine"].text != "new here" || len(got) != 5 {
				t.Fatalf("%v", got)
			}
			for _, x := range []string{"file 0", "file 8"} {
				if !c.contents(false)[x] {
					t.Fatalf("%q is not in the trash", x)
				}
			}
			w.two(a, b, c, d)
			w.same(a, b, c, d)
		}
	}
}

func TestForget(t *testing.T) {
	w, s := three(t, "ABC")
	a := s[0]
	w.two(a, s[1])
	w.two(a, s[2])
	var wrong *config.PeerError
	for _, named := range []string{"", "nobody", "host"} {
		if _, err := a.forget(named); !errors.As(err, &wrong) || (len(wrong.Match) == 2) != (named == "host") {
			t.Fatalf("%q: %v", named, err)
		}
	}
	a.write("x", "1")
	w.two(a, s[1])
	a.remove("x")
	w.two(a, s[1])
	w.deadAre(1, a)
	if n, err := a.forget("hostC:C"); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := a.forget("hostC"); n != 0 || err != nil { // it is retired, and stays so
		t.Fatalf("%d, %v", n, err)
	}
	// Where it stood another tree may stand from now on.
	c := w.add("C")
	w.two(a, c)
	w.two(a, s[1])
	if _, err := a.forget("hostC:C"); err != nil {
		t.Fatal(err)
	}
}

// The floor is no obstacle to what never changed hands.
func TestFloorAndLostIndex(t *testing.T) {
	w, s := three(t, "ABC")
	a, b, c := s[0], s[1], s[2]
	a.fill(5)
	w.two(a, b, c)
	a.removeAll(3)
	w.two(a, b, c)
	w.deadAre(0, s...)
	b.in(index.Private, func(d tree.Dir) error { return d.Remove("index.jsonl") })
	a.remove("f00003")
	w.two(a, c)
	w.two(b, a)
	w.two(c, b)
	w.same(s...)
	got := a.look()
	if _, back := got["f00003"]; !back || len(got) != 5 {
		t.Fatalf("deleted before anybody knew that the index was lost: %v", got)
	}
	if strings.Contains(fmt.Sprint(got), "f00000") {
		t.Fatal("what was deleted long ago came back")
	}
}

// keptByNewFile is three trees with a directory that one has deleted, and that stays for
// what another one has put into it.
func keptByNewFile(t *testing.T) (*world, []*site) {
	w, s := three(t, "ABC")
	w.two(s...)
	s[0].chmod("d", 0o700)
	s[0].write("d/new", "keeps the directory")
	s[2].remove("d")
	w.two(s...)
	w.same(s...)
	return w, s
}

// A directory that only what is in it needs has the permission bits that it had,
// also where its deletion was forgotten.
func TestForgottenDirectoryIsNeededAgain(t *testing.T) {
	w, s := keptByNewFile(t)
	a, b, c := s[0], s[1], s[2]
	c.remove("d/new")
	w.two(b, c)
	if _, there := b.look()["d"]; there {
		t.Fatal("nothing needs it, and it is there")
	}
	a.write("d/other", "needs it again")
	w.two(a, b)
	w.two(b, c)
	w.two(a, c)
	w.same(a, b, c)
	if got := c.look()["d"].mode; got != 0o700 {
		t.Fatalf("its mode is %o", got)
	}
}

// Somebody who has not heard yet that all in a directory was deleted may be mirrored. So
// what is told of the directory outlasts what was in it.
func TestDirectoryIsNotForgottenBeforeWhatWasInIt(t *testing.T) {
	w, s := keptByNewFile(t)
	a, b, c := s[0], s[1], s[2]
	b.remove("d")
	w.two(b, a)
	w.sync(latussync.Options{MaxDelete: off, Mode: peer.Mirror}, c, a)
	w.same(a, c)
	if got := a.look()["d"].mode; got != 0o700 {
		t.Fatalf("its mode is %o", got)
	}
	a.remove("d")
	w.two(a, b, c)
	w.two(a, b, c)
	w.deadAre(0, a, b, c)
}
