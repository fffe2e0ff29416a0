package sync_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/replica"
	"latus/sync/trash"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// resolve settles a conflict on one tree.
func (s *site) resolve(p index.Path, keep int) error {
	s.w.hours++
	random := rand.NewChaCha8([32]byte{byte(s.w.rand.Uint32())})
	settled, err := replica.Resolve(context.Background(), "/"+s.name, []index.Path{p}, keep, s.options(random))
	if err != nil {
		return err
	}
	return settled[0].Err
}

// giveUp lets go of bytes that are not in the tree, and says what is left at p.
func (s *site) giveUp(p index.Path) (replica.Settled, error) {
	settled, err := replica.GiveUp(context.Background(), "/"+s.name, []index.Path{p}, s.options(s.random()))
	if err != nil {
		return replica.Settled{}, err
	}
	return settled[0], nil
}

// Each side of a conflict can be chosen on any tree, and then is what all have.
func TestResolve(t *testing.T) {
	for keep := 1; keep <= 2; keep++ {
		for at := range 3 {
			w, s := three(t, "ABC")
			w.two(s...)
			s[0].write("two", "by A")
			s[1].write("two", "by B, later")
			w.two(s...)
			if err := s[at].resolve("two", keep); err != nil {
				t.Fatal(err)
			}
			want := []string{"by B, later", "by A"}[keep-1]
			if got := s[at].look()["two"].text; got != want {
				t.Fatalf("%q, chosen was %q", got, want)
			}
			if err := s[at].resolve("two", 1); err == nil {
				t.Fatal("it is settled, and can be settled again")
			}
			w.two(s[at], s[(at+1)%3])
			w.two(s[(at+1)%3], s[(at+2)%3])
			w.same(s...)
			if got := s[0].look()["two"].text; got != want {
				t.Fatalf("everywhere %q, chosen was %q", got, want)
			}
			if r := w.two(s...); r.Changes+len(r.conflicts) > 0 {
				t.Fatalf("and then %q, %v", r.changes, r.conflicts)
			}
		}
	}
}

// tamper changes the index of a tree behind the engine's back.
func (s *site) tamper(do func(x *index.Index, tx *index.Tx)) {
	s.w.t.Helper()
	s.in(index.Private, func(d tree.Dir) error {
		x, _, err := index.Load(tree.Store(d), false)
		if err != nil {
			return err
		}
		defer x.Close()
		tx := x.Begin()
		do(x, tx)
		return tx.Commit(true)
	})
}

// Trees that have merged the same and yet do not hold the same list everything.
func TestFullListing(t *testing.T) {
	for _, hurt := range []int{0, 1} {
		for _, order := range [][]int{{0, 1}, {1, 0}, {0, 1, 2}, {2, 1, 0}} {
			w, s := three(t, "ABC")
			w.two(s...)
			s[hurt].tamper(func(x *index.Index, tx *index.Tx) { tx.Drop("two") })
			s[hurt].remove("two")
			var sites []*site
			for _, i := range order {
				sites = append(sites, s[i])
			}
			w.two(sites...)
			w.same(sites...)
			if r := w.two(sites...); r.Changes+r.Problems > 0 || r.Unequal {
				t.Fatalf("%v: and then %q, %q", order, r.changes, r.problems)
			}
		}
	}
}

// Copies of one tree that both went on have one name and two histories.
func TestForkedHistories(t *testing.T) {
	for _, order := range [][]int{{0, 1}, {1, 0}, {0, 2, 1}, {2, 0, 1}, {1, 2, 0}} {
		for _, ahead := range []int{0, 1, 3} {
			w, s := three(t, "AB")
			w.two(s...)
			b := s[0].clone("copy")
			all := []*site{s[0], b, s[1]}
			for i, x := range all[:2] {
				for n := range 1 + ahead*i {
					x.write(index.Path(fmt.Sprintf("new%d%d", i, n)), fmt.Sprint("of ", i, n))
					w.two(x, w.add(fmt.Sprint("aside", i, n))) // a generation of its own each
				}
			}
			s[0].remove("two")
			b.write("d/one", "changed on the copy")
			w.two(b, s[1])
			var sites []*site
			for _, i := range order {
				sites = append(sites, all[i])
			}
			w.two(sites...)
			w.same(sites...)
			got := sites[0].look()
			if _, there := got["two"]; there || got["d/one"].text != "changed on the copy" || got["new00"].text != "of 0 0" || got["new10"].text != "of 1 0" {
				t.Fatalf("%v: %v", order, got)
			}
		}
	}
}

