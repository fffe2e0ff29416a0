package sync_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/tree"
)

// refused wants a run to be refused, and nothing to be changed anywhere.
func (w *world) refused(want peer.Cause, o latussync.Options, sites ...*site) {
	w.t.Helper()
	var before []map[index.Path]thing
	for _, s := range sites {
		before = append(before, s.look())
	}
	r := w.sync(o, sites...)
	var no *peer.Refusal
	if !errors.As(r.err, &no) || no.Cause != want {
		w.t.Fatalf("got %v, want a refusal of cause %d", r.err, want)
	}
	if len(r.changes) > 0 {
		w.t.Fatalf("refused, and yet changed %q", r.changes)
	}
	for i, s := range sites {
		if got := s.look(); !maps.Equal(got, before[i]) {
			w.t.Fatalf("refused, and yet %s changed:\n%s", s.name, difference(before[i], got))
		}
	}
}

func TestGroups(t *testing.T) {
	w, s := three(t, "ABCD")
	w.two(s[0], s[1]) // both fresh: a new group
	w.two(s[2], s[3]) // another one
	e := w.add("E")
	w.two(s[1], e) // a fresh tree takes the group over
	w.two(e, s[0])
	w.same(s[0], s[1], e)
	w.refused(peer.OtherGroup, latussync.Options{}, s[0], s[2])
	w.refused(peer.OtherGroup, latussync.Options{Dry: true}, s[3], e)
	if r := w.sync(latussync.Options{Join: true}, s[0], s[2]); r.err != nil {
		t.Fatal(r.err)
	}
	w.same(s[0], s[2])
	w.two(s[2], s[1])
	w.refused(peer.OtherGroup, latussync.Options{}, s[2], s[3]) // C left D's group
}

// A first meeting that is cut off leaves one tree in a group that the other knows
// nothing of. Should that one join another group before they meet again, they are
// no strangers all the same.
func TestAFirstMeetingIsCutOff(t *testing.T) {
	total := 0
	for n := 0; n <= total; n++ {
		w, s := three(t, "ABC")
		s[1].mem.StopAt(n) // 0: never
		w.sync(latussync.Options{}, s[0], s[1])
		total = max(total, s[1].mem.Changes())
		s[1].mem.Restart()
		w.two(s[1], s[2])
		if n == 0 {
			continue
		}
		if r := w.sync(latussync.Options{}, s[0], s[1]); r.err != nil {
			t.Fatalf("stopped at the %dth of %d changes: %v", n, total, r.err)
		}
		w.two(s[1], s[2])
		w.same(s...)
	}
}

// A place where a tree stood and none is now is most likely not mounted.
func TestRememberedPlace(t *testing.T) {
	w, s := three(t, "AB")
	w.two(s[0], s[1])
	empty := w.add("B")
	w.refused(peer.NotMounted, latussync.Options{}, s[0], empty)
	w.refused(peer.NotMounted, latussync.Options{}, empty, s[0])
	if r := w.sync(latussync.Options{Join: true}, s[0], empty); r.err != nil {
		t.Fatal(r.err)
	}
	w.same(s[0], empty)
}

func TestOverlap(t *testing.T) {
	w, s := three(t, "AB")
	w.refused(peer.SameTree, latussync.Options{}, s[0], s[0])
	inside := w.add("A/below")
	inside.host = s[0].host
	w.refused(peer.SameTree, latussync.Options{}, s[0], inside)
	w.refused(peer.SameTree, latussync.Options{}, inside, s[0])
	beside := w.add("AA")
	beside.host = s[0].host
	w.two(s[0], beside)
	w.same(s[0], beside)
}

func TestBusy(t *testing.T) {
	w, s := three(t, "AB")
	w.two(s[0], s[1])
	release, err := s[1].mem.User().TryLock(false)
	if err != nil {
		t.Fatal(err)
	}
	w.refused(peer.Busy, latussync.Options{}, s[0], s[1])
	w.refused(peer.Busy, latussync.Options{}, s[1], s[0])
	if err := release(); err != nil {
		t.Fatal(err)
	}
	w.two(s[0], s[1])
}

// A tree that lost most of its files is not believed, and one that would lose
// most of them is left alone, and the other one with it.
func TestGuards(t *testing.T) {
	fill := func(s *site) {
		for i := range 40 {
			s.write(index.Path(fmt.Sprintf("f%02d", i)), fmt.Sprint("file ", i))
		}
	}
	empty := func(s *site) {
		for p := range s.look() {
			if !strings.Contains(string(p), "/") {
				s.remove(p)
			}
		}
	}
	t.Run("scan", func(t *testing.T) {
		w, s := three(t, "AB")
		fill(s[0])
		w.two(s[0], s[1])
		empty(s[1])
		s[0].write("new", "here")
		w.refused(peer.LostRoot, latussync.Options{}, s[0], s[1])
		w.refused(peer.LostRoot, latussync.Options{}, s[1], s[0])
		w.refused(peer.LostRoot, latussync.Options{Dry: true}, s[0], s[1])
		w.two(s[0], s[1])
		if got := s[0].look(); len(got) != 1 {
			t.Fatalf("not deleted: %v", got)
		}
	})
	t.Run("scan, beside new trees", func(t *testing.T) {
		w, s := three(t, "ABCD")
		fill(s[0])
		w.two(s[0], s[1])
		empty(s[1])
		fill(s[2])
		w.refused(peer.LostRoot, latussync.Options{}, s[1], s[2], s[3])
		for _, s := range s[2:] {
			s.in("", func(d tree.Dir) error {
				if _, err := d.Stat(index.Private); !tree.IsNotExist(err) {
					t.Errorf("%s was new and is not any more: %v", s.name, err)
				}
				return nil
			})
		}
	})
	for _, order := range [][]int{{0, 2}, {2, 0}, {0, 2, 3}, {3, 0, 2}} {
		t.Run(fmt.Sprint("plan ", order), func(t *testing.T) {
			w, s := three(t, "ABCD")
			fill(s[0])
			w.two(s[0], s[1], s[2], s[3])
			empty(s[1])
			// C hears of the deletions from B, and tells A before its user can object.
			w.two(s[1], s[2])
			s[0].write("new", "here")
			var sites []*site
			for _, i := range order {
				sites = append(sites, s[i])
			}
			w.refused(peer.MassDelete, latussync.Options{}, sites...)
			w.refused(peer.MassDelete, latussync.Options{Dry: true}, sites...)
			w.refused(peer.MassDelete, latussync.Options{MaxDelete: peer.Limit{Set: true, Count: 41}}, sites...)
			if r := w.sync(latussync.Options{MaxDelete: peer.Limit{Set: true, Count: 42}}, sites...); r.err != nil {
				t.Fatal(r.err)
			}
			w.same(sites...)
		})
	}
}
