package index

import (
	"errors"
	"strings"
	"testing"
)

// TestFaults fails every changing call in turn: the commit tells it, nothing has
// taken effect, and the same commit works afterwards, unless a sync failed.
func TestFaults(t *testing.T) {
	for _, short := range []int{0, 1, 150, 1 << 20} {
		for n := 1; ; n++ {
			s := newMemory()
			s.short = short
			x := mustLoad(t, s)
			g, entries := synced(3, false)
			author(t, x, g, entries[:1])
			want := tell(x)
			calls, failed := 0, ""
			s.fail = func(call string) error {
				if calls++; calls >= n && calls < n+2 {
					failed += call + " "
					return errFault
				}
				return nil
			}
			tx := x.Begin()
			tx.Generation(gen(7, 1, 7))
			tx.Put(entries[1])
			tx.Done(entries[0].Path, Witness{Kind: File, Inode: 5}, g.GenID, Hash{1})
			err := tx.Commit(true)
			if failed == "" {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
			if !errors.Is(err, errFault) {
				t.Fatalf("%s failed: %v", failed, err)
			}
			wantTold(t, tell(x), want)
			s.fail = nil
			if y, _, err := Load(s.clone(), false); err != nil || y.Len() != 1 && !strings.Contains(failed, "truncate") {
				t.Fatalf("%s failed: loaded %d entries, %v", failed, y.Len(), err)
			}
			err = tx.Commit(true)
			if strings.Contains(failed, "sync") {
				if err == nil {
					t.Fatal("a commit after a failed sync succeeded")
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s failed, then: %v", failed, err)
			}
			if x.Len() != 2 || x.Get(entries[0].Path).Witness.Inode != 5 {
				t.Fatalf("%s failed: the second commit had no effect", failed)
			}
			wantTold(t, tell(mustLoad(t, s)), tell(x))
		}
	}
}

// TestCompactFaults fails every changing call of a compaction in turn: the index
// stays whole, on disk and in memory, and goes on.
func TestCompactFaults(t *testing.T) {
	for n := 1; ; n++ {
		s := newMemory()
		past(t, s)
		x := mustLoad(t, s)
		tx := x.Begin()
		tx.Put(dir("unsynced"))
		if err := tx.Commit(false); err != nil {
			t.Fatal(err)
		}
		want := tell(x)
		failed := ""
		s.failNth(n, &failed)
		err := x.rewrite(baseFormat)
		s.fail = nil
		if (err != nil) != (failed != "") {
			t.Fatalf("%q failed: %v", failed, err)
		}
		wantTold(t, tell(x), want)
		forgetTimes(want.Gens)
		y := tell(mustLoad(t, s.clone()))
		forgetTimes(y.Gens)
		wantTold(t, y, want)
		tx = x.Begin()
		tx.Put(dir("after"))
		commit(t, tx)
		if mustLoad(t, s).Get("after") == nil {
			t.Fatalf("%q failed: the index does not go on", failed)
		}
		if failed == "" {
			break
		}
	}
}

// failNth has the n-th changing call from now on fail, and notes in failed which it is.
func (s *memory) failNth(n int, failed *string) {
	calls := 0
	s.fail = func(call string) error {
		if calls++; calls == n {
			*failed = call
			return errFault
		}
		return nil
	}
}
