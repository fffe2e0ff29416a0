package index

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawNumber favours the ends of the range and what is usual.
func drawNumber(t *rapid.T, label string) int64 {
	return rapid.OneOf(
		rapid.Just(int64(0)), rapid.Int64Range(-3, 3), rapid.Int64(),
		rapid.Int64Range(1_700_000_000_000_000_000, 1_700_000_001_000_000_000),
		rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64}),
	).Draw(t, label)
}

var drawName = rapid.OneOf(
	rapid.SampledFrom([]string{"a", "b", "a.b", "a b", "é", "\ufffd", "a\"b", "a\\b", "a\nb", "\x01\x1f\x7f", "\xff\xfe", "\xed\xa0\x80", "<&>", "\u2028"}),
	rapid.StringN(1, 8, 40),
	rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 6), func(b []byte) string { return string(b) }),
).Filter(ValidName)

func drawPath(t *rapid.T) Path {
	p := Path("")
	for _, name := range rapid.SliceOfN(drawName, 1, 3).Draw(t, "names") {
		p = p.Join(name)
	}
	return p
}

var drawText = rapid.OneOf(rapid.Just(""), drawName)

func drawGen(t *rapid.T, label string) GenID {
	return rapid.SampledFrom([]GenID{{}, {1, 11}, {1, 12}, {2, 21}, {3, math.MaxUint64}, {math.MaxUint64, 1}}).Draw(t, label)
}

func drawHash(t *rapid.T) (h Hash) {
	if rapid.Bool().Draw(t, "hashed") {
		copy(h[:], rapid.SliceOfN(rapid.Byte(), len(h), len(h)).Draw(t, "hash"))
	}
	return h
}

func drawHead(t *rapid.T) Head {
	h := Head{
		Gen:    drawGen(t, "gen"),
		Kind:   rapid.SampledFrom([]Kind{File, File, Dir, Link, Deleted}).Draw(t, "kind"),
		First:  rapid.Bool().Draw(t, "first"),
		Clock:  rapid.SampledFrom([]uint32{1, 1, 2_000_000_000, 0}).Draw(t, "clock"),
		Size:   drawNumber(t, "size"),
		Mtime:  drawNumber(t, "mtime"),
		Target: drawText.Draw(t, "target"),
		Hash:   drawHash(t),
	}
	h.Utime = h.Mtime
	if rapid.Bool().Draw(t, "own utime") {
		h.Utime = drawNumber(t, "utime")
	}
	for range rapid.IntRange(0, 2).Draw(t, "ancestors") {
		a := Ancestor{Hash: rapid.Uint64().Draw(t, "short")}
		if a.Hash == 0 || rapid.Bool().Draw(t, "sized") {
			a.Size, a.Mtime = drawNumber(t, "size"), drawNumber(t, "mtime")
		}
		h.Lineage = append(h.Lineage, a)
	}
	if rapid.Bool().Draw(t, "has origin") {
		h.Origin = &Origin{Path: drawPath(t), Gen: drawGen(t, "origin")}
	}
	return h
}

func drawWitness(t *rapid.T, like []Head) Witness {
	w := Witness{
		Kind:  rapid.SampledFrom([]Kind{Absent, File, Dir, Link, Special}).Draw(t, "kind"),
		Mode:  rapid.SampledFrom([]uint32{0, 0o644, 0o7777, math.MaxUint32}).Draw(t, "mode"),
		Size:  drawNumber(t, "size"),
		Mtime: drawNumber(t, "mtime"),
		Ctime: drawNumber(t, "ctime"),
		Btime: drawNumber(t, "btime"),
		Inode: rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 3)).Draw(t, "inode"),
	}
	switch rapid.IntRange(0, 3).Draw(t, "witness") {
	case 0:
		return Witness{}
	case 1, 2:
		if len(like) > 0 {
			w.Kind, w.Size, w.Mtime = like[0].Kind, like[0].Size, like[0].Mtime
		}
	}
	return w
}

