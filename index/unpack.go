package index

import "encoding/binary"

// cursor reads the entries of a block one after the other.
type cursor struct {
	b    *block
	at   int    // of the current entry; -1 before the first
	path []byte // of it
	body []byte // of it
	rest []byte
}

func (b *block) cursor(room []byte) cursor {
	return cursor{b: b, at: -1, path: room[:0], rest: b.data}
}

// next steps to the next entry.
func (c *cursor) next() bool {
	if len(c.rest) == 0 {
		return false
	}
	u := unpacker{p: c.rest}
	shared := u.uvarint()
	c.path = append(c.path[:shared], u.bytes(int(u.uvarint()))...)
	c.body = u.bytes(int(u.uvarint()))
	c.rest = u.p
	c.at++
	return true
}

// jump goes before the n-th entry whose path is told in full.
func (c *cursor) jump(n int) {
	c.at, c.rest = n*restart-1, c.b.data[c.b.starts[n]:]
}

// peek is the path that is told in full at a place of the data.
func (c *cursor) peek(at int) []byte {
	u := unpacker{p: c.b.data[at+1:]} // shared: 0
	return u.bytes(int(u.uvarint()))
}

// child fills in how the disk showed the current entry, who is to own it and which
// attributes it is to have.
func (c *cursor) child(to *Child) {
	u := unpacker{b: c.b, p: c.body}
	to.Owner, to.Attrs = u.entry(nil, &to.Witness)
	to.Witness.Ctime = c.b.seen(c.at, to.Witness.Ctime)
}

// entry fills in e, whose memory comes from a.
func (c *cursor) entry(e *Entry, a *arena) {
	e.Path = Path(a.string(c.path))
	c.bare(e, a)
}

// bare fills in all of e but the path.
func (c *cursor) bare(e *Entry, a *arena) {
	u := unpacker{b: c.b, p: c.body, a: a}
	u.entry(e, &e.Witness)
	e.Witness.Ctime = c.b.seen(c.at, e.Witness.Ctime)
}

// atRest tells whether the current entry is at rest: often enough, and never wrongly.
func (c *cursor) atRest() bool {
	const rest = oneHead | lookedAt | lookShared
	return c.body[0]&(rest|isPending) == rest && Kind(c.body[1]&kindMask).Live()
}

// brief fills in an entry at rest, but for what takes memory of its own.
func (c *cursor) brief(e *Entry, a *arena) {
	e.Path = Path(a.string(c.path))
	u := unpacker{b: c.b, p: c.body, a: a, brief: true}
	u.entry(e, &e.Witness)
	e.Witness.Ctime = c.b.seen(c.at, e.Witness.Ctime)
}

// single tells whether the current entry has exactly one head, so refers to a generation.
func (c *cursor) single() bool { return c.body[0]&oneHead != 0 }

// refers tells whether the current entry refers to one of the generations that are
// marked, by their place in the block's table.
func (c *cursor) refers(marked []bool) bool {
	u, w := unpacker{b: c.b, p: c.body, marked: marked}, Witness{}
	u.entry(nil, &w)
	return u.met
}

// unpacker reads what a packer wrote. Its input never leaves the memory of this
// process: it is not checked.
type unpacker struct {
	b *block
	p []byte
	a *arena

	brief  bool   // what of a head takes memory of its own is left out
	marked []bool // generations of b; nil: nobody asks
	met    bool   // one of them was read
}

func (u *unpacker) uvarint() uint64 {
	if c := u.p[0]; c < 0x80 {
		u.p = u.p[1:]
		return uint64(c)
	}
	v, n := binary.Uvarint(u.p)
	u.p = u.p[n:]
	return v
}

