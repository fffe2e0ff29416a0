package index

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync/atomic"
)

// patcher puts new entries in the place of others of the same paths. What is beside
// them in a block is copied as it lies: most transactions of a run change a few entries
// in each of many blocks.
type patcher struct {
	data, body []byte // room for a block, and for an entry
}

// spare is how many generations a block may refer to beyond one an entry. Those that
// only replaced entries referred to stay until it is packed anew.
const spare = 16

// patch returns what becomes of b, or nil if not all changes are new entries of paths
// that b has.
func (r *patcher) patch(b *block, changes []change) *block {
	if len(b.gens) > b.n+spare || len(b.texts) > b.n+spare {
		return nil
	}
	made := &block{first: b.first, n: b.n, starts: slices.Clone(b.starts), gens: b.gens, texts: b.texts, inode: b.inode, sums: b.sums}
	times := b.ctimes.Load()
	if times != nil {
		fresh := make([]atomic.Int64, b.n)
		for i := range fresh {
			fresh[i].Store((*times)[i].Load())
		}
		times = &fresh
		made.ctimes.Store(times)
	}
	r.data = r.data[:0]
	copied := 0 // so much of b.data is dealt with
	var room [256]byte
	for c := b.cursor(room[:]); len(changes) > 0; {
		if !c.next() {
			return nil
		}
		order := compareBytes(c.path, changes[0].path)
		if order < 0 {
			continue
		} else if order > 0 || changes[0].entry == nil {
			return nil
		}
		e, was := changes[0].entry, Entry{}
		c.bare(&was, &arena{single: true})
		made.sums.recount(c.path, &was, e)
		r.body = made.appendBody(r.body[:0], e)
		if times != nil {
			(*times)[c.at].Store(0)
		}
		end := len(b.data) - len(c.rest)
		from := end - len(c.body) - uvarintLen(len(c.body))
		before := len(r.data) - copied
		r.data = append(r.data, b.data[copied:from]...)
		r.data = append(binary.AppendUvarint(r.data, uint64(len(r.body))), r.body...)
		copied, changes = end, changes[1:]
		longer := len(r.data) - copied - before
		for i := c.at/restart + 1; i < len(made.starts); i++ {
			made.starts[i] += uint32(longer)
		}
	}
	r.data = append(r.data, b.data[copied:]...)
	made.data = bytes.Clone(r.data)
	made.gens, made.texts = slices.Clip(made.gens), slices.Clip(made.texts)
	return made
}

func uvarintLen(n int) int {
	var room [binary.MaxVarintLen64]byte
	return binary.PutUvarint(room[:], uint64(n))
}
