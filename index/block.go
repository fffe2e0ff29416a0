package index

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"sync/atomic"
)

// blockEntries is how many entries a block has at most: enough to share what
// neighbours have in common, few enough to be read from the beginning for one.
const (
	blockEntries = 64
	restart      = 16
)

// block is a run of entries in Compare order, packed into bytes: a million
// entries cost what their bytes need, and nothing to the garbage collector. But
// for the change times that scans note, it is never changed.
type block struct {
	first  Path
	n      int
	data   []byte
	starts []uint32 // where every restart-th entry begins, whose path is told in full
	gens   []GenID  // that the entries refer to
	texts  []string // owners and attributes that they have
	inode  uint64   // inodes are told as differences to it
	sums   sums
	ctimes atomic.Pointer[[]atomic.Int64]
}

// see notes the change time of entry at.
func (b *block) see(at int, ctime int64) {
	times := b.ctimes.Load()
	if times == nil {
		fresh := make([]atomic.Int64, b.n)
		if b.ctimes.CompareAndSwap(nil, &fresh) {
			times = &fresh
		} else {
			times = b.ctimes.Load()
		}
	}
	if ctime == 0 {
		ctime = unseen
	}
	(*times)[at].Store(ctime)
}

// unseen is noted where a change time is not known any more.
const unseen = math.MinInt64

// seen is the change time that was noted of entry at, else or.
func (b *block) seen(at int, or int64) int64 {
	if times := b.ctimes.Load(); times != nil {
		// Others may note their entries of the block meanwhile.
		switch t := (*times)[at].Load(); t {
		case 0:
		case unseen:
			return 0
		default:
			return t
		}
	}
	return or
}

// packer makes blocks of entries that come in order.
type packer struct {
	blocks []*block
	count  int    // of entries, those in the open block included
	path   []byte // of the last entry
	next   []byte // of the entry to come
	b      *block // open; nil: none
	buf    []byte // its data
	body   []byte
	limit  int // of entries in a block; 0: blockEntries
	room   [1]Head
}

// add packs e under the path in p.next, or says that it does not come after the
// last one.
func (p *packer) add(e *Entry) bool {
	shared := commonPrefix(p.path, p.next)
	if p.count > 0 && !after(p.path, p.next, shared) {
		return false
	}
	if p.b != nil && p.b.n == cmp.Or(p.limit, blockEntries) {
		p.close()
	}
	if p.b == nil {
		p.b, p.buf = &block{first: Path(p.next), starts: make([]uint32, 0, blockEntries/restart)}, p.buf[:0]
	}
	if p.b.n%restart == 0 {
		p.b.starts, shared = append(p.b.starts, uint32(len(p.buf))), 0
	}
	p.body = p.b.appendBody(p.body[:0], e)
	p.buf = binary.AppendUvarint(p.buf, uint64(shared))
	p.buf = binary.AppendUvarint(p.buf, uint64(len(p.next)-shared))
	p.buf = append(p.buf, p.next[shared:]...)
	p.buf = binary.AppendUvarint(p.buf, uint64(len(p.body)))
	p.buf = append(p.buf, p.body...)
	p.b.n++
	p.count++
	p.b.sums.count(p.next, e)
	p.path, p.next = p.next, p.path
	return true
}

// put is add of an entry that is known to come next.
func (p *packer) put(e *Entry) {
	p.next = append(p.next[:0], e.Path...)
	if !p.add(e) {
		panic("index: entries out of order")
	}
}

func (p *packer) close() {
	if p.b != nil {
		p.b.data = bytes.Clone(p.buf)
		p.b.gens, p.b.texts = slices.Clip(p.b.gens), slices.Clip(p.b.texts)
		p.blocks, p.b = append(p.blocks, p.b), nil
	}
}

// finish returns the blocks.
func (p *packer) finish() []*block {
	p.close()
	return p.blocks
}

// first is the path of the first entry.
func (p *packer) first() Path { return p.finish()[0].first }

// after tells whether path b, which shares so many bytes with a, comes after it.
func after(a, b []byte, shared int) bool {
	switch {
	case shared == len(b):
		return false
	case shared == len(a):
		return true
	}
	return a[shared] == '/' || b[shared] != '/' && a[shared] < b[shared]
}

// What the first byte of an entry says.
const (
	oneHead     = 1 << iota // exactly one head; else a number follows
	isPending               // the list of have follows
	modeSet                 // there is a mode register
	modeImplied             // set along with the first head
	lookedAt                // there is a witness
	lookShared              // that shows the first head
	ownerSet                // there is an owner register
	attrsSet                // there is one of extended attributes
)

// What the first byte of a head says besides its kind, and that of a witness that
// shows it.
const (
	kindMask    = 7
	headFirst   = 8
	headHashed  = 16
	headLineage = 32
	headOrigin  = 64
	headRest    = 128 // a clock or a target

	lookBorn     = 1
	lookSeen     = 2
	lookModed    = 4
	lookNumbered = 8
	lookOwned    = 16
	lookPlain    = 32 // it has no extended attributes
	lookAttrs    = 64
)