func drawEntry(t *rapid.T, p Path) *Entry {
	e := &Entry{Path: p}
	for range rapid.SampledFrom([]int{0, 1, 1, 1, 2, 3}).Draw(t, "heads") {
		if h := drawHead(t); headAt(e.Heads, h.Gen) < 0 {
			e.Heads = append(e.Heads, h)
		}
	}
	if e.Pending = rapid.Bool().Draw(t, "pending"); e.Pending {
		for _, h := range append(slices.Clone(e.Heads), drawHead(t)) {
			if rapid.Bool().Draw(t, "have") && headAt(e.Have, h.Gen) < 0 {
				e.Have = append(e.Have, h)
			}
		}
	}
	if rapid.Bool().Draw(t, "moded") {
		e.Mode = ModeReg{
			Mode:  rapid.SampledFrom([]uint32{0o644, 0, 0o7777, math.MaxUint32}).Draw(t, "mode"),
			Stamp: drawNumber(t, "stamp"), Gen: drawGen(t, "mode gen"),
		}
		if len(e.Heads) > 0 && rapid.Bool().Draw(t, "with head") {
			e.Mode.Stamp, e.Mode.Gen = e.Heads[0].Utime, e.Heads[0].Gen
		}
	}
	e.Witness = drawWitness(t, e.Heads)
	if e.Mode.Mode != 0 && rapid.Bool().Draw(t, "same mode") {
		e.Witness.Mode = e.Mode.Mode
	}
	return e
}

// drawChanges fills a transaction with changes of few paths, so that they meet.
func drawChanges(t *rapid.T, tx *Tx, paths []Path, seqs map[PeerID]uint64) {
	for range rapid.IntRange(0, 2).Draw(t, "gens") {
		author := rapid.SampledFrom([]PeerID{1, 2, 3}).Draw(t, "author")
		seqs[author]++
		tx.Generation(Generation{
			GenID: GenID{author, rapid.SampledFrom([]uint64{11, 12, 21, 99, math.MaxUint64}).Draw(t, "tag")},
			Seq:   seqs[author], Time: drawNumber(t, "time"),
		})
	}
	if rapid.IntRange(0, 3).Draw(t, "forget") == 0 {
		tx.Forget(Mark{rapid.SampledFrom([]PeerID{1, 2, 3}).Draw(t, "author"), rapid.Uint64Range(1, 9).Draw(t, "floor")})
	}
	for range rapid.IntRange(0, 6).Draw(t, "changes") {
		p := rapid.SampledFrom(paths).Draw(t, "path")
		e := tx.x.Get(p)
		gen := drawGen(t, "gen")
		if e != nil && len(e.Heads) > 0 && rapid.Bool().Draw(t, "own gen") {
			gen = e.Heads[0].Gen
		}
		switch rapid.SampledFrom([]recordKind{putRecord, putRecord, dropRecord, doneRecord, doneRecord, settleRecord, hashRecord, intendRecord, intendRecord}).Draw(t, "change") {
		case putRecord:
			tx.Put(drawEntry(t, p))
		case dropRecord:
			tx.Drop(p)
		case doneRecord:
			w := drawWitness(t, headsOf(e))
			if of := tx.x.intents.byPath[p]; len(of) > 0 && rapid.Bool().Draw(t, "as planned") {
				gen, w = of[0].Gen, of[0].New
			}
			tx.Done(p, w, gen, drawHash(t))
		case settleRecord:
			tx.Settle(p)
		case hashRecord:
			tx.Annotate(p, gen, drawHash(t))
		case intendRecord:
			i := Intent{
				Op: drawText.Draw(t, "op"), Path: p, From: Path(drawText.Draw(t, "from")), Gen: gen, Hash: drawHash(t),
				Staged: drawText.Draw(t, "staged"), New: drawWitness(t, headsOf(e)), Trash: drawText.Draw(t, "trash"),
				Run: rapid.SampledFrom([]string{"", "run 1", "run 2"}).Draw(t, "run"),
			}
			if e != nil {
				i.Old = e.Witness
			}
			if rapid.Bool().Draw(t, "other old") {
				i.Old = drawWitness(t, nil)
			}
			tx.Intend(i)
		}
	}
}

func headsOf(e *Entry) []Head {
	if e == nil {
		return nil
	}
	return e.Heads
}

// told is all that an index tells, comparable by DeepEqual.
type told struct {
	Entries []Entry
	Gens    []Generation
	Intents []Intent
	Digest  uint64
	Floor   Floor
}

func tell(x *Index) told {
	var s told
	for e := range x.All() {
		c := *e
		c.Heads, c.Have = normal(c.Heads), normal(c.Have)
		s.Entries = append(s.Entries, c)
	}
	s.Gens = slices.Collect(x.Knowledge().All())
	s.Intents = x.Intents()
	s.Digest, s.Floor = x.Digest(), x.Floor()
	return s
}

func normal(heads []Head) []Head {
	var c []Head
	for _, h := range heads {
		if len(h.Lineage) == 0 {
			h.Lineage = nil
		}
		c = append(c, h)
	}
	return c
}

