package sync_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// Of what an ignore file left alone, and leaves alone as it is now, nothing is looked at when it
// changes; nor is it of what it never did.
func TestChangedRulesLookAtNoMoreThanTheyMust(t *testing.T) {
	w := newWorld(t, 1, 1)
	var looks atomic.Int64
	a, b := w.sites[0], w.add("B", memory.WithHook(func(c memory.Call) error {
		if c.Op == "stat" {
			looks.Add(1)
		}
		return nil
	}))
	a.write(filter.File, "*.o\n*.tmp\n")
	a.mkdir("d")
	w.two(a, b)
	b.in("d", func(d tree.Dir) error {
		for i := range 500 {
			for _, name := range []string{"f%d.o", "f%d.c"} {
				f, err := d.Create(fmt.Sprintf(name, i), 0o644)
				if err := first(err, f.Close()); err != nil {
					return err
				}
			}
		}
		return nil
	})
	b.write("d/x.tmp", "text")
	w.two(a, b)
	looks.Store(0)
	w.two(a, b)
	usual := looks.Load()
	a.write(filter.File, "*.o\n")
	looks.Store(0)
	r := w.two(a, b)
	if len(r.problems) != 1 {
		t.Errorf("%q", r.problems)
	}
	if n := looks.Load() - usual; n > 100 {
		t.Errorf("%d looks more than usual", n)
	}
	if r = w.two(a, b); a.look()[index.Path("d/x.tmp")].text != "text" {
		t.Errorf("%q", r.problems)
	}
}

// Where a pattern leaves alone all files or all directories, each new thing of the other kind
// might be in the way of one of them: they are listed once.
func TestInTheWayIsListedOnce(t *testing.T) {
	w := newWorld(t, 1, 1)
	var looks atomic.Int64
	a, b := w.sites[0], w.add("B", memory.WithHook(func(c memory.Call) error {
		if c.Op == "stat" || c.Op == "opendir" || c.Op == "list" {
			looks.Add(1)
		}
		return nil
	}))
	a.write("one", "text")
	w.two(a, b)
	count := func() int64 {
		looks.Store(0)
		w.two(a, b)
		return looks.Load()
	}
	make := func(name string) {
		for i := range 300 {
			a.mkdir(index.Path(fmt.Sprint(name, i)))
			a.mkdir(index.Path(fmt.Sprint(name, i, "/sub")))
		}
	}
	make("d")
	usual := count()
	a.write(filter.File, "*\n!.latusignore\n!*/\n!*.txt\n!one\n")
	w.two(a, b)
	usual += count() // what is there is looked at as well
	make("e")
	if n := count() - usual; n > 100 {
		t.Errorf("%d looks more than usual, which are %d", n, usual)
	}
}
