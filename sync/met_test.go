package sync_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/config"
	"latus/sync/peer"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// What the first tree of a one-way run has written down is true whenever the other one
// is killed: it remembers that one, and nothing that is not there is said to be known there.
func TestFirstOfOneWayNotesWhatIsTrue(t *testing.T) {
	for _, mode := range []peer.Mode{peer.OneWay, peer.Mirror} {
		for _, before := range []bool{false, true} {
			total := 0
			for n := 0; n <= total; n++ {
				w, s := three(t, "AB")
				a, b := s[0], s[1]
				if before {
					w.two(a, b)
					a.write("two", "edited at A")
					a.remove("d/one")
				}
				was := b.mem.Changes()
				b.mem.StopAt(n) // 0: never
				r := w.sync(latussync.Options{Mode: mode, MaxDelete: off}, a, b)
				stopped := r.err != nil
				total = max(total, b.mem.Changes()-was)
				b.mem.Restart()
				if n == 0 && stopped {
					t.Fatal(r.err)
				}
				if r.begun() || !stopped {
					a.remembers(b, fmt.Sprintf("%v, stopped at the %dth of %d changes", mode, n, total))
				}
				a.toldTruly(b)
				// The next run has nothing to do but that, or all of it.
				if r := w.sync(latussync.Options{Mode: mode, MaxDelete: off}, a, b); r.err != nil {
					t.Fatal(r.err)
				}
				a.remembers(b, "afterwards")
				a.toldTruly(b)
				if m := a.config().Peers[0]; m.Seq == 0 {
					t.Fatalf("stopped at the %dth of %d changes: nothing that A knows is said to be known to B", n, total)
				}
				w.sync(latussync.Options{Mode: mode, MaxDelete: off}, a, b)
				w.deadAre(0, a)
			}
		}
	}
}

// begun tells whether trees were told to carry something out.
func (r *run) begun() bool { return r.Report != nil && len(r.Trees) > 1 && r.Trees[1].Run != "" }

func (s *site) remembers(o *site, when string) {
	s.w.t.Helper()
	id := o.config().Peer
	if c := s.config(); !slices.ContainsFunc(c.Peers, func(m config.Met) bool { return m.Peer == id }) || c.Group == index.GroupID(0).String() {
		s.w.t.Fatalf("%s: %s remembers %v, of group %s", when, s.name, c.Peers, c.Group)
	}
}

// toldTruly sees that o has all of which s has noted that it has it.
func (s *site) toldTruly(o *site) {
	s.w.t.Helper()
	for _, m := range s.config().Peers {
		if m.Peer != o.config().Peer || m.Seq == 0 && len(m.Knows) == 0 {
			continue
		}
		var seq uint64
		n := map[string]uint64{}
		o.index(func(x *index.Index) {
			id, _ := index.ParseID(s.config().Peer)
			seq = x.Knowledge().NextSeq(index.PeerID(id)) - 1
			for _, c := range x.Knowledge().Counts() {
				n[c.Author.String()] = c.N
			}
		})
		if m.Seq > seq {
			s.w.t.Fatalf("%s takes %d of its generations for known to %s, which has %d", s.name, m.Seq, o.name, seq)
		}
		for _, k := range m.Knows {
			if k.N > n[k.Author] {
				s.w.t.Fatalf("%s takes %d generations of %s for known to %s, which has %d", s.name, k.N, k.Author, o.name, n[k.Author])
			}
		}
	}
}

// A tree that cannot be written can be taken from all the same. It is said, once a run,
// if it does not remember where.
func TestOneWayFromWhatCannotBeWritten(t *testing.T) {
	for _, fault := range []error{tree.ErrReadOnly, tree.ErrNoSpace, fs.ErrPermission, errIO} {
		var frozen error
		w := newWorld(t, 7, 0)
		a := w.add("A", memory.WithHook(func(c memory.Call) error {
			if c.Change > 0 {
				return frozen
			}
			return nil
		}))
		a.write("one", "the first")
		b, c := w.add("B"), w.add("C")
		w.two(a, b)
		a.write("two", "the second")
		w.two(a, b)
		frozen = fault
		b.remove("two")
		for _, known := range []bool{true, false} {
			to := c
			if known {
				to = b
			}
			for range 2 {
				r := w.sync(latussync.Options{Mode: peer.Mirror, MaxDelete: off}, a, to)
				if fault == errIO {
					if !known && !errors.Is(r.err, errIO) {
						t.Fatalf("an error of the disk went by: %v", r.err)
					}
					continue
				}
				if r.err != nil || len(r.problems) > 0 || !known != (len(r.notices) == 1) {
					t.Fatalf("%v: %v, problems %q, notices %q", fault, r.err, r.problems, r.notices)
				}
				w.same(a, to)
			}
		}
	}
}
