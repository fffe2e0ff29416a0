package index

import (
	"cmp"
	"encoding/binary"
	"iter"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
)

// Knowledge is a set of generations: those whose metadata somebody has merged.
// Membership is by author and tag alone. Sequence numbers only order an author's
// generations, for restored backups and copied trees use them twice.
//
// Several goroutines may read a Knowledge as long as none changes it.
type Knowledge struct {
	authors map[PeerID]*history
}

// history is what is known of one author. Elements of gens are never changed
// once written, so that copies can share them: what goes in at the end is
// appended, what goes in elsewhere makes a new slice.
type history struct {
	gens []Generation // in order of (Seq, Tag)
	hash uint64       // rolling hash of all of gens
	tags atomic.Pointer[map[uint64]int]
}

// NewKnowledge returns an empty set.
func NewKnowledge() *Knowledge {
	return &Knowledge{authors: map[PeerID]*history{}}
}

// Has tells whether id is in the set.
func (k *Knowledge) Has(id GenID) bool {
	h := k.authors[id.Author]
	return h != nil && h.find(id.Tag) >= 0
}

// Get returns the generation that id names. Its Time is zero where compaction
// has dropped it.
func (k *Knowledge) Get(id GenID) (Generation, bool) {
	if h := k.authors[id.Author]; h != nil {
		if i := h.find(id.Tag); i >= 0 {
			return h.gens[i], true
		}
	}
	return Generation{}, false
}

// Add puts g into the set. A generation that is there already stays as it is.
func (k *Knowledge) Add(g Generation) {
	h := k.history(g.Author)
	if h.find(g.Tag) >= 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(h.gens, g, compareGens)
	if at == len(h.gens) {
		h.append(g)
		return
	}
	h.set(slices.Concat(h.gens[:at], []Generation{g}, h.gens[at:]))
}

// addNext is Add without the cost of looking, where g is its author's next.
func (k *Knowledge) addNext(g Generation) {
	h := k.history(g.Author)
	if n := len(h.gens); n == 0 || h.gens[n-1].Seq < g.Seq && h.tags.Load() == nil {
		h.append(g)
		return
	}
	k.Add(g)
}

// Clone returns an independent copy. It costs little, whatever the size.
func (k *Knowledge) Clone() *Knowledge {
	c := NewKnowledge()
	for author, h := range k.authors {
		c.authors[author] = h.prefix(len(h.gens), h.hash)
	}
	return c
}

// Equal tells whether k and o hold the same generations.
func (k *Knowledge) Equal(o *Knowledge) bool {
	return maps.EqualFunc(k.authors, o.authors, func(a, b *history) bool {
		if len(a.gens) != len(b.gens) {
			return false
		}
		if a.hash == b.hash {
			return true
		}
		for _, g := range a.gens {
			if b.find(g.Tag) < 0 {
				return false
			}
		}
		return true
	})
}

// Len is the number of generations in the set.
func (k *Knowledge) Len() int {
	n := 0
	for _, h := range k.authors {
		n += len(h.gens)
	}
	return n
}

// NextSeq is the sequence number of the author's next generation.
func (k *Knowledge) NextSeq(author PeerID) uint64 {
	if h := k.authors[author]; h != nil {
		return h.gens[len(h.gens)-1].Seq + 1
	}
	return 1
}

// All yields every generation, by author, then by (Seq, Tag).
func (k *Knowledge) All() iter.Seq[Generation] {
	return func(yield func(Generation) bool) {
		for _, author := range k.sorted() {
			for _, g := range k.authors[author].gens {
				if !yield(g) {
					return
				}
			}
		}
	}
}

func (k *Knowledge) sorted() []PeerID {
	return slices.Sorted(maps.Keys(k.authors))
}

// history makes room for an author. The caller adds a generation right away: no
// history in the map is ever empty between calls.
func (k *Knowledge) history(author PeerID) *history {
	h := k.authors[author]
	if h == nil {
		h = &history{}
		k.authors[author] = h
	}
	return h
}

// find returns the position of tag, or -1. The first call builds the map that
// answers; that two readers may both build it does no harm.
func (h *history) find(tag uint64) int {
	tags := h.tags.Load()
	if tags == nil {
		m := make(map[uint64]int, len(h.gens))
		for i, g := range h.gens {
			m[g.Tag] = i
		}
		tags = &m
		h.tags.Store(tags)
	}
	if i, ok := (*tags)[tag]; ok {
		return i
	}
	return -1
}

func (h *history) append(g Generation) {
	if tags := h.tags.Load(); tags != nil {
		(*tags)[g.Tag] = len(h.gens)
	}
	h.gens = append(h.gens, g)
	h.hash = roll(h.hash, g.Tag)
}

func (h *history) set(gens []Generation) {
	h.gens = gens
	h.hash = rollAll(gens)
	h.tags.Store(nil)
}

// merge adds generations that are in order of (Seq, Tag).
func (h *history) merge(gens []Generation) {
	n := 0
	for n < len(gens) && n < len(h.gens) && compareGens(gens[n], h.gens[n]) == 0 {
		n++
	}
	gens = gens[n:]
	if n < len(h.gens) {
		gens = slices.DeleteFunc(slices.Clone(gens), func(g Generation) bool { return h.find(g.Tag) >= 0 })
	}
	switch last := len(h.gens) - 1; {
	case len(gens) == 0:
	case last < 0:
		h.set(slices.Clip(gens))
	case compareGens(gens[0], h.gens[last]) > 0:
		for _, g := range gens {
			h.append(g)
		}
	default:
		all := slices.Concat(h.gens, gens)
		slices.SortFunc(all, compareGens)
		h.set(all)
	}
}

// prefix shares the first n generations, whose rolling hash is hash.
func (h *history) prefix(n int, hash uint64) *history {
	return &history{gens: h.gens[:n:n], hash: hash}
}

// hashAt is the rolling hash of the first n generations.
func (h *history) hashAt(n int) uint64 {
	if n == len(h.gens) {
		return h.hash
	}
	return rollAll(h.gens[:n])
}

// compareGens orders the generations of one author.
func compareGens(a, b Generation) int {
	return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Tag, b.Tag))
}

// roll takes one more tag into a rolling hash, which starts at 0.
func roll(hash, tag uint64) uint64 {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], hash)
	binary.LittleEndian.PutUint64(b[8:], tag)
	return xxhash.Sum64(b[:])
}

func rollAll(gens []Generation) uint64 {
	var hash uint64
	for _, g := range gens {
		hash = roll(hash, g.Tag)
	}
	return hash
}
