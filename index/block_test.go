package index

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// TestBlocks keeps thousands of entries and a map of them through random changes,
// small and large, and compares all that can be asked of an index, before and
// after it was loaded again.
func TestBlocks(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := newMemory()
	x, want := mustLoad(t, s), map[Path]*Entry{}
	paths := somePaths(rng, 2000)
	seen := map[Path]int64{} // change times that scans have found since the index was loaded
	for round := range 60 {
		tx := x.Begin()
		n := []int{1, 5, 100, 1500}[rng.IntN(4)]
		if round%7 == 0 { // in order
			for _, p := range paths {
				if rng.IntN(3) == 0 {
					e := someEntry(rng, p)
					tx.Put(e)
					want[p] = e
					delete(seen, p)
				}
			}
			n = 0
		}
		for range n {
			p := paths[rng.IntN(len(paths))]
			delete(seen, p)
			switch {
			case round > 10 && rng.IntN(3) == 0:
				tx.Drop(p)
				delete(want, p)
			default:
				e := someEntry(rng, p)
				tx.Put(e)
				want[p] = e
			}
		}
		commit(t, tx)
		if rng.IntN(4) == 0 {
			x = mustLoad(t, s)
			maps.DeleteFunc(seen, func(p Path, ctime int64) bool {
				return x.Get(p).Witness.Ctime != ctime // written down, if at all, along with all others
			})
		}
		if rng.IntN(3) == 0 {
			dir := paths[rng.IntN(len(paths))].Dir()
			for c := range x.Children(dir) {
				if !c.Stem && rng.IntN(2) == 0 {
					seen[dir.Join(string(c.Name))] = 77
					x.Seen(c, 77)
				}
			}
		}
		shown := maps.Clone(want)
		for p, ctime := range seen {
			e := *want[p]
			e.Witness.Ctime = ctime
			shown[p] = &e
		}
		checkAgainst(t, x, shown, paths, rng)
	}
}