func wantTold(t interface {
	Helper()
	Fatalf(string, ...any)
}, got, want told) {
	t.Helper()
	if len(got.Entries) != len(want.Entries) {
		t.Fatalf("%d entries, want %d", len(got.Entries), len(want.Entries))
	}
	for i := range got.Entries {
		if !reflect.DeepEqual(got.Entries[i], want.Entries[i]) {
			t.Fatalf("entry\n%+v, want\n%+v", got.Entries[i], want.Entries[i])
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("told\n%+v, want\n%+v", got, want)
	}
}

func sortedPaths(x *Index) error {
	all := slices.Collect(x.All())
	for i := 1; i < len(all); i++ {
		if Compare(all[i-1].Path, all[i].Path) >= 0 {
			return fmt.Errorf("%q before %q", all[i-1].Path, all[i].Path)
		}
	}
	return nil
}

// TestRoundTrip checks that whatever is committed loads again, as it was in
// memory, before and after a compaction, and that an index kept in memory only
// would have come to the same.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newMemory()
		x, _, err := Load(s, false)
		if err != nil {
			t.Fatal(err)
		}
		var paths []Path
		for range 5 {
			paths = append(paths, drawPath(t))
		}
		seqs := map[PeerID]uint64{}
		for range rapid.IntRange(1, 4).Draw(t, "transactions") {
			tx := x.Begin()
			drawChanges(t, tx, paths, seqs)
			if err := tx.Commit(rapid.Bool().Draw(t, "sync")); err != nil {
				t.Fatal(err)
			}
			if err := sortedPaths(x); err != nil {
				t.Fatal(err)
			}
			if rapid.IntRange(0, 3).Draw(t, "reload") == 0 {
				want := tell(x)
				if x = reload(t, s); len(want.Intents) == 0 {
					want.Intents = nil
				}
				got := tell(x)
				if len(got.Intents) == 0 {
					got.Intents = nil
				}
				if len(want.Floor) > 0 {
					forgetTimes(want.Gens)
					forgetTimes(got.Gens)
				}
				wantTold(t, got, want)
			}
		}
		want := tell(x)
		got := tell(reload(t, s))
		if len(want.Floor) > 0 { // the file may have been written anew
			forgetTimes(want.Gens)
			forgetTimes(got.Gens)
		}
		wantTold(t, got, want)
		want = tell(x)

		if err := x.rewrite(formatFor(x.floor)); err != nil {
			t.Fatal(err)
		}
		wantTold(t, tell(x), want)
		forgetTimes(want.Gens)
		y := reload(t, s)
		got = tell(y)
		forgetTimes(got.Gens)
		wantTold(t, got, want)

		tx := y.Begin()
		drawChanges(t, tx, paths, seqs)
		if err := tx.Commit(true); err != nil {
			t.Fatal(err)
		}
		want, got = tell(y), tell(reload(t, s))
		forgetTimes(want.Gens)
		forgetTimes(got.Gens)
		wantTold(t, got, want)
	})
}

// forgetTimes: compaction drops the times of generations that nothing refers to.
func forgetTimes(gens []Generation) {
	for i := range gens {
		gens[i].Time = 0
	}
}

func reload(t *rapid.T, s Store) *Index {
	x, damage, err := Load(s, false)
	if err != nil || damage != nil {
		t.Fatalf("load: %v, damage %+v", err, damage)
	}
	return x
}

// TestCompareFollowsTheTree checks that Compare is a total order in which a
// directory stands right before all that is below it.
func TestCompareFollowsTheTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawPath(t), drawPath(t), drawPath(t)
		if got, want := Compare(a, b), componentwise(a, b); got != want {
			t.Fatalf("Compare(%q, %q) = %d, want %d", a, b, got, want)
		}
		if Compare(a, b) != -Compare(b, a) || (Compare(a, b) == 0) != (a == b) {
			t.Fatalf("%q and %q", a, b)
		}
		if Compare(a, b) < 0 && Compare(b, c) < 0 && Compare(a, c) >= 0 {
			t.Fatalf("%q, %q, %q", a, b, c)
		}
		if a.Under(c) && Compare(c, b) < 0 && Compare(b, a) < 0 && !b.Under(c) {
			t.Fatalf("%q stands between %q and %q", b, c, a)
		}
	})
}

func componentwise(a, b Path) int {
	if a == "" || b == "" {
		return cmp.Compare(len(a), len(b))
	}
	first := func(p Path) (string, Path) {
		for i := range len(p) {
			if p[i] == '/' {
				return string(p[:i]), p[i+1:]
			}
		}
		return string(p), ""
	}
	x, restA := first(a)
	y, restB := first(b)
	if x != y {
		return cmp.Compare(x, y)
	}
	return componentwise(restA, restB)
}
