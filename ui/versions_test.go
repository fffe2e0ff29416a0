package ui

import (
	"slices"
	"testing"
	"time"

	"latus/index"
)

// What reads the same and is not is told apart; the rest stays short.
func TestVersionsAreToldApart(t *testing.T) {
	file := func(size, mtime int64, hash byte) index.Head {
		h := index.Head{Kind: index.File, Size: size, Mtime: mtime}
		if hash != 0 {
			h.Hash = index.Hash{0xab, hash}
		}
		return h
	}
	const at = 1_700_000_000_000_000_000
	for _, c := range []struct {
		heads []index.Head
		want  []string
	}{
		{[]index.Head{file(5, at, 1), file(6, at, 2)}, []string{"5 B of 2023-11-14 22:13:20", "6 B of 2023-11-14 22:13:20"}},
		{[]index.Head{file(5, at, 1), file(5, at, 2)}, []string{"5 B of 2023-11-14 22:13:20, hash ab010000", "5 B of 2023-11-14 22:13:20, hash ab020000"}},
		{[]index.Head{file(5, at+1e6, 0), file(5, at+2e6, 0)}, []string{"5 B of 2023-11-14 22:13:20.001", "5 B of 2023-11-14 22:13:20.002"}},
		{[]index.Head{file(5, at+1, 0), file(5, at+2, 3), file(7, at, 0)},
			[]string{"5 B of 2023-11-14 22:13:20.000000001", "5 B of 2023-11-14 22:13:20.000000002, hash ab030000", "7 B of 2023-11-14 22:13:20"}},
		{[]index.Head{{Kind: index.Dir}, {Kind: index.Dir}}, []string{"a directory", "a directory"}},
	} {
		if got := Versions(c.heads, time.UTC); !slices.Equal(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if got := Apart([]string{"vm:docs", "vm:docs", "nas"}, []string{"aaaabbbb", "ccccdddd", "eeeeffff"}); !slices.Equal(got, []string{"vm:docs aaaa", "vm:docs cccc", "nas"}) {
		t.Errorf("%q", got)
	}
	if got := Apart([]string{"vm:docs", "vm:docs"}, []string{"aaaabbbb", "aaaabbbb"}); !slices.Equal(got, []string{"vm:docs", "vm:docs"}) {
		t.Errorf("%q", got)
	}
}
