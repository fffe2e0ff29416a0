package plan

import (
	"strings"
	"testing"

	"latus/index"
)

// Whoever kept a loser apart is not taken for its author; whoever gave a file a name that
// looks like it, is.
func TestDecided(t *testing.T) {
	loser := fileHead(old, 1)
	loser.Mtime = 1732280000_123456789
	for _, p := range []index.Path{
		"a", "d/r.tar.gz", ".profile", "d/x (conflict h 2024-01-01 00-00-00).txt", "no.extension" + index.Path(strings.Repeat("n", 40)),
		index.Path(strings.Repeat("ö", 120)) + ".txt",
	} {
		taken := map[index.Path]bool{}
		e := &index.Entry{Path: p, Heads: []index.Head{loser, fileHead(news, 2)}}
		for range 3 {
			kept, _ := KeepApart(e, loser, "ho st: 7", Authoring{Gen: ours, Now: 5}, func(p index.Path) bool { return taken[p] })
			taken[kept.Path] = true
			if len(kept.Path.Base()) > 255 {
				t.Errorf("%q is too long", kept.Path)
			}
			if got := Decided(kept.Path, kept.Heads[0]); got != old {
				t.Errorf("%q is said to be by %v", kept.Path, got)
			}
		}
	}
	moved := from(loser, "d/f.txt", old)
	for p, want := range map[index.Path]index.GenID{
		"d/f.txt": old,
		"d/f (conflict h 2024-11-22 12-53-20).txt":      old,
		"d/f (conflict h 2024-11-22 12-53-20 12).txt":   old,
		"d/f (conflict h 2024-11-22 12-53-20 x).txt":    {},
		"d/f (conflict of interest).txt":                {},
		"d/f (conflict 2024-11-22 12-53-20)).txt":       {},
		"d/f (conflict h 2024-11-22 12-53-20).text":     {},
		"d/g (conflict h 2024-11-22 12-53-20).txt":      {},
		"e/f (conflict h 2024-11-22 12-53-20).txt":      {},
		"d/f (conflict h 2024-11-22 12-53-21).txt":      {},
		"d/f (conflict h 2024-11-22 12-53-20) copy.txt": {},
		"d/f.txt (conflict h 2024-11-22 12-53-20)":      {},
		"d/g.txt": {},
	} {
		if got := Decided(p, moved); got != want {
			t.Errorf("%q is said to be by %v", p, got)
		}
	}
	if Decided("a", loser) != (index.GenID{}) {
		t.Error("what has no origin is no decision")
	}
}
