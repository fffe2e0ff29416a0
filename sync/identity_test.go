package sync_test

import (
	"fmt"
	"testing"

	"latus/sync/tree"
)

// peers are the ids of trees.
func peers(sites ...*site) (ids []string) {
	for _, s := range sites {
		ids = append(ids, s.config().Peer)
	}
	return ids
}

func (w *world) distinct(sites ...*site) {
	w.t.Helper()
	seen := map[string]string{}
	for i, id := range peers(sites...) {
		if other := seen[id]; other != "" {
			w.t.Fatalf("%s and %s have one id", other, sites[i].name)
		}
		seen[id] = sites[i].name
	}
}

// A copy that syncs with its original takes an id of its own; both go on, with
// each other and with others, and nothing is said of conflicts.
func TestCopyMeetsItsOriginal(t *testing.T) {
	for _, order := range [][]int{{0, 1}, {1, 0}, {0, 1, 2}, {2, 1, 0}} {
		w, s := three(t, "AB")
		w.two(s[0], s[1])
		c := s[0].clone("copy")
		all := []*site{s[0], c, s[1]}
		var sites []*site
		for _, i := range order {
			sites = append(sites, all[i])
		}
		if r := w.two(sites...); r.Changes+len(r.conflicts) > 0 {
			t.Fatalf("%v: %q", order, r.changes)
		}
		w.distinct(all...)
		ids := fmt.Sprint(peers(all...))
		c.write("two", "by the copy")
		s[0].remove("d/one")
		s[1].write("three", "by B")
		for range 2 {
			for i := range all {
				if r := w.two(all[i], all[(i+1)%3]); len(r.conflicts) > 0 {
					t.Fatalf("conflicts %v", r.conflicts)
				}
			}
		}
		w.same(all...)
		if got := all[0].look(); got["two"].text != "by the copy" || len(got) != 3 {
			t.Fatalf("%v", got)
		}
		if now := fmt.Sprint(peers(all...)); now != ids {
			t.Fatalf("%v: the ids were %s and are %s", order, ids, now)
		}
	}
}

// Copies that never meet are told apart by what a third tree knows.
func TestCopiesMeetAThird(t *testing.T) {
	for _, first := range []int{0, 1} {
		for _, hub := range []bool{false, true} {
			w, s := three(t, "AB")
			b := s[1]
			w.two(s[0], b)
			c := s[0].clone("copy")
			both := []*site{s[0], c}
			if first == 1 {
				both[0], both[1] = both[1], both[0]
			}
			for i, x := range both {
				x.write("two", fmt.Sprint("edited ", i))
				if i == 1 {
					x.remove("d/one")
				}
			}
			sync := func(x *site) *run {
				if hub {
					return w.two(x, b)
				}
				return w.two(b, x)
			}
			sync(both[0])
			id := both[0].config().Peer
			if r := sync(both[1]); len(r.conflicts) != 1 {
				t.Fatalf("both edited it: %v", r.conflicts)
			}
			w.distinct(s[0], c, b)
			if both[0].config().Peer != id {
				t.Fatal("the first one's id is another")
			}
			sync(both[0])
			sync(both[1])
			w.same(s[0], c, b)
			ids := fmt.Sprint(peers(s[0], c, b))
			for i := range 4 {
				both[i%2].write("more", fmt.Sprint(i))
				sync(both[i%2])
				sync(both[1-i%2])
				w.same(s[0], c, b)
			}
			if now := fmt.Sprint(peers(s[0], c, b)); now != ids {
				t.Fatalf("the ids were %s and are %s", ids, now)
			}
			if n := len(b.config().Peers); n != 2 {
				t.Fatalf("B knows %d peers", n)
			}
		}
	}
}

// A tree that was put back from a backup goes on under a new id; others know one
// tree at its place, as before, so nothing is remembered for a tree that is no more.
func TestRestoredTree(t *testing.T) {
	for _, lost := range []bool{false, true} {
		for _, hub := range []bool{false, true} {
			w, s := three(t, "AB")
			b := s[1]
			w.two(s...)
			backup := s[0].clone("A")
			s[0].write("new", "made after the backup")
			s[0].remove("d/one")
			w.two(s...)
			a := backup
			if lost {
				a = s[0]
				a.in(".latus", func(d tree.Dir) error { return d.Remove("index.jsonl") })
			}
			id := a.config().Peer
			a.write("two", "edited on the backup")
			for range 2 {
				sites := []*site{a, b}
				if hub {
					sites = []*site{b, a}
				}
				w.two(sites...)
			}
			w.same(a, b)
			got := a.look()
			if _, there := got["d/one"]; got["new"].text == "" || got["two"].text != "edited on the backup" || there {
				t.Fatalf("%v", got)
			}
			if a.config().Peer == id || len(b.config().Peers) != 1 || b.config().Peers[0].Peer != a.config().Peer {
				t.Fatalf("lost %v: %v", lost, b.config().Peers)
			}
			if f := a.config().Former; len(f) != 1 || f[0].Peer != id {
				t.Fatalf("%v", f)
			}
		}
	}
}

// A tree that was only moved, or is mounted elsewhere, stays who it is.
func TestMovedTree(t *testing.T) {
	w, s := three(t, "AB")
	w.two(s...)
	id := s[0].config().Peer
	moved := s[0].clone("elsewhere")
	moved.write("two", "edited there")
	w.two(s[1], moved)
	w.two(moved, s[1])
	if moved.config().Peer != id || len(moved.config().Former) > 0 {
		t.Fatal("it got another id")
	}
	if ps := s[1].config().Peers; len(ps) != 1 || ps[0].Path != "memory:/elsewhere" {
		t.Fatalf("%v", ps)
	}
}
