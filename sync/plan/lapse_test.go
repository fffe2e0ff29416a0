package plan

import (
	"slices"
	"testing"

	"latus/index"
)

// A decision for bytes that are far away lapses where news tell that their owner did
// something else with them, and stands in all other cases.
func TestLapsed(t *testing.T) {
	content := func(g index.GenID, n int64, parents ...index.Head) index.Head {
		return index.Head{
			Gen: g, Kind: index.File, Clock: 1, Size: n, Mtime: n, Utime: n, Hash: index.Hash{byte(n)}, Lineage: lineage(parents),
		}
	}
	deleted := func(g index.GenID, parents ...index.Head) index.Head {
		return index.Head{Gen: g, Kind: index.Deleted, Clock: 1, Utime: 90, Lineage: lineage(parents)}
	}
	was := content(gen(1, 1), 1)
	mine := content(gen(2, 1), 2, was)
	put := successor("p", was, []index.Head{mine}, Authoring{Gen: gen(2, 2), Now: 10, Clock: 1})
	edit := content(gen(1, 2), 3, was)
	base := index.Entry{
		Path: "p", Heads: []index.Head{put}, Pending: true, Have: []index.Head{mine},
		Witness: index.Witness{Kind: index.File, Size: 2, Mtime: 2},
	}
	unhashed := put
	unhashed.Hash = index.Hash{}
	for name, c := range map[string]struct {
		change func(*index.Entry)
		heads  []index.Head // besides the decision
		known  knows
		lapses bool
	}{
		"edited":                        {nil, []index.Head{edit}, nil, true},
		"edited twice":                  {nil, []index.Head{content(gen(1, 3), 4, edit)}, nil, true},
		"deleted":                       {nil, []index.Head{deleted(gen(1, 2), was)}, nil, true},
		"nobody did anything":           {nil, nil, nil, false},
		"known before":                  {nil, []index.Head{edit}, knows{edit.Gen}, false},
		"an edit of what was displaced": {nil, []index.Head{content(gen(3, 1), 5, mine)}, nil, false},
		"a file of its own":             {nil, []index.Head{content(gen(3, 1), 5)}, nil, false},
		"carried out":                   {func(e *index.Entry) { e.Pending, e.Have = false, nil }, []index.Head{edit}, nil, false},
		"acknowledged":                  {func(e *index.Entry) { e.Have = []index.Head{put} }, []index.Head{edit}, nil, false},
		"the bytes are on the disk":     {func(e *index.Entry) { e.Have = []index.Head{was} }, []index.Head{edit}, nil, false},
		"a loser's new name":            {func(e *index.Entry) { e.Path = "p" + conflictMark + "A)" }, []index.Head{edit}, nil, false},
		"an edit, and no decision":      {func(e *index.Entry) { e.Heads[0].Origin = nil }, []index.Head{edit}, nil, false},
		"without a hash":                {func(e *index.Entry) { e.Heads = []index.Head{unhashed} }, []index.Head{edit}, nil, false},
	} {
		e := base
		e.Heads = slices.Clone(base.Heads)
		if c.change != nil {
			c.change(&e)
		}
		merged := e
		merged.Heads = append(slices.Clone(e.Heads), c.heads...)
		sortHeads(merged.Heads)
		lapsed := Lapsed(&e, merged.Heads, c.known)
		if (len(lapsed) > 0) != c.lapses {
			t.Errorf("%s: lapses %t", name, !c.lapses)
		}
		if len(lapsed) == 0 {
			continue
		}
		n := Lapse(&merged, lapsed, Authoring{Gen: gen(2, 9), Now: 100, Clock: 1})
		if got, _ := Display(n.Heads); got.Gen != c.heads[0].Gen && got.Kind != index.Deleted || hasGen(n.Heads, put.Gen) || len(n.Heads) != 2 {
			t.Errorf("%s: %v is left", name, n.Heads)
		}
		if !n.Pending || !sameGens(n.Have, base.Have) {
			t.Errorf("%s: the disk is said to have %v", name, n.Have)
		}
	}
}
