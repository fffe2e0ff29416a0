package plan

import (
	"maps"
	"testing"

	"latus/index"
)

// Of two files that trees made under one name the one that wins keeps the bits that it was made
// with, or that it was given since, whenever those of the other one were set. So it is with
// three trees, whoever hears first of whom.
func TestModeOfTheWinner(t *testing.T) {
	made := func(n uint64, at, set int64, mode uint32) (*index.Entry, hasMerged) {
		g, given := gen(index.PeerID(n), 1), gen(index.PeerID(n), 1)
		k := hasMerged{g: true}
		if set > at { // and in a later run
			given = gen(index.PeerID(n), 2)
			k[given] = true
		}
		h := fileHead(g, int(n))
		h.Utime, h.Mtime = at, at
		return &index.Entry{Path: "f", Heads: []index.Head{h}, Mode: index.ModeReg{Value: mode, Stamp: set, Gen: given}}, k
	}
	for _, set := range []int64{10, 50} {
		for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 2, 0}, {1, 0, 2}, {2, 0, 1}, {2, 1, 0}} {
			var es [3]*index.Entry
			var ks [3]hasMerged
			es[0], ks[0] = made(1, 30, 30, 0o600)
			es[1], ks[1] = made(2, 20, 40, 0o644)
			es[2], ks[2] = made(3, 10, set, 0o664)
			n, k := es[order[0]], ks[order[0]]
			for _, i := range order[1:] {
				one, _ := MergeEntry(n, es[i], k, ks[i], MergeRule{})
				two, _ := MergeEntry(es[i], n, ks[i], k, MergeRule{})
				if one.Mode != two.Mode {
					t.Errorf("%v: one tree has %+v, the other one %+v", order, one.Mode, two.Mode)
				}
				both := maps.Clone(k)
				maps.Copy(both, ks[i])
				n, k = one, both
			}
			if n.Mode != es[0].Mode {
				t.Errorf("%v: %+v", order, n.Mode)
			}
		}
	}
}

// What somebody gave to the loser of an earlier conflict is not for its edit, which wins.
func TestModeOfAnEditOfTheLoser(t *testing.T) {
	secret, open, edit := fileHead(gen(1, 1), 1), fileHead(gen(2, 1), 2), fileHead(gen(1, 2), 3)
	reg := index.ModeReg{Value: 0o600, Stamp: 5, Gen: secret.Gen}
	for _, lost := range []index.ModeReg{{Value: 0o644, Stamp: 9, Gen: open.Gen}, {Value: 0o644, Stamp: 9, Gen: gen(2, 2)}} {
		met := &index.Entry{Path: "f", Heads: []index.Head{secret, open}, Mode: lost}
		edited := &index.Entry{Path: "f", Heads: []index.Head{edit}, Mode: reg}
		kMet := hasMerged{secret.Gen: true, open.Gen: true, lost.Gen: true}
		n, _ := MergeEntry(met, edited, kMet, hasMerged{secret.Gen: true, edit.Gen: true}, MergeRule{})
		if n.Mode != reg {
			t.Errorf("%+v", n.Mode)
		}
	}
}

// A loser that comes back, as the winner was deleted by somebody who did not know of it, is not
// for others; but what one of the trees has shown all the time is as that one has it.
func TestModeOfLosersThatComeBack(t *testing.T) {
	lost, won, end := fileHead(gen(1, 1), 1), fileHead(gen(2, 2), 2), gen(2, 3)
	same := lost
	same.Gen, same.First, lost.First = gen(3, 1), true, true
	met := &index.Entry{Path: "f", Heads: []index.Head{lost, won}, Mode: index.ModeReg{Value: 0o755, Stamp: 9, Gen: won.Gen}}
	kMet := hasMerged{lost.Gen: true, won.Gen: true}
	for _, c := range []struct {
		has  []index.Head
		want uint32
	}{
		{[]index.Head{{Gen: end, Kind: index.Deleted, Clock: 1, Utime: 99}}, 0o700},
		{[]index.Head{{Gen: end, Kind: index.Deleted, Clock: 1, Utime: 99}, same}, 0o755},
	} {
		e := &index.Entry{Path: "f", Heads: c.has, Mode: met.Mode}
		k := hasMerged{won.Gen: true, end: true, same.Gen: len(c.has) > 1}
		one, _ := MergeEntry(met, e, kMet, k, MergeRule{})
		two, _ := MergeEntry(e, met, k, kMet, MergeRule{})
		if d, _ := Display(one.Heads); d.Hash != lost.Hash || one.Mode.Value != c.want || two.Mode != one.Mode {
			t.Errorf("%v: one tree has %+v, the other one %+v", c.has, one, two.Mode)
		}
	}
}

