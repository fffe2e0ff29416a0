package chunk

// Piece is a piece of a new content: where it is in an old one, or that it is in
// none.
type Piece struct {
	At, Len int64
	Old     int   // which of the old contents has it, or Nowhere
	From    int64 // where that one has it
}

// Nowhere is the Piece.Old of what has to be fetched.
const Nowhere = -1

// Region is a piece of an old content that may have much of what has to be fetched.
type Region struct {
	Old     int
	At, Len int64
}

// Match finds the chunks of a new content among those of old ones, which were cut
// in the same way. Pieces cover the new content, in order. Regions are where the
// old ones have something else in the place of what was not found: they are worth
// a finer look, the first ones most.
func Match(fresh []Chunk, olds [][]Chunk, blocks bool) (pieces []Piece, regions []Region) {
	m := newMatcher(olds)
	var at int64
	for i, c := range fresh {
		p := Piece{At: at, Len: c.Size, Old: Nowhere}
		if old, k, ok := m.find(c, i, blocks); ok {
			p.Old, p.From = old, m.starts[old][k]
		}
		pieces = join(pieces, p)
		at += c.Size
	}
	for i := range pieces {
		if pieces[i].Old == Nowhere {
			regions = m.regions(pieces, i, blocks, regions)
		}
	}
	return pieces, regions
}

// join appends p, to the last piece if it goes on there.
func join(pieces []Piece, p Piece) []Piece {
	if n := len(pieces); n > 0 {
		last := &pieces[n-1]
		if last.Old == p.Old && (p.Old == Nowhere || last.From+last.Len == p.From) {
			last.Len += p.Len
			return pieces
		}
	}
	return append(pieces, p)
}

type place struct{ old, k int }

type matcher struct {
	olds   [][]Chunk
	starts [][]int64 // of each chunk, and the end
	where  map[Chunk]place
	last   place // the chunk after the one found last; old is Nowhere at first
}

func newMatcher(olds [][]Chunk) *matcher {
	n := 0
	for _, cs := range olds {
		n += len(cs)
	}
	m := &matcher{olds: olds, starts: make([][]int64, len(olds)), where: make(map[Chunk]place, n), last: place{old: Nowhere}}
	for old, cs := range olds {
		m.starts[old] = make([]int64, len(cs)+1)
		for k, c := range cs {
			m.starts[old][k+1] = m.starts[old][k] + c.Size
			if _, ok := m.where[c]; !ok {
				m.where[c] = place{old, k}
			}
		}
	}
	return m
}

// find looks for chunk i of the new content: after the last one that was found,
// at the same place, anywhere.
func (m *matcher) find(c Chunk, i int, blocks bool) (old, k int, ok bool) {
	at := m.last
	switch {
	case m.has(at, c):
	case blocks && m.has(place{0, i}, c):
		at = place{0, i}
	default:
		if at, ok = m.where[c]; !ok {
			return 0, 0, false
		}
	}
	m.last = place{at.old, at.k + 1}
	return at.old, at.k, true
}

func (m *matcher) has(at place, c Chunk) bool {
	return at.old >= 0 && at.old < len(m.olds) && at.k < len(m.olds[at.old]) && m.olds[at.old][at.k] == c
}

func (m *matcher) size(old int) int64 { return m.starts[old][len(m.olds[old])] }

// regions appends those for piece i, which was not found.
func (m *matcher) regions(pieces []Piece, i int, blocks bool, to []Region) []Region {
	gap := pieces[i]
	if blocks {
		if len(m.olds) > 0 {
			to = m.add(to, 0, gap.At, gap.At+gap.Len)
		}
		return to
	}
	// What was taken out here, and what was put in, is not known: as much again
	// and a little is looked at where only one end is.
	slack := gap.Len + gap.Len/4 + Greatest
	switch before, after := i > 0, i+1 < len(pieces); {
	case before && after && pieces[i-1].Old == pieces[i+1].Old && pieces[i-1].From+pieces[i-1].Len <= pieces[i+1].From &&
		pieces[i+1].From-pieces[i-1].From-pieces[i-1].Len <= 2*slack:
		to = m.add(to, pieces[i-1].Old, pieces[i-1].From+pieces[i-1].Len, pieces[i+1].From)
	case before || after:
		if before {
			end := pieces[i-1].From + pieces[i-1].Len
			to = m.add(to, pieces[i-1].Old, end, end+slack)
		}
		if after {
			to = m.add(to, pieces[i+1].Old, pieces[i+1].From-slack, pieces[i+1].From)
		}
	default:
		for old := range m.olds {
			to = m.add(to, old, 0, m.size(old))
		}
	}
	return to
}

// add appends what there is of a region.
func (m *matcher) add(to []Region, old int, from, end int64) []Region {
	if from, end = max(from, 0), min(end, m.size(old)); from >= end {
		return to
	}
	if n := len(to); n > 0 {
		if last := &to[n-1]; last.Old == old && last.At <= from && from <= last.At+last.Len {
			last.Len = max(last.Len, end-last.At)
			return to
		}
	}
	return append(to, Region{Old: old, At: from, Len: end - from})
}
