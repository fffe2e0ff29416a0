package index

import (
	"math"
	"slices"

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
	h.Utime = min(h.Mtime, MaxTime)
	if rapid.Bool().Draw(t, "own utime") {
		h.Utime = min(drawNumber(t, "utime"), MaxTime)
	}
	for range rapid.IntRange(0, 2).Draw(t, "ancestors") {
		a := Ancestor{Hash: rapid.Uint64().Draw(t, "short")}
		if a.Hash == 0 || rapid.Bool().Draw(t, "sized") {
			a.Size, a.Mtime = drawNumber(t, "size"), drawNumber(t, "mtime")
		}
		h.Lineage = append(h.Lineage, a)
	}
	if rapid.Bool().Draw(t, "has origin") {
		h.Origin = &Origin{Path: drawPath(t), Gen: drawGen(t, "origin"), Linked: rapid.Bool().Draw(t, "linked")}
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
	if rapid.Bool().Draw(t, "owner seen") {
		w.Owner = IDs{
			rapid.SampledFrom([]uint32{0, 1, 1001, math.MaxUint32}).Draw(t, "user"),
			rapid.SampledFrom([]uint32{0, 1, 51, math.MaxUint32}).Draw(t, "group"),
		}
	}
	w.Attrs = drawAttrs(t).Sum()
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

func drawAttrs(t *rapid.T) Attrs {
	return rapid.SampledFrom([]Attrs{"", "", NoAttrs, "comment=aGk;", "%25%22=;a=AA;"}).Draw(t, "attrs")
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
			Value: rapid.SampledFrom([]uint32{0o644, 0, 0o7777, math.MaxUint32}).Draw(t, "mode"),
			Stamp: min(drawNumber(t, "stamp"), MaxTime), Gen: drawGen(t, "mode gen"),
		}
		if len(e.Heads) > 0 && rapid.Bool().Draw(t, "with head") {
			e.Mode.Stamp, e.Mode.Gen = e.Heads[0].Utime, e.Heads[0].Gen
		}
	}
	if rapid.Bool().Draw(t, "owned") {
		e.Owner = OwnerReg{
			Value: rapid.SampledFrom([]Owner{"", "0:0", "ann=1000:staff=50", `DOM\ann=4294967294:0`, "jörg=7:8"}).Draw(t, "owner"),
			Stamp: min(drawNumber(t, "owner stamp"), MaxTime), Gen: drawGen(t, "owner gen"),
		}
		if len(e.Heads) > 0 && rapid.Bool().Draw(t, "owner with head") {
			e.Owner.Stamp, e.Owner.Gen = e.Heads[0].Utime, e.Heads[0].Gen
		}
	}
	if rapid.Bool().Draw(t, "attributed") {
		e.Attrs = AttrsReg{Value: drawAttrs(t), Stamp: min(drawNumber(t, "attrs stamp"), MaxTime), Gen: drawGen(t, "attrs gen")}
		if len(e.Heads) > 0 && rapid.Bool().Draw(t, "attrs with head") {
			e.Attrs.Stamp, e.Attrs.Gen = e.Heads[0].Utime, e.Heads[0].Gen
		}
	}
	e.Witness = drawWitness(t, e.Heads)
	if e.Mode.Value != 0 && rapid.Bool().Draw(t, "same mode") {
		e.Witness.Mode = e.Mode.Value
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
