package sync_test

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/tree/memory"
)

// runAhead is a run of a and b in which a began before b was there. meanwhile happens between
// the two.
func (w *world) runAhead(expected, o latussync.Options, a, b *site, meanwhile func(*replica.Replica)) *run {
	w.t.Helper()
	w.hours++
	o.Actions = true
	first := a.open()
	defer first.Close()
	first.Ahead(expected.Hello(a.name))
	meanwhile(first)
	other := b.open()
	defer other.Close()
	out := &run{sites: []*site{a, b}, lacks: map[*site][]index.Path{}}
	out.Report, out.err = latussync.Run(w.t.Context(), []peer.Member{{Spec: a.name, Replica: first}, {Spec: b.name, Replica: other}}, o, out)
	if out.err != nil || len(out.problems) > 0 {
		w.t.Fatal(out.err, out.problems)
	}
	return out
}

// A scan that began before others were there is used if they come soon, and done again
// if not, or if the run turns out to be another.
func TestScanAhead(t *testing.T) {
	for _, c := range []struct {
		name     string
		expected latussync.Options
		seconds  int64 // until b is there
		found    bool  // what was written after the scan
	}{
		{"at once", latussync.Options{}, 0, false},
		{"late", latussync.Options{}, 60, true},
		{"the clock went back", latussync.Options{}, -60, true},
		{"other patterns", latussync.Options{Filter: []string{"late"}}, 0, true},
		{"all is read", latussync.Options{Checksum: true}, 0, true},
	} {
		w := newWorld(t, 1, 2)
		a, b := w.sites[0], w.sites[1]
		a.write("old", "1")
		w.two(a, b)
		a.write("early", "2")
		w.runAhead(c.expected, latussync.Options{}, a, b, func(r *replica.Replica) {
			r.Early()
			a.write("late", "3")
			w.hours += c.seconds
		})
		now := b.look()
		if _, found := now["late"]; now["early"].text != "2" || found != c.found {
			t.Errorf("%s: %v", c.name, now)
		}
		w.two(a, b)
		if b.look()["late"].text != "3" {
			t.Errorf("%s: it did not come later", c.name)
		}
	}
}

// What others will ask about is read while they are not there yet, and only once.
func TestReadAhead(t *testing.T) {
	w := newWorld(t, 1, 1)
	var opened [3]atomic.Int32
	names := []string{"touched", "copy", "edited"}
	a, b := w.sites[0], w.add("B")
	a.mem = memory.New(memory.WithName("/A"), memory.WithClock(a.now), memory.WithHook(func(c memory.Call) error {
		if i := slices.Index(names, c.Name); i >= 0 && c.Op == "open" {
			opened[i].Add(1)
		}
		return nil
	}))
	text := strings.Repeat("a long text", 1<<17)
	for _, p := range []index.Path{"touched", "edited", "other"} {
		a.write(p, string(p)+text)
	}
	w.two(a, b)
	a.touch("touched", 1_500_000_000_000_000_000)
	a.write("edited", "edited"+text[1:]+"!")
	a.write("copy", "other"+text)
	a.write("new", text)
	a.write("small", "edited")
	for i := range opened {
		opened[i].Store(0)
	}
	var early []index.Path
	r := w.runAhead(latussync.Options{}, latussync.Options{}, a, b, func(r *replica.Replica) { early = r.Early() })
	slices.Sort(early)
	if !slices.Equal(early, []index.Path{"copy", "edited", "touched"}) {
		t.Errorf("read early: %v", early)
	}
	for _, change := range []string{"B touch touched", "B copy copy", "B update edited", "B create new"} {
		if !slices.Contains(r.changes, change) {
			t.Errorf("no %q in %v", change, r.changes)
		}
	}
	if t1, t2 := opened[0].Load(), opened[1].Load(); t1 != 1 || t2 > 2 { // the copy is told from others by a glance
		t.Errorf("touched was opened %d times, the copy %d times", t1, t2)
	}
	if d := difference(a.look(), b.look()); d != "" {
		t.Error("the trees differ: " + d)
	}
}

// Nobody waits for the scan but those who need it, and a tree that is new has one of its own
// when it was made.
func TestAheadAtOnce(t *testing.T) {
	for _, fresh := range []bool{true, false} {
		w := newWorld(t, 1, 2)
		a, b := w.sites[0], w.sites[1]
		a.write("large", strings.Repeat("x", 1<<20))
		b.write("other", "there")
		if !fresh {
			w.two(a, b)
			a.write("large", strings.Repeat("x", 1<<20)+"y")
			a.write("larger", strings.Repeat("x", 1<<20))
		}
		w.runAhead(latussync.Options{Owner: true}, latussync.Options{Xattrs: true}, a, b, func(*replica.Replica) {})
		if d := difference(a.look(), b.look()); d != "" {
			t.Errorf("fresh %v: %s", fresh, d)
		}
	}
}

// A scan that failed is not what a later run goes by.
func TestAheadFailed(t *testing.T) {
	w := newWorld(t, 1, 1)
	a, b := w.sites[0], w.add("B")
	var broken atomic.Bool
	a.mem = memory.New(memory.WithName("/A"), memory.WithClock(a.now), memory.WithHook(func(c memory.Call) error {
		if broken.Load() && c.Op == "list" && c.Dir == "" {
			return errors.New("broken")
		}
		return nil
	}))
	a.write("f", "1")
	w.two(a, b)
	a.write("g", "2")
	broken.Store(true)
	w.runAhead(latussync.Options{}, latussync.Options{}, a, b, func(r *replica.Replica) {
		r.Early()
		broken.Store(false)
	})
	if b.look()["g"].text != "2" {
		t.Error("it did not come")
	}
}

// A directory that becomes a tree in another run while this one is under way is not made
// one again.
func TestMadeMeanwhile(t *testing.T) {
	w := newWorld(t, 1, 3)
	a, b, c := w.sites[0], w.sites[1], w.sites[2]
	a.write("f", "1")
	r := a.open()
	defer r.Close()
	o := latussync.Options{}
	r.Ahead(o.Hello(a.name))
	r.Early()
	w.two(a, c)
	was := a.config()
	other := b.open()
	defer other.Close()
	out := &run{sites: []*site{a, b}}
	_, err := latussync.Run(t.Context(), []peer.Member{{Spec: "A", Replica: r}, {Spec: "B", Replica: other}}, latussync.Options{}, out)
	var no *peer.Refusal
	if !errors.As(err, &no) || no.Cause != peer.Busy {
		t.Fatal(err)
	}
	if is := a.config(); is.Peer != was.Peer || is.Group != was.Group || len(is.Peers) != len(was.Peers) {
		t.Errorf("%+v is %+v", was, is)
	}
	r.Close()
	other.Close()
	if w.two(a, b, c); b.look()["f"].text != "1" {
		t.Error("it did not come")
	}
}
