package index

import (
	"cmp"
	"slices"
)

// Mark says that generations of an author up to Seq may have been forgotten.
type Mark struct {
	Author PeerID
	Seq    uint64
}

// Floor bounds what a tree has forgotten: the generations of entries that it
// dropped as dead, with all that their authors made before. Whoever lacks one of
// them cannot be told by a delta what became of it. Sorted by author, one mark
// for each.
type Floor []Mark

// Raise returns the floor that is as high as f and all marks.
func (f Floor) Raise(marks ...Mark) Floor {
	raised := f
	for _, m := range marks {
		i, found := slices.BinarySearchFunc(raised, m.Author, func(m Mark, id PeerID) int { return cmp.Compare(m.Author, id) })
		switch {
		case found && raised[i].Seq >= m.Seq:
			continue
		case !found:
			raised = slices.Insert(slices.Clip(raised), i, m)
		default:
			raised = slices.Clone(raised)
			raised[i].Seq = m.Seq
		}
	}
	return raised
}

// Holds tells whether other has all of k that lies below the floor: then a delta
// from k's tree tells it everything.
func (f Floor) Holds(k, other *Knowledge) bool {
	for _, m := range f {
		h, o := k.authors[m.Author], other.authors[m.Author]
		if h == nil {
			continue
		}
		for i, g := range h.gens {
			if g.Seq > m.Seq {
				break
			}
			same := o != nil && i < len(o.gens) && o.gens[i].Tag == g.Tag
			if !same && (o == nil || o.find(g.Tag) < 0) {
				return false
			}
		}
	}
	return true
}

// Floor bounds what this index has forgotten.
func (x *Index) Floor() Floor { return x.floor }

// Forget raises the floor. Belongs into the transaction that drops the entries,
// or takes over what another tree has dropped.
func (t *Tx) Forget(marks ...Mark) { t.batch.marks = t.batch.marks.Raise(marks...) }

// higher leaves out of b the marks that say nothing new.
func (x *Index) higher(b *batch) {
	b.marks = slices.DeleteFunc(slices.Clone(b.marks), func(m Mark) bool {
		i := slices.IndexFunc(x.floor, func(o Mark) bool { return o.Author == m.Author })
		return i >= 0 && x.floor[i].Seq >= m.Seq
	})
}

// Part is those generations of a Knowledge that somebody else has for certain.
type Part struct {
	of    *Knowledge
	first map[PeerID]int // so many of each author's
}

// Verified returns what of k the side with the given counts has: of each author
// the counted generations, if they are k's first ones. What is counted otherwise
// is taken for unknown to that side.
func (k *Knowledge) Verified(counts []Count) Part {
	p := Part{of: k, first: make(map[PeerID]int, len(counts))}
	for _, c := range counts {
		h := k.authors[c.Author]
		if h != nil && c.N <= uint64(len(h.gens)) && h.hashAt(int(c.N)) == c.Hash {
			p.first[c.Author] = int(c.N)
		}
	}
	return p
}

// Has tells whether the other side is known to have id.
func (p Part) Has(id GenID) bool {
	n := p.first[id.Author]
	if n == 0 {
		return false
	}
	i := p.of.authors[id.Author].find(id.Tag)
	return i >= 0 && i < n
}
