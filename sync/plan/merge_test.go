package plan

import (
	"slices"
	"testing"

	"latus/index"
)

// Of two equal versions one tree keeps the greater one alone. Where both were known that
// one was superseded: the other one stays, whoever merges.
func TestWhatWasLetGoStays(t *testing.T) {
	small, great := fileHead(gen(1, 1), 1), fileHead(gen(2, 1), 1)
	small.First, great.First, great.Mtime, great.Utime = true, true, small.Mtime, small.Utime
	equals := knows{small.Gen, great.Gen}
	all := append(knows{news}, equals...)
	for _, c := range []struct {
		name        string
		here, there []index.Head // there nobody has heard of news
		want        []index.GenID
	}{
		{"superseded here", []index.Head{small, gone(news)}, []index.Head{great}, []index.GenID{small.Gen, news}},
		{"superseded there", []index.Head{great, gone(news)}, []index.Head{small}, []index.GenID{small.Gen, news}},
		{"other content", []index.Head{fileHead(small.Gen, 2), gone(news)}, []index.Head{great}, []index.GenID{news}},
	} {
		want := slices.Clone(c.want)
		for i, got := range [][]index.Head{
			MergeHeads(c.here, c.there, all, equals, MergeRule{}),
			MergeHeads(c.there, c.here, equals, all, MergeRule{}),
			MergeHeads(c.there, c.here, equals, all, MergeRule{Again: true}),
		} {
			var gens []index.GenID
			for _, h := range got {
				gens = append(gens, h.Gen)
			}
			slices.SortFunc(gens, compareGen)
			slices.SortFunc(want, compareGen)
			if !slices.Equal(gens, want) {
				t.Errorf("%s, %d: %v stay, not %v", c.name, i, gens, want)
			}
		}
	}
}

// knows is who has heard of just these.
type knows []index.GenID

func (k knows) Has(g index.GenID) bool { return slices.Contains(k, g) }
