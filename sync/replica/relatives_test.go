package replica

import (
	"fmt"
	"slices"
	"testing"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/plan"
)

// A file that comes may be one of those that leave, moved and edited: those that have its name,
// or nearly its size, are worth a look, the nearest first, and not many of them.
func TestFilesThatLeaveForOnesThatCome(t *testing.T) {
	const kib = 1 << 10
	leaving := func(p index.Path, size int64) plan.Action {
		return plan.Action{Op: plan.Delete, Path: p, Old: index.Witness{Kind: index.File, Size: size}, Want: -1}
	}
	for _, c := range []struct {
		name    string
		leaving []plan.Action
		want    []index.Path // for a file called new/f, of 1000 KiB
	}{
		{"nothing leaves", nil, nil},
		{"of its name, and half as large", []plan.Action{leaving("old/f", 500*kib)}, []index.Path{"old/f"}},
		{"of its name, and far larger", []plan.Action{leaving("old/f", 2001*kib)}, nil},
		{"of its size", []plan.Action{leaving("g", 1000*kib)}, []index.Path{"g"}},
		{"an eighth larger", []plan.Action{leaving("g", 1125*kib)}, []index.Path{"g"}},
		{"more than an eighth larger", []plan.Action{leaving("g", 1126*kib)}, nil},
		{"more than an eighth smaller", []plan.Action{leaving("g", 874*kib)}, nil},
		{"of its name and its size", []plan.Action{leaving("old/f", 1000*kib)}, []index.Path{"old/f"}},
		{"the nearest of many", []plan.Action{
			leaving("a", 990*kib), leaving("b", 1001*kib), leaving("c", 999*kib), leaving("d", 1100*kib), leaving("old/f", 600*kib),
		}, []index.Path{"b", "c"}},
		{"too small for anything", []plan.Action{leaving("old/f", leastBase-1)}, nil},
		{"no file", []plan.Action{{Op: plan.Delete, Path: "old/f", Old: index.Witness{Kind: index.Link, Size: 1000 * kib}}}, nil},
		{"a file that stays", []plan.Action{{Op: plan.Update, Path: "old/f", Old: index.Witness{Kind: index.File, Size: 1000 * kib}}}, nil},
	} {
		rel := newRelatives(&Replica{}, &plan.Plan{Actions: c.leaving})
		var got []index.Path
		for _, a := range rel.similar(&fetch.Want{Path: "new/f", Size: 1000 * kib}) {
			got = append(got, a.Path)
		}
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, not %v", c.name, got, c.want)
		}
	}
	var many []plan.Action
	for i := range 100 {
		many = append(many, leaving(index.Path(fmt.Sprint(i)), int64(950+i)*kib))
	}
	as := newRelatives(&Replica{}, &plan.Plan{Actions: many}).similar(&fetch.Want{Path: "new/f", Size: 1000 * kib})
	if len(as) != guesses || as[0].Path != "50" {
		t.Errorf("of many: %v", as)
	}
}
