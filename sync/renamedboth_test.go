package sync_test

import (
	"fmt"
	"sync"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/tree/memory"
)

// TestRenamedMeanwhile has a user of one tree rename a directory that the run is about to
// rename there, at any moment of it. Both names stay, and all that was in the directory.
func TestRenamedMeanwhile(t *testing.T) {
	for _, how := range []string{"as a whole", "with something new in it", "as something appears in it", "file by file"} {
		t.Run(how, func(t *testing.T) { renamedMeanwhile(t, how) })
	}
}

func renamedMeanwhile(t *testing.T, how string) {
	w := newWorld(t, 3, 0)
	a, b := w.add("A"), w.add("B")
	a.mkdir("d")
	for i := range 6 {
		a.write(index.Path(fmt.Sprint("d/s", i)), fmt.Sprint("content of ", i))
	}
	a.write("k", "k")
	w.two(a, b)
	w.two(a, b)
	if how == "file by file" {
		a.mkdir("new")
		for i := range 6 {
			a.rename(index.Path(fmt.Sprint("d/s", i)), index.Path(fmt.Sprint("new/s", i)))
		}
		a.remove("d")
	} else {
		a.rename("d", "new")
	}
	for i := 0; i < 6; i += 2 {
		a.chmod(index.Path(fmt.Sprint("new/s", i)), 0o600)
	}
	a.write("k", "k and more")
	if how == "with something new in it" {
		b.write("d/extra", "by B")
	}
	c := &scene{world: w, o: latussync.Options{MaxDelete: off}}
	for n := 1; ; n++ {
		done := false
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w, sites := c.again()
			w.t = t
			a, b := sites[0], sites[1]
			calls := 0
			var one sync.Mutex
			at := ""
			w.hook = func(s *site, call memory.Call) error {
				one.Lock()
				defer one.Unlock()
				if s != b {
					return nil
				}
				if calls++; calls == 1 && how == "as something appears in it" {
					b.write("d/extra", "by B")
				}
				if calls == n {
					at = fmt.Sprintf("%s %s/%s", call.Op, call.Dir, call.Name)
					if b.kind("d") == index.Dir {
						b.rename("d", "other")
					} else {
						b.rename("new", "other")
					}
					done = true
				}
				return nil
			}
			w.run(c)
			w.hook = nil
			var last *run
			for range 3 {
				last = w.run(c)
				if last.err != nil {
					t.Fatal(last.err)
				}
			}
			if len(last.changes)+len(last.problems) > 0 {
				t.Fatalf("renamed at %s: the last run still changes %q, problems %q", at, last.changes, last.problems)
			}
			w.same(a, b)
		})
		if !done {
			break
		}
	}
}