func (u *unpacker) varint() int64 {
	v := u.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (u *unpacker) byte() byte {
	c := u.p[0]
	u.p = u.p[1:]
	return c
}

func (u *unpacker) fixed() uint64 {
	v := binary.LittleEndian.Uint64(u.p)
	u.p = u.p[8:]
	return v
}

func (u *unpacker) bytes(n int) []byte {
	b := u.p[:n]
	u.p = u.p[n:]
	return b
}

func (u *unpacker) gen() GenID {
	at := u.uvarint()
	if u.marked != nil {
		u.met = u.met || u.marked[at]
	}
	return u.b.gens[at]
}

// entry reads a body; with e nil only the witness. It returns what the registers of the
// owner and the attributes say.
func (u *unpacker) entry(e *Entry, w *Witness) (Owner, Attrs) {
	shape := u.byte()
	n := 1
	if shape&oneHead == 0 {
		n = int(u.uvarint())
	}
	var room [2]Head // the first one, and others that nobody asks for
	first := &room[0]
	if e != nil && n > 0 {
		e.Heads = u.a.heads(n)
		first = &e.Heads[0]
	}
	for i := range n {
		h := first
		if i > 0 && e != nil {
			h = &e.Heads[i]
		} else if i > 0 {
			h = &room[1]
		}
		u.head(h, e != nil && !u.brief)
	}
	if shape&isPending != 0 {
		n := int(u.uvarint())
		if e != nil {
			e.Pending = true
			if n > 0 {
				e.Have = u.a.heads(n)
			}
		}
		for i := range n {
			h := &room[1]
			if e != nil {
				h = &e.Have[i]
			}
			u.head(h, e != nil)
		}
	}
	var mode ModeReg
	if shape&modeSet != 0 {
		mode.Value = uint32(u.uvarint())
		if shape&modeImplied != 0 {
			mode.Stamp, mode.Gen = first.Utime, first.Gen
		} else {
			mode.Stamp, mode.Gen = u.varint(), u.gen()
		}
		if e != nil {
			e.Mode = mode
		}
	}
	var owner OwnerReg
	if shape&ownerSet != 0 {
		owner = unpackReg[Owner](u, first)
	}
	var attrs AttrsReg
	if shape&attrsSet != 0 {
		attrs = unpackReg[Attrs](u, first)
	}
	if e != nil {
		e.Owner, e.Attrs = owner, attrs
	}
	if shape&lookedAt != 0 {
		u.look(w, first, mode.Value, shape&lookShared != 0)
	}
	return owner.Value, attrs.Value
}

// unpackReg reads what appendReg wrote.
func unpackReg[T ~string](u *unpacker, first *Head) Reg[T] {
	at := u.uvarint()
	r := Reg[T]{Value: T(u.b.texts[at>>1]), Stamp: first.Utime, Gen: first.Gen}
	if at&1 == 0 {
		r.Stamp, r.Gen = u.varint(), u.gen()
	}
	return r
}

// head reads a head; without all, only what takes no memory.
func (u *unpacker) head(h *Head, all bool) {
	flags := u.byte()
	*h = Head{}
	h.Kind, h.First = Kind(flags&kindMask), flags&headFirst != 0
	h.Gen = u.gen()
	h.Clock = 1
	h.Size = int64(u.uvarint())
	h.Mtime = int64(u.fixed())
	h.Utime = h.Mtime + u.varint()
	if flags&headHashed != 0 {
		copy(h.Hash[:], u.bytes(len(h.Hash)))
	}
	if flags&headRest != 0 {
		h.Clock = uint32(u.uvarint())
		if target := u.bytes(int(u.uvarint())); all {
			h.Target = u.a.string(target)
		}
	}
	if flags&headLineage != 0 {
		n := int(u.uvarint())
		if all {
			h.Lineage = make([]Ancestor, n)
		}
		for i := range n {
			a := Ancestor{Hash: u.fixed(), Size: u.varint(), Mtime: u.varint()}
			if all {
				h.Lineage[i] = a
			}
		}
	}
	if flags&headOrigin != 0 {
		path, gen := u.bytes(int(u.uvarint())), GenID{}
		gen = u.gen()
		linked := u.byte() == 1
		if all {
			h.Origin = &Origin{Path: Path(u.a.string(path)), Gen: gen, Linked: linked}
		}
	}
}

func (u *unpacker) look(w *Witness, h *Head, mode uint32, shared bool) {
	flags := u.byte()
	if shared {
		w.Kind, w.Size, w.Mtime = h.Kind, h.Size, h.Mtime
	} else {
		w.Kind = Kind(u.byte())
		w.Size, w.Mtime = u.varint(), u.varint()
	}
	if flags&lookNumbered != 0 {
		w.Inode = u.b.inode + uint64(u.varint())
	}
	base := w.Mtime
	if flags&lookBorn != 0 {
		w.Btime = base + u.varint()
		base = w.Btime
	}
	if flags&lookSeen != 0 {
		w.Ctime = base + u.varint()
	}
	w.Mode = mode
	if flags&lookModed != 0 {
		w.Mode = uint32(u.uvarint())
	}
	if flags&lookOwned != 0 {
		w.Owner = IDs{uint32(u.uvarint()), uint32(u.uvarint())}
	}
	switch {
	case flags&lookPlain != 0:
		w.Attrs = noSum
	case flags&lookAttrs != 0:
		w.Attrs = Sum(u.fixed())
	}
}
