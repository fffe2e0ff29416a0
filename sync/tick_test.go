package sync_test

import (
	"math"
	"testing"
	"time"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/tree/memory"
)

// A user's edit right after a run must not fall into the tick of a coarse clock in which the
// run's file was written: nobody would see it.
func TestRunOutlastsTheTick(t *testing.T) {
	for _, c := range []struct {
		name  string
		clock int64
		age   time.Duration
		most  time.Duration
		waits bool
	}{
		{"young, on a stick", 2e9, 0, 2 * time.Second, true},
		{"young, over SFTP", 1e9, 0, time.Second, true},
		{"old", 2e9, 3 * time.Second, 0, false},
		{"as old as can be told", 2e9, math.MaxInt64, 0, false},
		{"ahead", 2e9, -time.Hour, 0, false},
		{"young, on a disk", 1, 0, 0, false},
	} {
		w := newWorld(t, 1, 1)
		can := memory.Capable()
		can.Clock = c.clock
		a, b := w.sites[0], w.add("B", memory.WithTraits(can))
		a.write("f", "w1")
		run := a.now() + int64(time.Second) // each is a second after what was before it
		mtime := run - int64(c.age)
		if c.age == math.MaxInt64 {
			mtime = math.MinInt64
		}
		a.touch("f", mtime)
		w.two(a, b)
		end := run + int64(b.slept)
		if waited := b.slept > 0; waited != c.waits || b.slept > c.most || c.waits && end < mtime-mtime%c.clock+c.clock-int64(100*time.Millisecond) {
			t.Errorf("%s: waited %v", c.name, b.slept)
		}
		if a.slept > 0 {
			t.Errorf("%s: the tree that it came from waited %v", c.name, a.slept)
		}
		if w.two(a, b); b.slept > c.most {
			t.Errorf("%s: waited again", c.name)
		}
	}
}

// A run that leaves a name waits, too.
func TestRunThatLeavesSomethingOutlastsTheTick(t *testing.T) {
	can := memory.Capable()
	can.Clock, can.DOSNames = 2e9, true
	w := newWorld(t, 1, 1)
	a, b := w.sites[0], w.add("B", memory.WithTraits(can))
	a.write("con", "withheld")
	a.write("f", "w0")
	w.two(a, b)
	a.write("f", "w1")
	a.touch("f", a.now()+int64(time.Second))
	b.slept = 0
	if r := w.two(a, b); len(r.problems) == 0 || b.slept == 0 {
		t.Errorf("%v, waited %v", r.problems, b.slept)
	}
}

// Where a run was cut off before it was through with a file, an edit in the same tick is seen
// all the same, and is one of the version that the run has brought.
func TestEditInTheTickOfARunThatWasCutOff(t *testing.T) {
	can := memory.Capable()
	can.Clock = 2e9
	for name, c := range map[string]struct{ before, change func(a *site) }{
		"create": {func(*site) {}, func(a *site) { a.write("f", "w1"); a.touch("f", a.now()+int64(time.Second)) }},
		"update": {func(a *site) { a.write("f", "w0") }, func(a *site) { a.write("f", "w1"); a.touch("f", a.now()+int64(time.Second)) }},
		"move":   {func(a *site) { a.write("g", "w1") }, func(a *site) { a.rename("g", "f") }},
		"move and chmod": {func(a *site) { a.write("g", "w1") }, func(a *site) {
			a.rename("g", "f")
			a.chmod("f", 0o600)
		}},
	} {
		found := 0
		for n := 1; ; n++ {
			w := newWorld(t, 1, 1)
			a, b := w.sites[0], w.add("B", memory.WithTraits(can))
			a.write("other", "x")
			c.before(a)
			w.two(a, b)
			c.change(a)
			w.hours++
			b.mem.StopAt(n)
			r := w.sync(latussync.Options{MaxDelete: off}, a, b)
			b.mem.Restart()
			if r.err == nil {
				break
			}
			open := 0
			b.index(func(x *index.Index) { open = len(x.Intents()) })
			if b.look()["f"].text != "w1" || open == 0 {
				continue
			}
			found++
			mtime := b.look()["f"].mtime
			b.write("f", "e2")
			b.touch("f", mtime)
			r = w.two(a, b)
			w.two(a, b)
			x, y := a.look()["f"], b.look()["f"]
			if x.text != "e2" || y.text != "e2" || len(r.conflicts) > 0 {
				t.Errorf("%s, stopped at %d: %q and %q, conflicts %v", name, n, x.text, y.text, r.conflicts)
			}
			if name == "move and chmod" && (x.mode != 0o600 || y.mode != 0o600) {
				t.Errorf("%s, stopped at %d: modes %o and %o", name, n, x.mode, y.mode)
			}
		}
		if found == 0 {
			t.Errorf("%s: never stopped between the new version and the end", name)
		}
	}
}
