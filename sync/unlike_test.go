package sync_test

import (
	"fmt"
	"strings"
	"testing"

	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/reason"
)

// lookalikes are a few trees that were filled by hand: f has one size and mtime everywhere,
// and other bytes in each.
func lookalikes(t *testing.T, seed uint64, trees int) (*world, []*site) {
	w := newWorld(t, seed, trees)
	mtime := w.sites[0].now()
	for _, s := range w.sites {
		s.write("f", "by "+s.name)
		s.touch("f", mtime)
		s.write("same", "in all")
		s.touch("same", mtime)
	}
	return w, w.sites
}

// unlikes is which trees a run has said of that f differs there.
func unlikes(t *testing.T, r *run) (names []string) {
	t.Helper()
	if r.err != nil {
		t.Fatal(r.err)
	}
	for _, p := range r.problems {
		name, ok := strings.CutSuffix(p, " f: "+reason.Unlike.Error())
		if !ok {
			t.Fatalf("another problem: %s; changes %q, all %q", p, r.changes, r.problems)
		}
		names = append(names, name)
	}
	return names
}

// Files that were taken for equal when the trees met, whichever way: a one-way run that reads
// them names them, whichever version each tree goes by, and so do all that follow.
func TestOneWayNamesWhatIsUnlike(t *testing.T) {
	for seed := range uint64(8) {
		for _, met := range []peer.Mode{peer.OneWay, peer.Mirror, peer.TwoWay} {
			w, s := lookalikes(t, seed, 2)
			if got := unlikes(t, w.sync(latussync.Options{Mode: met}, s...)); len(got) > 0 {
				t.Fatalf("met: %q", got)
			}
			for _, checksum := range []bool{true, true, false} {
				r := w.sync(latussync.Options{Mode: peer.OneWay, Checksum: checksum}, s...)
				if got := fmt.Sprint(unlikes(t, r)); got != "[B]" {
					t.Fatalf("seed %d, met in mode %v, checksum %t: %s", seed, met, checksum, got)
				}
			}
			if got := s[1].look()["f"].text; got != "by B" {
				t.Fatalf("B has %q", got)
			}
			w.hours++
			s[0].touch("f", s[0].now())
			w.sync(latussync.Options{Mode: peer.OneWay}, s...)
			if got := s[1].look()["f"].text; got != "by A" || !s[1].contents(false)["by B"] {
				t.Fatalf("seed %d, met in mode %v: touched, and B has %q", seed, met, got)
			}
		}
	}
}

// What the other tree's user put in the place of a file, of its size and mtime, is an edit.
func TestOneWayLeavesEditsThatLookAlike(t *testing.T) {
	for _, between := range []bool{false, true} {
		w := newWorld(t, 1, 2)
		s := w.sites
		s[0].write("f", "by A")
		w.two(s...)
		mtime := s[1].look()["f"].mtime
		if between {
			s[1].write("f", "another one by B")
			w.sync(latussync.Options{Mode: peer.OneWay, Checksum: true}, s...)
		}
		s[1].remove("f")
		s[1].write("f", "by B")
		s[1].touch("f", mtime)
		for range 2 {
			if got := unlikes(t, w.sync(latussync.Options{Mode: peer.OneWay, Checksum: true}, s...)); len(got) > 0 {
				t.Fatalf("unlike: %q", got)
			}
		}
		if got := s[1].look()["f"].text; got != "by B" {
			t.Fatalf("B has %q", got)
		}
	}
}

// A mirror that reads what was taken for equal puts back what differs, once; the trees that it
// was put right in are as the first one from then on, for everybody.
func TestMirrorPutsBackWhatIsUnlike(t *testing.T) {
	for seed := range uint64(8) {
		for _, met := range []peer.Mode{peer.OneWay, peer.Mirror, peer.TwoWay} {
			for _, known := range []bool{false, true} {
				w, s := lookalikes(t, seed, 3)
				w.sync(latussync.Options{Mode: met}, s...)
				if known {
					w.sync(latussync.Options{Checksum: true}, s...)
				}
				first := s[0].text("f") // by who has won, if it has come to a conflict
				for i := range 2 {
					r := w.sync(latussync.Options{Mode: peer.Mirror, Checksum: true}, s...)
					if got := unlikes(t, r); len(got) > 0 || i > 0 && len(r.changes) > 0 {
						t.Fatalf("seed %d, met in mode %v, run %d: changes %q, unlike in %q", seed, met, i, r.changes, got)
					}
					w.same(s...)
				}
				for _, b := range s[1:] {
					if got := b.look()["f"].text; got != first || !b.contents(false)["by "+b.name] {
						t.Fatalf("seed %d, met in mode %v: %s has %q", seed, met, b.name, got)
					}
				}
				for _, checksum := range []bool{false, true} {
					if r := w.sync(latussync.Options{Checksum: checksum}, s...); len(r.changes)+len(unlikes(t, r)) > 0 {
						t.Fatalf("seed %d, met in mode %v: changes %q, problems %q", seed, met, r.changes, r.problems)
					}
				}
			}
		}
	}
}
