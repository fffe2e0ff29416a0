package sync_test

import (
	"context"
	"errors"
	"maps"
	"testing"

	"latus/index"
	"latus/index/mergelog"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/replica"
	"latus/sync/trash"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// What changes a tree without a run (purging, restoring, forgetting) goes by what is there
// once the tree is locked, and after what a killed run left is finished.

// hooked gives s a tree that tells hook of each call.
func (s *site) hooked(hook func(memory.Call) error) {
	s.mem = s.mem.Clone(memory.WithName("/"+s.name), memory.WithClock(s.now), memory.WithHook(hook))
}

// beforeLock has do happen right before s is locked for the first time, as a run of
// another process would that ends just then.
func (s *site) beforeLock(do func()) {
	done := false
	s.hooked(func(c memory.Call) error {
		if c.Name == tree.LockName && !done {
			done = true
			do()
		}
		return nil
	})
}

// asUser is s as another process has it, that no hook is told of.
func (s *site) asUser() *site {
	u := *s
	u.mem = s.mem.User()
	return &u
}

// version is the one that p has by the index.
func (s *site) version(p index.Path) (g index.GenID) {
	s.index(func(x *index.Index) {
		h, _ := plan.Display(x.Get(p).Heads)
		g = h.Gen
	})
	return g
}

// purge empties the trash of s, but for what must stay.
func (s *site) purge() (trash.PurgeResult, error) {
	s.w.hours++
	return replica.Purge(context.Background(), "/"+s.name, s.options(s.random()), true, trash.PurgeOptions{})
}

// restore puts the newest version of p in the trash back.
func (s *site) restore(p index.Path) error {
	s.w.hours++
	_, err := replica.Restore(context.Background(), "/"+s.name, s.options(s.random()), p, func(t *trash.Trash) (trash.Item, error) {
		for _, it := range t.Items() {
			if it.Path == p {
				return it, nil
			}
		}
		return trash.Item{}, trash.ErrUnknown
	})
	return err
}

// cutOff are two trees of which the second was killed while it updated p: what a user had
// just made of p was taken away with the old version, and nobody has looked at it.
func cutOff(t *testing.T) (w *world, b *site) {
	w = newWorld(t, 1, 1)
	a := w.sites[0]
	steps := memory.Capable()
	steps.Exchange = false
	b = w.add("B", memory.WithTraits(steps))
	a.write("p", "first")
	w.two(a, b)
	a.write("p", "second")
	edited := false
	b.hooked(func(c memory.Call) error {
		switch {
		case c.Op == "rename" && c.Dir == "" && !edited: // p, into the trash
			edited = true
			b.write("p", "by the user of B")
		case edited && c.Op == "stat" && c.Dir.Under(index.Private+"/trash"):
			return tree.ErrStopped
		}
		return nil
	})
	if r := w.sync(latussync.Options{MaxDelete: off}, a, b); !errors.Is(r.err, tree.ErrStopped) {
		t.Fatal(r.err, r.problems)
	}
	b.hooked(nil)
	if got := b.text("p"); got != "" {
		t.Fatalf("p is %q", got)
	}
	return w, b
}

func TestPurgeAfterAKill(t *testing.T) {
	w, b := cutOff(t)
	if _, err := b.purge(); err != nil {
		t.Fatal(err)
	}
	if got := b.text("p"); got != "by the user of B" {
		t.Errorf("p is %q", got)
	}
	w.two(w.sites...)
	w.same(w.sites...)
}

func TestRestoreAfterAKill(t *testing.T) {
	w, b := cutOff(t)
	b.write("q", "by the user")
	if err := b.restore("q"); !errors.Is(err, trash.ErrUnknown) {
		t.Fatal(err)
	}
	if got := b.text("p"); got != "by the user of B" {
		t.Errorf("p is %q", got)
	}
	w.two(w.sites...)
	w.same(w.sites...)
}

// A dry run, which finishes nothing, does not promise to remove it either.
func TestKeepAfterAKill(t *testing.T) {
	_, b := cutOff(t)
	keep, err := replica.Keep("/B", true, b.options(b.random()))
	if err != nil {
		t.Fatal(err)
	}
	tr, err := trash.Open(b.mem, true)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	if its := tr.Items(); len(its) != 1 || !keep(its[0]) {
		t.Errorf("%+v, and not all are kept", its)
	}
}

// The version that a restore displaces is the one that a run has just brought.
func TestRestoreRightAfterARun(t *testing.T) {
	w, s := three(t, "AB")
	a, b := s[0], s[1]
	a.write("p", "first")
	w.two(a, b)
	a.write("p", "second")
	w.two(a, b)
	a.write("p", "third")
	b.beforeLock(func() { w.two(a, b.asUser()) })
	if err := b.restore("p"); err != nil {
		t.Fatal(err)
	}
	if got := b.text("p"); got != "first" && got != "second" {
		t.Fatalf("p is %q", got)
	}
	third := a.version("p")
	tr, err := trash.Open(b.mem, true)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	if it, ok := tr.Find("p", third); !ok || it.Why != "replaced" {
		t.Errorf("the third version is not known in the trash: %+v", tr.Items())
	}
}

// What a run has just written down of others is not forgotten.
func TestForgetRightAfterARun(t *testing.T) {
	w, s := three(t, "ABC")
	a, b, c := s[0], s[1], s[2]
	a.write("p", "first")
	w.two(a, b)
	b.beforeLock(func() { w.two(b.asUser(), c) })
	if _, err := b.forget("hostA:A"); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range b.config().Peers {
		names = append(names, m.Name)
	}
	if len(names) != 2 {
		t.Errorf("B has met %q", names)
	}
}

// A tree that is at work is neither purged nor restored to.
func TestHeldTreeIsLeftAlone(t *testing.T) {
	w, s := three(t, "AB")
	s[0].write("p", "first")
	w.two(s...)
	s[0].write("p", "second")
	w.two(s...)
	held, err := tree.Lock(s[1].mem.User(), true)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Unlock()
	before := s[1].trashed()
	_, purged := s[1].purge()
	for _, err := range []error{purged, s[1].restore("p")} {
		var no *peer.Refusal
		if !errors.As(err, &no) || no.Cause != peer.Busy {
			t.Error(err)
		}
	}
	if !maps.Equal(s[1].trashed(), before) {
		t.Error("the trash is not as it was")
	}
}

// What is in place and cannot be made durable, or told to be done, is no success.
func TestRestoreThatIsNotDurable(t *testing.T) {
	w, s := three(t, "AB")
	s[0].write("d/p", "first")
	w.two(s...)
	s[0].write("d/p", "second")
	w.two(s...)
	s[1].hooked(func(c memory.Call) error {
		if c.Op == "sync" && c.Dir == "" && c.Name == "" { // the whole tree
			return tree.ErrNoSpace
		}
		return nil
	})
	if err := s[1].restore("d/p"); !errors.Is(err, tree.ErrNoSpace) {
		t.Error(err)
	}
}

// The log tells that something was restored without all that it had.
func TestRestoreWithoutAttributes(t *testing.T) {
	w := newWorld(t, 1, 0)
	w.attrs = true
	a, b := w.add("A", memory.WithAttrs()), w.add("B", memory.WithAttrs())
	a.write("p", "first")
	attrs, err := index.MakeAttrs([]index.Attr{{Name: "user.tag", Value: "first"}})
	if err != nil {
		t.Fatal(err)
	}
	a.attribute("p", attrs)
	w.two(a, b)
	a.write("p", "second")
	w.two(a, b)
	b.hooked(func(c memory.Call) error {
		if c.Op == "setattrs" {
			return tree.ErrNoSpace
		}
		return nil
	})
	if err := b.restore("p"); err != nil || b.text("p") != "first" {
		t.Fatalf("%v, p is %q", err, b.text("p"))
	}
	if end := b.lastRun().End; end.Changes != 1 || end.Problems != 1 || end.Exit != mergelog.ExitLeft {
		t.Errorf("%+v", end)
	}
}

// lastRun is what the log tells of it.
func (s *site) lastRun() (last mergelog.Run) {
	s.in(index.Private, func(d tree.Dir) error {
		return mergelog.ReadRuns(tree.Store(d), func(r mergelog.Run) bool {
			last = r
			return false
		})
	})
	return last
}
