package sync_test

import (
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

// Where a run did not get that far, or left something, an edit in the same tick is seen all
// the same.
func TestEditInTheTickOfARunThatWasCutOff(t *testing.T) {
	can := memory.Capable()
	can.Clock = 2e9
	can.DOSNames = true
	o := latussync.Options{MaxDelete: off}
	found := 0
	for n := 0; ; n++ { // 0: never
		w := newWorld(t, 1, 1)
		a, b := w.sites[0], w.add("B", memory.WithTraits(can))
		a.write("con", "withheld")
		a.write("f", "w0")
		w.sync(o, a, b)
		a.write("f", "w1")
		a.touch("f", a.now()+int64(time.Second))
		b.slept = 0
		b.mem.StopAt(n)
		r := w.sync(o, a, b)
		b.mem.Restart()
		if n == 0 && b.slept == 0 {
			t.Error("a run that leaves a name did not wait")
		}
		if n > 0 && r.err == nil {
			break
		}
		open := 0
		b.index(func(x *index.Index) { open = len(x.Intents()) })
		if n == 0 || b.look()["f"].text != "w1" || open == 0 {
			continue
		}
		found++
		mtime := b.look()["f"].mtime
		b.write("f", "e2")
		b.touch("f", mtime)
		w.sync(o, a, b)
		w.sync(o, a, b)
		if !a.contents(false)["e2"] || !b.contents(false)["e2"] {
			t.Errorf("stopped at %d: the edit was not seen: %q, %q", n, a.look()["f"].text, b.look()["f"].text)
		}
	}
	if found == 0 {
		t.Error("never stopped between the new version and the end")
	}
}