func checkAgainst(t *testing.T, x *Index, want map[Path]*Entry, paths []Path, rng *rand.Rand) {
	t.Helper()
	var sum sums
	crowded, contending, thirds := 0, 0, 0
	third := func(g GenID) bool { return g == GenID{3, 1} }
	isThird := func(h Head) bool { return third(h.Gen) }
	var there []Path
	for _, p := range paths {
		if e := want[p]; e != nil {
			there = append(there, p)
			sum.count([]byte(p), e)
			if len(e.Heads) > 1 {
				crowded++
			}
			if contended(e) {
				contending++
			}
			if slices.ContainsFunc(e.Heads, isThird) {
				thirds++
			}
		}
	}
	if x.sums != sum {
		t.Fatalf("sums are %+v, want %+v", x.sums, sum)
	}
	i := 0
	for e := range x.All() {
		if i == len(there) || !reflect.DeepEqual(e, want[there[i]]) {
			t.Fatalf("entry %d is\n%+v, want\n%+v", i, e, want[there[min(i, len(there)-1)]])
		}
		i++
	}
	var kept []Entry
	for e := range x.Pass(Span{}) {
		kept = append(kept, *e)
	}
	var parts []Path
	for _, s := range x.Spans(1 + rng.IntN(5)) {
		for e := range x.Pass(s) {
			parts = append(parts, e.Path)
		}
	}
	if !slices.Equal(parts, there) {
		t.Fatalf("in parts there are %q, want %q", parts, there)
	}
	if len(paths) > 1 {
		from, to := paths[rng.IntN(len(paths))], paths[rng.IntN(len(paths))]
		within := slices.DeleteFunc(slices.Clone(there), func(p Path) bool { return Compare(p, from) < 0 || Compare(p, to) >= 0 })
		var got []Path
		for e := range x.Pass(Span{from, to}) {
			got = append(got, e.Path)
		}
		if !slices.Equal(got, within) {
			t.Fatalf("from %q to %q there are %q, want %q", from, to, got, within)
		}
	}
	for i := range kept {
		if !reflect.DeepEqual(&kept[i], want[there[i]]) {
			t.Fatalf("passed entry %d is\n%+v, want\n%+v", i, kept[i], want[there[i]])
		}
	}
	i = 0
	for e := range x.Survey() {
		w := *want[there[i]]
		if w.AtRest() {
			w.Heads = []Head{w.Heads[0]}
			for _, h := range []*Head{&e.Heads[0], &w.Heads[0]} {
				h.Target, h.Lineage, h.Origin = "", nil, nil
			}
		}
		if !reflect.DeepEqual(e, &w) {
			t.Fatalf("surveyed entry %d is\n%+v, want\n%+v", i, e, w)
		}
		i++
	}
	if i != len(there) {
		t.Fatalf("%d of %d entries were surveyed", i, len(there))
	}
	lagging := sum.pending
	for e := range x.Lagging() {
		if !e.Pending {
			t.Fatalf("%q does not lag", e.Path)
		}
		lagging--
	}
	for range x.Crowded() {
		crowded--
	}
	for range x.Contended() {
		contending--
	}
	for e := range x.Of(Span{}, third) {
		if slices.ContainsFunc(e.Heads, isThird) {
			thirds--
		} else if !refers(e, GenID{3, 1}) {
			t.Fatalf("%+v does not refer to it", e)
		}
	}
	if crowded != 0 || contending != 0 || thirds != 0 || lagging != 0 {
		t.Fatalf("%d with several heads, %d that may be conflicts, %d of a generation and %d that lag were passed over", crowded, contending, thirds, lagging)
	}
	absent := slices.DeleteFunc(slices.Clone(there), func(p Path) bool { return want[p].Witness.Kind != Absent })
	for e, parent := range x.Absent() {
		if len(absent) == 0 || e.Path != absent[0] {
			t.Fatalf("%q is said to be absent; those that are: %q", e.Path, absent)
		}
		if parent != slices.ContainsFunc(there, func(p Path) bool { return p.Under(e.Path) }) {
			t.Fatalf("%q is said to have something below it: %v", e.Path, parent)
		}
		absent = absent[1:]
	}
	if len(absent) > 0 {
		t.Fatalf("absent and passed over: %q", absent)
	}
	f := finder{blocks: x.blocks}
	for _, p := range paths {
		if rng.IntN(3) == 0 {
			continue
		}
		if got := f.find(p); (got != nil) != (want[p] != nil) || got != nil && !reflect.DeepEqual(got, want[p]) {
			t.Fatalf("found %v at %q, want %v", got, p, want[p])
		}
	}
	for range 50 {
		p := paths[rng.IntN(len(paths))]
		if got := x.Get(p); want[p] != nil && !reflect.DeepEqual(got, want[p]) || want[p] == nil && got != nil {
			t.Fatalf("Get(%q) is\n%+v, want\n%+v", p, got, want[p])
		}
		dir := p.Dir()
		var children, below []Path
		for _, q := range there {
			if q.Dir() == dir {
				children = append(children, q)
			}
			if q.Under(dir) {
				below = append(below, q)
			}
		}
		for c := range x.Children(dir) {
			p := dir.Join(string(c.Name))
			if c.Below != slices.ContainsFunc(there, func(q Path) bool { return q.Under(p) }) {
				t.Fatalf("below %q there is something: %t", p, c.Below)
			}
			if c.Stem {
				if want[p] != nil || !c.Below {
					t.Fatalf("%q is an entry, or nothing", p)
				}
				continue
			}
			if len(children) == 0 || children[0] != dir.Join(string(c.Name)) || c.Witness != want[children[0]].Witness {
				t.Fatalf("%q is no child of %q", c.Name, dir)
			}
			children = children[1:]
		}
		for e := range x.Below(dir) {
			if len(below) == 0 || below[0] != e.Path {
				t.Fatalf("%q is not below %q", e.Path, dir)
			}
			below = below[1:]
		}
		if len(children)+len(below) > 0 {
			t.Fatalf("in %q: %d children and %d below were passed over", dir, len(children), len(below))
		}
	}
}

