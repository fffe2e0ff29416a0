package chunk

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// piecesOf applies Match to two contents and puts the new one together again.
func piecesOf(t interface{ Fatalf(string, ...any) }, fresh []byte, olds [][]byte, cut Cut) (missing int64, regions []Region) {
	var cs [][]Chunk
	for _, old := range olds {
		cs = append(cs, split(cut, old))
	}
	pieces, regions := Match(split(cut, fresh), cs, cut.Blocks)
	var out []byte
	for _, p := range pieces {
		if p.At != int64(len(out)) {
			t.Fatalf("a piece at %d, after %d bytes", p.At, len(out))
		}
		if p.Old == Nowhere {
			missing += p.Len
			out = append(out, fresh[p.At:p.At+p.Len]...)
		} else {
			out = append(out, olds[p.Old][p.From:p.From+p.Len]...)
		}
	}
	if !bytes.Equal(out, fresh) {
		t.Fatalf("it is put together to something else")
	}
	for _, r := range regions {
		if r.Len <= 0 || r.At < 0 || r.At+r.Len > int64(len(olds[r.Old])) {
			t.Fatalf("a region that is not there: %+v", r)
		}
	}
	return missing, regions
}

func TestMatch(t *testing.T) {
	old, cut := noise(1, 4<<20), Cut{Size: usual}
	more := noise(2, 100_000)
	for name, c := range map[string]struct {
		fresh           []byte
		most            int64
		regions, within int64
	}{
		"the same":   {old, 0, 0, 0},
		"appended":   {slices.Concat(old, more), 100_000 + 64<<10, 1, 300_000},
		"inserted":   {slices.Concat(old[:2<<20], more, old[2<<20:]), 100_000 + 130<<10, 1, 600_000},
		"taken out":  {slices.Concat(old[:2<<20], old[3<<20:]), 130 << 10, 1, 600_000},
		"put before": {slices.Concat(more, old), 100_000 + 130<<10, 1, 600_000},
		"truncated":  {old[:1<<20], 64 << 10, 1, 300_000},
		"swapped":    {slices.Concat(old[2<<20:], old[:2<<20]), 260 << 10, 2, 600_000},
		"another":    {noise(9, 1<<20), 1 << 20, 1, 4 << 20},
	} {
		missing, regions := piecesOf(t, c.fresh, [][]byte{old}, cut)
		var within int64
		for _, r := range regions {
			within += r.Len
		}
		if missing > c.most || int64(len(regions)) > 2*c.regions || within > c.within {
			t.Errorf("%s: %d bytes are missing, to be looked for in %d places of %d bytes", name, missing, len(regions), within)
		}
	}
	both, _ := piecesOf(t, slices.Concat(old, more), [][]byte{more, old}, cut)
	if both > 130<<10 {
		t.Errorf("of two old contents together %d bytes are missing", both)
	}
	pages := slices.Clone(old)
	copy(pages[1<<20+5:], "changed in place")
	missing, regions := piecesOf(t, pages, [][]byte{old}, Cut{Size: usual, Blocks: true})
	if missing != usual || len(regions) != 1 || regions[0] != (Region{0, 1 << 20, usual}) {
		t.Errorf("of blocks %d bytes are missing, to be looked for in %v", missing, regions)
	}
}

// TestMatchAnything puts contents together that are made of the same parts.
func TestMatchAnything(t *testing.T) {
	parts := [][]byte{noise(1, 50_000), noise(2, 3_000), make([]byte, 70_000), noise(4, 20_000), []byte("x")}
	rapid.Check(t, func(t *rapid.T) {
		build := func(name string) (b []byte) {
			for range rapid.IntRange(0, 6).Draw(t, name) {
				b = append(b, rapid.SampledFrom(parts).Draw(t, "part")...)
			}
			return b
		}
		var olds [][]byte
		for range rapid.IntRange(0, 3).Draw(t, "olds") {
			olds = append(olds, build("old"))
		}
		piecesOf(t, build("new"), olds, Cut{Size: Smallest, Blocks: rapid.Bool().Draw(t, "blocks")})
	})
}
