package index

import "testing"

// outgrowing is an index of n entries in s, and a transaction that replaces all of them
// and drops one.
func outgrowing(t testing.TB, s Store, n int) (*Index, *Tx) {
	g, entries := synced(n, false)
	x := mustLoad(t, s)
	author(t, x, g, entries)
	return x, replacing(x, entries)
}

func replacing(x *Index, entries []*Entry) *Tx {
	g := Generation{GenID: GenID{7, 8}, Seq: 1, Time: 1_790_000_000_000_000_001}
	tx := x.Begin()
	tx.Generation(g)
	for _, e := range entries[1:] {
		n := *e
		n.Heads = []Head{e.Heads[0]}
		n.Heads[0].Gen = g.GenID
		tx.Put(&n)
	}
	tx.Drop(entries[0].Path)
	return tx
}

const plenty = 12_000 // entries, more than 1 MiB of them

// TestOutgrown checks that a file of which a transaction leaves little is written anew with it,
// and that nothing is left to compact.
func TestOutgrown(t *testing.T) {
	s := newMemory()
	x, tx := outgrowing(t, s, plenty)
	before := x.All()
	commit(t, tx)
	if e := first(before); e == nil || e.Heads[0].Gen.Author == 7 {
		t.Fatalf("who had begun to read found %+v", e)
	}
	want := tell(x)
	if got := len(want.Entries); got != plenty-1 {
		t.Fatalf("%d entries are left", got)
	}
	y := mustLoad(t, s)
	got := tell(y)
	forgetTimes(want.Gens)
	forgetTimes(got.Gens)
	wantTold(t, got, want)
	if y.journal.lines > plenty+4 {
		t.Fatalf("%d lines are left", y.journal.lines)
	}
	if y.sums != x.sums || y.journal.size != x.journal.size || y.journal.digits != x.journal.digits || y.journal.overhead != x.journal.overhead {
		t.Fatalf("loaded as\n%+v, want\n%+v", y.journal, x.journal)
	}
	tx = x.Begin()
	tx.Put(dir("after"))
	commit(t, tx)
	if got := mustLoad(t, s); got.Len() != plenty || got.Digest() != x.Digest() {
		t.Fatal("the file does not go on")
	}
}

func first(all func(func(*Entry) bool)) *Entry {
	for e := range all {
		return e
	}
	return nil
}

// TestDroppedLast checks that what only drops entries leaves nothing to compact either, and
// that a few others among many are appended.
func TestDroppedLast(t *testing.T) {
	for _, drops := range []bool{true, false} {
		s := newMemory()
		g, entries := synced(3*plenty, false)
		x := mustLoad(t, s)
		author(t, x, g, entries)
		for _, round := range [][]*Entry{entries[:plenty], entries[:plenty]} {
			tx := x.Begin()
			tx.Put(dir("beside"))
			for _, e := range round {
				tx.Put(e)
			}
			commit(t, tx)
		}
		tx := x.Begin()
		for _, e := range entries[:plenty/2] {
			tx.Drop(e.Path)
		}
		if !drops {
			tx.Put(dir("last"))
		}
		commit(t, tx)
		y := mustLoad(t, s)
		if y.Len() != x.Len() || y.Digest() != x.Digest() {
			t.Fatal("the file tells another index")
		}
		if live := 3*plenty + 1 - plenty/2; drops != (y.journal.lines < live+10) {
			t.Fatalf("%d lines tell of %d entries", y.journal.lines, live)
		}
	}
}

// TestOutgrownFaults fails every changing call of such a commit in turn: it has no effect, and
// is possible again; but for the last one, after which nobody knows.
func TestOutgrownFaults(t *testing.T) {
	for n := 1; ; n++ {
		s := newMemory()
		x, tx := outgrowing(t, s, plenty)
		was := tell(x)
		failed := ""
		s.failNth(n, &failed)
		err := tx.Commit(true)
		s.fail = nil
		if (err != nil) != (failed != "") {
			t.Fatalf("%q failed: %v", failed, err)
		}
		if failed == "" {
			return
		}
		wantTold(t, tell(x), was)
		if err := tx.Commit(true); (err != nil) != (failed == "syncdir") {
			t.Fatalf("%q failed, then: %v", failed, err)
		}
		if got := mustLoad(t, s).Len(); got != plenty-1 {
			t.Fatalf("%q failed, then %d entries were loaded", failed, got)
		}
	}
}

// BenchmarkReplaced commits what a merge brings to a tree of which it changes everything.
func BenchmarkReplaced(b *testing.B) {
	const n = 100_000
	g, entries := synced(n, false)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		x := mustLoad(b, newMemory())
		author(b, x, g, entries)
		b.StartTimer()
		if err := replacing(x, entries).Commit(true); err != nil {
			b.Fatal(err)
		}
	}
}
