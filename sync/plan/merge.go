package plan

import (
	"bytes"
	"cmp"
	"slices"

	"latus/index"
)

// MergeRule rules what counts as equal content without having been read, and what it
// means that nothing is said.
type MergeRule struct {
	Checksum bool // size and mtime are never believed
	Again    bool // theirs was merged with mine before: which equal versions go is decided
	Mine     Sees // what either tree looks at in this run
	Theirs   Sees
}

// Sees is what a tree looks at besides the versions themselves.
type Sees struct{ Attrs bool }

// MergeHeads merges what two trees hold of one path. A head survives if both
// have it, or if the one that lacks it has never heard of it; what a tree has
// heard of and no longer has was superseded there, or is one that it let go of for
// an equal one: then it stays if that one was superseded where it was not. The result
// is the same whichever side merges, and merging it again changes nothing. It may be one of
// the two.
func MergeHeads(mine, theirs []index.Head, kMine, kTheirs Known, r MergeRule) []index.Head {
	var room [4]index.Head
	heads := room[:0]
	for i := range mine {
		h := &mine[i]
		j := findGen(theirs, h.Gen)
		if j < 0 && kTheirs.Has(h.Gen) && !letGo(*h, mine, theirs, kMine, r) {
			continue
		}
		heads = append(heads, *h)
		if j >= 0 {
			last := &heads[len(heads)-1]
			last.Hash = learnt(h.Hash, theirs[j].Hash)
		}
	}
	for i := range theirs {
		h := &theirs[i]
		if findGen(mine, h.Gen) < 0 && (!kMine.Has(h.Gen) || letGo(*h, theirs, mine, kTheirs, r)) {
			heads = append(heads, *h)
		}
	}
	if r.Again {
		sortHeads(heads)
	} else {
		heads = dropEqual(heads, r)
	}
	ours := func(h index.Head) bool { return hasGen(mine, h.Gen) }
	switch {
	case sameHashes(heads, mine):
		return mine
	case sameHashes(heads, theirs) && !slices.ContainsFunc(heads, ours):
		return theirs
	}
	return slices.Clone(heads)
}

// letGo tells whether the other tree, which has heard of h, lacks it only because it
// dropped it for a greater one of equal content, of which these heads know that it was
// superseded. Had h been superseded itself, whoever knows of that one would not hold h:
// what trees know travels as a whole.
func letGo(h index.Head, heads, others []index.Head, k Known, r MergeRule) bool {
	return h.Kind.Live() && slices.ContainsFunc(others, func(g index.Head) bool {
		return k.Has(g.Gen) && findGen(heads, g.Gen) < 0 && Compare(g, h) > 0 && outdone(h, g, r)
	})
}

// dropEqual drops each live head for a greater one of equal content, or for one
// that descends from it. Only heads that stay count, from the greatest on, so
// that a chain of near-equal mtimes hides no difference between its ends.
func dropEqual(heads []index.Head, r MergeRule) []index.Head {
	if len(heads) < 2 {
		return heads
	}
	slices.SortFunc(heads, func(a, b index.Head) int { return Compare(b, a) })
	kept := heads[:0]
	for _, h := range heads {
		outdone := h.Kind.Live() && slices.ContainsFunc(kept, func(g index.Head) bool {
			return outdone(h, g, r)
		})
		if !outdone {
			kept = append(kept, h)
		}
	}
	sortHeads(kept)
	return kept
}

// outdone tells whether the greater head g makes h superfluous. A first scan's
// head superseded nothing, so nothing is forgotten with it. Others are kept unless
// their content is proved to be equal: they are no conflict, but what they
// superseded is told by them.
func outdone(h, g index.Head, r MergeRule) bool {
	proved := h.First || h.Kind == index.File && h.Hash.Known() && h.Hash == g.Hash
	return proved && compareContent(g, h, r) == equal || descends(g, h, r) == equal
}

func findGen(heads []index.Head, gen index.GenID) int {
	for i := range heads {
		if heads[i].Gen == gen {
			return i
		}
	}
	return -1
}

// learnt is what two notes of one hash come to. Should they differ, one of the
// trees is damaged; both sides then still agree on the note.
func learnt(a, b index.Hash) index.Hash {
	if bytes.Compare(a[:], b[:]) >= 0 {
		return a
	}
	return b
}

