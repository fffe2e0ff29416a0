package sync_test

import (
	"errors"
	"fmt"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/tree"
)

// furnishMany has a user put n files into a tree, a hundred in each directory: those of which text
// says what is in them.
func (s *site) furnishMany(n int, text func(i int) string) {
	for i := 0; i < n; i += 100 {
		dir := index.Path(fmt.Sprintf("d%03d", i/100))
		s.mkdir(dir)
		s.in(dir, func(d tree.Dir) error {
			for k := i; k < min(i+100, n); k++ {
				content := text(k)
				if content == "" {
					continue
				}
				f, err := d.Create(fmt.Sprintf("f%02d", k%100), 0o644)
				if err != nil {
					return err
				}
				_, err = f.Write([]byte(content))
				if err := errors.Join(err, f.Chtime(1_500_000_000_000_000_000+int64(k)), f.Close()); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// Trees with so many files that the work on them is divided come to the same, whichever of
// them is the first.
func TestManyFilesMeet(t *testing.T) {
	for _, order := range [][]int{{0, 1}, {1, 0}, {0, 1, 2}, {2, 0, 1}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			const hundreds = 25
			w := newWorld(t, 5, 3)
			for k, s := range w.sites {
				s.furnishMany(hundreds*100, func(i int) string {
					switch {
					case k > 0 && i%100 == k:
						return "" // not here
					case i%100 == 90+k:
						return "another one, by the looks of it"
					}
					return "the same"
				})
			}
			var sites []*site
			for _, i := range order {
				sites = append(sites, w.sites[i])
			}
			r := w.two(sites...)
			w.same(sites...)
			if len(r.conflicts) != hundreds*len(sites) {
				t.Errorf("%d conflicts", len(r.conflicts))
			}
			for i := range r.conflicts[1:] {
				a, b := r.conflicts[i].Path, r.conflicts[i+1].Path
				if a == b || len(sites) == 2 && index.Compare(a, b) > 0 {
					t.Fatalf("%q was reported before %q", a, b)
				}
			}
			if r := w.sync(latussync.Options{Checksum: true}, sites...); r.err != nil || r.Changes+len(r.conflicts)+len(r.problems) > 0 {
				t.Errorf("not done: %v, %q, %v, %q", r.err, r.changes, r.conflicts, r.problems)
			}
		})
	}
}

// BenchmarkMeet lets two trees with the same files, in memory, meet for the first time.
func BenchmarkMeet(b *testing.B) {
	const n = 20_000
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b, 5, 2)
		for _, s := range w.sites {
			s.furnishMany(n, func(int) string { return "the same" })
		}
		b.StartTimer()
		if r := w.two(w.sites...); r.Changes > 0 {
			b.Fatal(r.changes)
		}
	}
}
