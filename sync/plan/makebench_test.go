package plan

import (
	"fmt"
	"slices"
	"testing"

	"latus/index"
)

// shelves is a shelf of so many directories with so many files each, put there by
// dir and file, as what Make is given.
func shelves(dirs, files int, dir func(shelf, index.Path), file func(s shelf, p index.Path, n int)) Input {
	s := shelf{}
	for d := range dirs {
		at := index.Path(fmt.Sprintf("d%04d", d))
		dir(s, at)
		for f := range files {
			file(s, at.Join(fmt.Sprintf("f%02d", f)), files*d+f)
		}
	}
	in := s.input()
	in.Entries = slices.Values(slices.Collect(s.all()))
	return in
}

func atRest(dirs, files int) Input {
	return shelves(dirs, files,
		func(s shelf, p index.Path) { s.has(p, dirHead(old)) },
		func(s shelf, p index.Path, n int) { s.has(p, fileHead(old, n)) })
}

// A tree at rest costs one pass and no memory for its entries.
func TestMakeAllocatesNothingAtRest(t *testing.T) {
	in := atRest(20, 50)
	if n := testing.AllocsPerRun(10, func() { Make(in) }); n > 30 {
		t.Errorf("%.0f allocations for 1000 files at rest", n)
	}
	if p := Make(in); p.Files != 1000 {
		t.Errorf("%d files, not 1000", p.Files)
	}
}

func BenchmarkMakeAtRest(b *testing.B) { benchmarkMake(b, atRest(1000, 100)) }

func BenchmarkMakeFirstSync(b *testing.B) {
	benchmarkMake(b, shelves(1000, 100,
		func(s shelf, p index.Path) { s.gets(p, dirHead(news)) },
		func(s shelf, p index.Path, n int) { s.gets(p, fileHead(news, n)) }))
}

func benchmarkMake(b *testing.B, in Input) {
	b.ReportAllocs()
	for b.Loop() {
		Make(in)
	}
}