// MergeEntry merges two entries of one path into the one that mine becomes, and
// tells whether it differs from mine, which it else is. Either may be nil: no heads. The disk of
// mine has acknowledged what it had before, so the result is pending where the
// heads or a register moved.
//
// To take in hashes learnt since, merge the annotated result with itself.
func MergeEntry(mine, theirs *index.Entry, kMine, kTheirs Known, r MergeRule) (*index.Entry, bool) {
	if mine == nil && theirs == nil {
		return nil, false
	}
	was, other := mine, theirs
	if mine == nil {
		was = &index.Entry{}
	}
	if theirs == nil {
		other = &index.Entry{}
	}
	heads := MergeHeads(was.Heads, other.Heads, kMine, kTheirs, r)
	shown, _ := Display(heads)
	mines, others := holders(was, other, kMine, kTheirs, index.Kind.Live)
	owner := mergeReg(was.Owner, other.Owner, mines, others, shown.Kind)
	mines, others = holders(was, other, kMine, kTheirs, bears)
	mode := private(mergeMode(was.Mode, other.Mode, mines, others, heads, shown, r), shown, mines, others)
	attrs := mergeReg(was.Attrs, other.Attrs, mines, others, shown.Kind)
	if bears(shown.Kind) && !attrs.Set() {
		attrs = bared(was.Attrs, other.Attrs, r)
	}
	set := mode != was.Mode || owner != was.Owner || attrs != was.Attrs
	have := learntFrom(was.Acked(), heads, other.Heads)
	pending := was.Pending || set || !sameGens(heads, have)
	if !set && pending == was.Pending && sameHashes(heads, was.Heads) && (!pending || sameHashes(have, was.Have)) {
		return mine, false
	}
	n := *was
	n.Path = cmp.Or(was.Path, other.Path)
	n.Heads, n.Mode, n.Owner, n.Attrs, n.Pending, n.Have = heads, mode, owner, attrs, pending, nil
	if mine == nil && len(heads) == 0 && !n.Set() {
		return nil, false
	}
	if pending {
		n.Have = have
	}
	return &n, true
}

// learntFrom fills in the hashes that others know of the same heads.
func learntFrom(heads []index.Head, others ...[]index.Head) []index.Head {
	for i := range heads {
		for _, o := range others {
			if j := findGen(o, heads[i].Gen); j >= 0 && heads[i].Hash != learnt(heads[i].Hash, o[j].Hash) {
				h := heads[i]
				h.Hash = learnt(h.Hash, o[j].Hash)
				heads = ReplaceHash(heads, h)
			}
		}
	}
	return heads
}

func sameHashes(a, b []index.Head) bool {
	if !sameGens(a, b) {
		return false
	}
	for i := range a {
		if a[i].Hash != b[i].Hash {
			return false
		}
	}
	return true
}

// Undecided returns the heads whose hash is needed before it can be said whether
// there is a conflict.
func Undecided(heads []index.Head, r MergeRule) []index.GenID {
	d, live := Display(heads)
	if !live || len(heads) == 1 {
		return nil
	}
	var need []index.GenID
	ask := func(h index.Head) {
		if h.Hash.Known() {
			return
		}
		for _, g := range need {
			if g == h.Gen {
				return
			}
		}
		need = append(need, h.Gen)
	}
	for _, h := range heads {
		if h.Gen == d.Gen || !h.Kind.Live() {
			continue
		}
		switch {
		case compareContent(d, h, r) == unknown:
			ask(d)
			ask(h)
		case descends(d, h, r) == unknown:
			ask(h)
		}
	}
	return need
}

// Acknowledge returns e as it is when the disk shows the display of its heads,
// with w as witness: all heads are acknowledged but those whose bytes a Keep of
// this plan has still to bring.
func (p *Plan) Acknowledge(e *index.Entry, w index.Witness) *index.Entry {
	n := *e
	n.Witness, n.Pending, n.Have = w, false, nil
	kept := func(h index.Head) bool { return p.keeps(e.Path, h.Gen) }
	if slices.ContainsFunc(e.Heads, kept) {
		n.Pending, n.Have = true, slices.DeleteFunc(slices.Clone(e.Heads), kept)
	}
	return &n
}

// Shows tells whether the bytes that the disk shows at e.Path, as it was last
// acknowledged, are those of version gen of that path: its own, or ones known to
// be equal without reading.
func Shows(e *index.Entry, gen index.GenID) bool {
	acked := e.Acked()
	i := greatest(acked)
	if i < 0 || acked[i].Kind != e.Witness.Kind {
		return false
	}
	d := &acked[i]
	if took(d, e.Path, gen) {
		return true // whoever knows only the older name asks by that
	}
	for _, heads := range [][]index.Head{acked, e.Heads} {
		if j := findGen(heads, gen); j >= 0 {
			h := &heads[j]
			return took(h, e.Path, d.Gen) || took(d, e.Path, gen) || compareContent(*d, *h, MergeRule{}) == equal
		}
	}
	return false
}

// Alike returns the versions of e's path that have the bytes of version gen as
// far as is known without reading, gen first.
func Alike(e *index.Entry, gen index.GenID) []index.GenID {
	same := []index.GenID{gen}
	if i := findGen(e.Heads, gen); i >= 0 {
		for _, h := range e.Heads {
			if h.Gen != gen && h.Kind == e.Heads[i].Kind && compareContent(h, e.Heads[i], MergeRule{}) == equal {
				same = append(same, h.Gen)
			}
		}
	}
	return same
}