// Of bits that may be meant for the path, or for a file that lost, those count that let others do
// less, and between equals those that were set later.
func TestModeInDoubt(t *testing.T) {
	lost, won, more := fileHead(gen(1, 1), 1), fileHead(gen(2, 2), 2), fileHead(gen(3, 1), 3)
	before, a, b := gen(4, 1), gen(1, 9), gen(2, 9)
	reg := func(mode uint32, stamp int64, g index.GenID) index.ModeReg {
		return index.ModeReg{Value: mode, Stamp: stamp, Gen: g}
	}
	all := hasMerged{lost.Gen: true, won.Gen: true, before: true, a: true, b: true}
	both := []index.Head{lost, won}
	for _, c := range []struct {
		what         string
		mine, theirs index.ModeReg
		has, have    []index.Head
		knows, know  hasMerged
		want         uint32
	}{
		{"a loser made private", reg(0o644, 1, before), reg(0o600, 9, a), []index.Head{won}, []index.Head{lost}, hasMerged{before: true, won.Gen: true}, hasMerged{before: true, lost.Gen: true, a: true}, 0o600},
		{"one made private by its edit", reg(0o644, 1, before), reg(0o600, 9, lost.Gen), []index.Head{won}, []index.Head{lost}, hasMerged{before: true, won.Gen: true}, hasMerged{before: true, lost.Gen: true}, 0o600},
		{"one made public", reg(0o600, 1, before), reg(0o644, 9, a), []index.Head{won}, []index.Head{lost}, hasMerged{before: true, won.Gen: true}, hasMerged{before: true, lost.Gen: true, a: true}, 0o600},
		{"one to be run", reg(0o644, 1, before), reg(0o755, 9, a), []index.Head{won}, []index.Head{lost}, hasMerged{before: true, won.Gen: true}, hasMerged{before: true, lost.Gen: true, a: true}, 0o755},
		{"the path twice", reg(0o600, 1, a), reg(0o644, 9, b), both, both, hasMerged{lost.Gen: true, won.Gen: true, a: true}, hasMerged{lost.Gen: true, won.Gen: true, b: true}, 0o600},
		{"the path twice, alike", reg(0o600, 1, a), reg(0o700, 9, b), both, both, hasMerged{lost.Gen: true, won.Gen: true, a: true}, hasMerged{lost.Gen: true, won.Gen: true, b: true}, 0o700},
		{"what came with a loser", reg(0o600, 1, lost.Gen), reg(0o644, 9, b), both, both, all, all, 0o644},
		{"what the other tree tells", reg(0o600, 1, a), reg(0o644, 9, b), both, append(both[:2:2], more), all, hasMerged{lost.Gen: true, won.Gen: true, more.Gen: true, a: true, b: true}, 0o644},
	} {
		x := &index.Entry{Path: "f", Heads: c.has, Mode: c.mine}
		y := &index.Entry{Path: "f", Heads: c.have, Mode: c.theirs}
		one, _ := MergeEntry(x, y, c.knows, c.know, MergeRule{})
		two, _ := MergeEntry(y, x, c.know, c.knows, MergeRule{})
		if one.Mode.Value != c.want || two.Mode != one.Mode {
			t.Errorf("%s: one tree has %+v, the other one %+v", c.what, one.Mode, two.Mode)
		}
	}
}

// Where a disk still shows a file that lost, what is done there is not for the winner.
func TestBitsOfLosersOnTheDisk(t *testing.T) {
	lost, won := fileHead(old, 1), fileHead(news, 2)
	a := Authoring{Gen: ours, Now: 1000, Clock: 1, ModeBits: 0o777}
	for _, c := range []struct {
		reg, was, is uint32
		mtime        int64 // of an edit; 0: there was none
		want         uint32
	}{
		{0o600, 0o600, 0o644, 0, 0o600}, // a chmod
		{0o644, 0o644, 0o600, 0, 0o600},
		{0o600, 0o600, 0o700, 0, 0o700},
		{0o644, 0o600, 0o600, 15, 0o644}, // an edit that loses
		{0o600, 0o600, 0o644, 15, 0o600},
		{0o644, 0o644, 0o600, 15, 0o600},
		{0o644, 0o600, 0o600, 50, 0o600}, // one that wins
		{0o600, 0o644, 0o644, 50, 0o600},
		{0o600, 0o600, 0o644, 50, 0o644},
	} {
		e := &index.Entry{Path: "a", Heads: []index.Head{lost, won}, Pending: true, Have: []index.Head{lost},
			Mode: index.ModeReg{Value: c.reg, Stamp: 5, Gen: news}}
		e.Witness = index.Witness{Kind: index.File, Mode: c.was, Size: lost.Size, Mtime: lost.Mtime, Inode: 1}
		f := Found{Witness: e.Witness}
		f.Witness.Mode = c.is
		if c.mtime > 0 {
			f.Witness.Size, f.Witness.Mtime = 77, c.mtime
		}
		n := Author(e, f, a)
		if n == nil {
			t.Fatalf("%+v: what the disk shows is not noted", c)
		}
		if n.Mode.Value != c.want || n.Witness.Mode != c.is {
			t.Errorf("%+v: %o", c, n.Mode.Value)
		}
	}
}

// Where some files are private from the beginning and others are not, no private one gets the
// bits of another one that had its name, in whatever order trees hear of what.
func TestPrivateFilesAmongOthers(t *testing.T) { amongOthers(t, "", 4, 5) }

// The same files, whose owners set their bits now and then: all trees come to have the same.
func TestBitsOfConflictsConverge(t *testing.T) { amongOthers(t, "few chmod", 4, 5) }

// amongOthers checks histories of so many steps from nothing, and one step less from a file that
// all trees have, where every second file that is made is private.
func amongOthers(t *testing.T, with string, steps, most int) {
	p := []index.Path{"f"}
	if *long {
		steps = most
	}
	for used, start := range []func(...index.Path) *world{empty, inSync} {
		for odd := range 2 {
			w := start(p...)
			w.delta, w.chmods = true, with != ""
			w.fileMode = func(content int) uint32 {
				if content%2 == odd {
					return 0o600
				}
				return 0o644
			}
			for _, s := range w.sides { // as it would have been made
				if o := s.disk["f"]; o.kind == index.File {
					o.mode = w.fileMode(o.content)
					s.disk["f"] = o
				}
			}
			x := explorer{moves: moves(3, p, with)}
			x.explore(w, steps-used, used)
			t.Logf("%d histories of up to %d steps, %d states", x.histories, steps-used, len(x.states))
			if x.found != "" {
				t.Error(x.found)
			}
		}
	}
}