func refers(e *Entry, id GenID) (found bool) {
	e.generations(func(g GenID) { found = found || g == id })
	return found
}

func somePaths(rng *rand.Rand, n int) []Path {
	var paths []Path
	names := []string{"a", "a b", "a.", "b", "ä", "long name of a directory", "z"}
	for i := range n {
		var p Path
		for range rng.IntN(4) {
			p = p.Join(names[rng.IntN(len(names))])
		}
		if rng.IntN(10) > 0 {
			p = p.Join(fmt.Sprint("file-", i))
		}
		if p != "" {
			paths = append(paths, p)
		}
	}
	slices.SortFunc(paths, Compare)
	return slices.Compact(paths)
}

func someEntry(rng *rand.Rand, p Path) *Entry {
	e := &Entry{Path: p, Pending: rng.IntN(5) == 0}
	for i := range []int{1, 1, 1, 1, 2, 3, 0}[rng.IntN(7)] {
		e.Heads = append(e.Heads, someHead(rng, uint64(i+1)))
	}
	if e.Pending {
		for i := range rng.IntN(3) {
			e.Have = append(e.Have, someHead(rng, uint64(i+10)))
		}
	}
	if rng.IntN(3) > 0 {
		e.Mode = ModeReg{0o644, 12345, GenID{2, 2}}
		if len(e.Heads) > 0 && rng.IntN(2) == 0 {
			e.Mode = ModeReg{0o600, e.Heads[0].Utime, e.Heads[0].Gen}
		}
	}
	if rng.IntN(3) == 0 {
		e.Owner = OwnerReg{Value: []Owner{"ann=1000:staff=50", "0:0"}[rng.IntN(2)], Stamp: rng.Int64N(MaxTime), Gen: GenID{3, 3}}
	}
	if rng.IntN(3) == 0 {
		e.Attrs = AttrsReg{Value: []Attrs{NoAttrs, "", "a=AA;"}[rng.IntN(3)], Stamp: rng.Int64N(MaxTime), Gen: GenID{3, 4}}
	}
	if rng.IntN(4) > 0 {
		e.Witness = Witness{Kind: Kind(rng.IntN(6)), Mode: uint32(rng.IntN(0o7777)), Size: rng.Int64(), Mtime: rng.Int64() - rng.Int64(),
			Ctime: rng.Int64N(3) * rng.Int64(), Btime: rng.Int64N(3) * rng.Int64(), Inode: rng.Uint64N(2) * rng.Uint64()}
		if rng.IntN(3) == 0 {
			e.Witness.Owner = IDs{rng.Uint32(), rng.Uint32()}
		}
		e.Witness.Attrs = []Attrs{"", "", NoAttrs, "b=AA;"}[rng.IntN(4)].Sum()
		if len(e.Heads) > 0 && rng.IntN(2) == 0 {
			h := e.Heads[0]
			e.Witness.Kind, e.Witness.Size, e.Witness.Mtime = h.Kind, h.Size, h.Mtime
		}
	}
	return e
}

func someHead(rng *rand.Rand, tag uint64) Head {
	mtime := rng.Int64() - rng.Int64()
	h := Head{Gen: GenID{PeerID(1 + rng.Uint64N(3)), tag}, Kind: Kind(1 + rng.IntN(4)), First: rng.IntN(2) == 0, Clock: 1, Mtime: mtime, Utime: min(mtime, MaxTime)}
	switch rng.IntN(6) {
	case 0:
		h.Clock, h.Utime = 2_000_000_000, rng.Int64N(MaxTime)
	case 1:
		h.Size = rng.Int64()
		h.Hash[rng.IntN(32)] = 1
	case 2:
		h.Target = "where/it points"
	case 3:
		h.Lineage = []Ancestor{{Hash: rng.Uint64()}, {Size: 5, Mtime: -mtime}}
	case 4:
		h.Origin = &Origin{Path: "from/here", Gen: GenID{9, 9}, Linked: true}
	}
	return h
}
