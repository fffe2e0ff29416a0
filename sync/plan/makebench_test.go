package plan

import (
	"fmt"
	"slices"
	"testing"

	"latus/index"
)

// A tree at rest costs one pass and no memory for its entries.
func TestMakeAllocatesNothingAtRest(t *testing.T) {
	s := shelf{}
	for d := range 20 {
		dir := index.Path(fmt.Sprintf("d%02d", d))
		s.has(dir, dirHead(old))
		for f := range 50 {
			s.has(dir.Join(fmt.Sprintf("f%02d", f)), fileHead(old, f))
		}
	}
	var es []*index.Entry
	for e := range s.all() {
		es = append(es, e)
	}
	in := s.input()
	in.Entries = slices.Values(es)
	if n := testing.AllocsPerRun(10, func() { Make(in) }); n > 30 {
		t.Errorf("%.0f allocations for %d entries at rest", n, len(es))
	}
	if p := Make(in); p.Files != 1000 {
		t.Errorf("%d files, not 1000", p.Files)
	}
}

func BenchmarkMakeAtRest(b *testing.B) {
	s := shelf{}
	for d := range 1000 {
		dir := index.Path(fmt.Sprintf("d%04d", d))
		s.has(dir, dirHead(old))
		for f := range 100 {
			s.has(dir.Join(fmt.Sprintf("f%02d", f)), fileHead(old, f))
		}
	}
	var es []*index.Entry
	for e := range s.all() {
		es = append(es, e)
	}
	in := s.input()
	in.Entries = slices.Values(es)
	b.ReportAllocs()
	for b.Loop() {
		Make(in)
	}
}

func BenchmarkMakeFirstSync(b *testing.B) {
	s := shelf{}
	for d := range 1000 {
		dir := index.Path(fmt.Sprintf("d%04d", d))
		s.gets(dir, dirHead(news))
		for f := range 100 {
			s.gets(dir.Join(fmt.Sprintf("f%02d", f)), fileHead(news, 100*d+f))
		}
	}
	var es []*index.Entry
	for e := range s.all() {
		es = append(es, e)
	}
	in := s.input()
	in.Entries = slices.Values(es)
	b.ReportAllocs()
	for b.Loop() {
		Make(in)
	}
}
