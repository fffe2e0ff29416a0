package merge

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

// BenchmarkSmallFiles creates 20,000 files of 4 KiB in 200 directories.
func BenchmarkSmallFiles(b *testing.B) {
	s := &story{was: state{}, shall: state{}}
	for d := range 200 {
		p := index.Path(fmt.Sprintf("dir%03d", d))
		s.shall[p] = dir()
		for f := range 100 {
			s.shall[p.Join(fmt.Sprintf("file%03d", f))] = file(strings.Repeat(fmt.Sprintf("%03d%05d", d, f), 512))
		}
	}
	for b.Loop() {
		b.StopTimer()
		disk, err := tree.OpenDisk(b.TempDir())
		must(b, err)
		begin(b, s, disk)
		w := open(b, s, disk, disk)
		j := w.job("run")
		b.StartTimer()
		res, err := Apply(context.Background(), j)
		must(b, err)
		if len(res.Problems) > 0 || res.Done != len(s.shall) {
			b.Fatal(res.Problems)
		}
		b.StopTimer()
		w.close()
		disk.Close()
		b.StartTimer()
	}
}
