package index

import "encoding/binary"

// table numbers the generations that lines refer to, from 1. Number 0 is the
// zero GenID. What a table line with Seq 0 names is not thereby known.
type table struct {
	gens    []Generation
	numbers map[GenID]uint64 // of gens[:mapped], made when first asked
	mapped  int
	last    GenID // what was asked for last, and its number
	lastN   uint64
}

func (t *table) add(g Generation) uint64 {
	t.gens = append(t.gens, g)
	return uint64(len(t.gens))
}

// at returns generation n; a zero one for 0. n must be in the table.
func (t *table) at(n uint64) Generation {
	if n == 0 {
		return Generation{}
	}
	return t.gens[n-1]
}

// number returns the number of id, or 0 if it has none.
func (t *table) number(id GenID) uint64 {
	if id == (GenID{}) {
		return 0
	}
	if id == t.last {
		return t.lastN
	}
	if t.numbers == nil {
		t.numbers = make(map[GenID]uint64, len(t.gens))
	}
	for ; t.mapped < len(t.gens); t.mapped++ {
		t.numbers[t.gens[t.mapped].GenID] = uint64(t.mapped + 1)
	}
	n := t.numbers[id]
	if n != 0 {
		t.last, t.lastN = id, n
	}
	return n
}

// cut forgets all numbers beyond n.
func (t *table) cut(n int) {
	if n < len(t.gens) {
		t.gens = t.gens[:n]
		t.numbers, t.mapped, t.last, t.lastN = nil, 0, GenID{}, 0
	}
}

func bigEndian(v uint64) (b [8]byte) {
	binary.BigEndian.PutUint64(b[:], v)
	return b
}