// A loser that leaves a disk in a later run than the one that found the conflict is
// told of then, too: nobody loses a file without a word.
func TestLateLosersAreToldOf(t *testing.T) {
	t.Run("left alone at first", func(t *testing.T) {
		w, s := three(t, "AB")
		w.two(s...)
		s[0].write("two", "by A")
		s[1].write("two", "by B, later")
		for range 2 {
			if r := w.sync(latussync.Options{Conflict: plan.Fail}, s...); len(r.changes) > 0 {
				t.Fatalf("left alone, and yet %q", r.changes)
			}
		}
		w.twoTell(s, "two")
	})
	t.Run("not readable at first", func(t *testing.T) {
		w := newWorld(t, 5, 0)
		broken := true
		s := []*site{w.add("A", memory.WithHook(func(call memory.Call) error {
			if broken && call.Op == "stat" && call.Dir == "" && call.Name == "two" {
				return errIO
			}
			return nil
		})), w.add("B")}
		s[0].write("two", "by A")
		s[1].write("two", "by B, later")
		w.two(s...)
		broken = false
		w.twoTell(s, "two")
	})
	t.Run("ignored at first", func(t *testing.T) {
		w := newWorld(t, 5, 0)
		s := []*site{w.add("A"), w.add("B")}
		s[0].write(".latusignore", "two\n")
		s[0].write("two", "by A")
		s[1].write("two", "by B, later")
		w.two(s...)
		s[1].remove(".latusignore")
		w.two(s[0], s[1])
		w.twoTell(s[:2], "two")
	})
}

// twoTell syncs, and expects to hear of one conflict, once.
func (w *world) twoTell(s []*site, p index.Path) {
	w.t.Helper()
	r := w.two(s...)
	if len(r.conflicts) != 1 || r.conflicts[0].Path != p || len(r.changes) == 0 {
		w.t.Fatalf("conflicts %v, changes %q", r.conflicts, r.changes)
	}
	w.same(s...)
	if r := w.two(s...); len(r.conflicts)+len(r.changes) > 0 {
		w.t.Fatalf("and then conflicts %v, changes %q", r.conflicts, r.changes)
	}
}

// A file that lost its name to a directory is to come back when the directory goes,
// also where the run that saw it go brought nothing to that tree.
func TestAFileComesBackInALaterRun(t *testing.T) {
	w, s := three(t, "AB")
	w.two(s...)
	s[0].write("d/more", "of A")
	s[1].remove("d")
	s[1].write("d", "a file")
	w.two(s...)
	for i := range s {
		if got := s[i].look()["d"].kind; got != index.Dir {
			t.Fatalf("%s: d is a %v", s[i].name, got)
		}
	}
	s[1].remove("d")
	if r := w.sync(latussync.Options{Mode: peer.OneWay, MaxDelete: off}, s[1], s[0]); r.err != nil {
		t.Fatal(r.err)
	}
	for range 2 {
		w.two(s...)
		w.same(s...)
	}
	if got := s[1].look()["d"].text; got != "a file" {
		t.Fatalf("d is %q", got)
	}
}

// A decision that could not be carried out keeps its hold on the bytes in the trash: they
// are put in place later.
func TestResolveThatFailsLateKeepsItsBytes(t *testing.T) {
	w, s := three(t, "AB")
	w.two(s...)
	s[0].write("two", "by A")
	s[1].write("two", "by B, later")
	w.two(s...)
	b := s[1]
	broken := true
	b.mem = b.mem.Clone(memory.WithName("/B"), memory.WithClock(b.now), memory.WithHook(func(c memory.Call) error {
		if broken && c.Op == "exchange" && c.Name == "two" {
			return tree.ErrNoSpace
		}
		return nil
	}))
	if err := b.resolve("two", 2); err == nil || !strings.Contains(err.Error(), tree.ErrNoSpace.Error()) {
		t.Fatalf("resolved: %v", err)
	}
	keep, err := replica.Keep("/B", true, b.options(b.random()))
	if err != nil {
		t.Fatal(err)
	}
	tr, err := trash.Open(b.mem, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Purge(trash.PurgeOptions{Keep: keep}); err != nil {
		t.Fatal(err)
	}
	if items, _ := tr.Total(); items != 1 {
		t.Fatalf("%d items are left", items)
	}
	tr.Close()
	broken = false
	w.two(b, s[0])
	w.same(s...)
	if got := b.look()["two"].text; got != "by A" {
		t.Fatalf("%q", got)
	}
	// Now nothing needs them any more.
	if keep, err = replica.Keep("/B", false, b.options(b.random())); err != nil {
		t.Fatal(err)
	}
	if tr, err = trash.Open(b.mem, true); err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	for _, it := range tr.Items() {
		if keep(it) {
			t.Errorf("%+v is still kept", it)
		}
	}
}
