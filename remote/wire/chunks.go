package wire

import (
	"encoding/binary"
	"math"
	"math/bits"

	"latus/sync/chunk"
	"latus/sync/fetch"
)

// parts codes what is wanted of a content of size bytes.
func (c *Coder) parts(p *fetch.Parts, size int64) {
	var at int64 // where the range before ends
	list(c, &p.Ranges, fetch.MaxParts, func(c *Coder, r *fetch.Range) {
		gap := r.At - at
		number(c, &gap, uint64(size-at))
		r.At = at + gap
		number(c, &r.Len, uint64(size-r.At))
		if at = r.At + r.Len; c.reading && r.Len == 0 {
			c.refuse("an empty range")
		}
	})
	c.cut(&p.Cut, chunk.Smallest, chunk.Greatest)
	list(c, &p.Have, fetch.MaxParts, func(c *Coder, k *chunk.Chunk) { c.chunk(k, p.Cut) })
}

// cut codes a way to cut.
func (c *Coder) cut(v *chunk.Cut, least, most int64) {
	c.flag(&v.Blocks)
	log := bits.Len64(uint64(v.Size)) - 1
	number(c, &log, 62)
	if c.reading {
		if v.Size = 1 << log; v.Size < least || v.Size > most {
			c.refuse("chunks of %d bytes", v.Size)
			v.Size = least
		}
	}
}

func (c *Coder) chunk(k *chunk.Chunk, of chunk.Cut) {
	number(c, &k.Size, uint64(of.Longest()))
	fixed(c, &k.Sum)
	if c.reading && k.Size == 0 {
		c.refuse("an empty chunk")
	}
}

// chunks codes the list of a content of size bytes. It fits into a frame.
func (c *Coder) chunks(l *fetch.List, size int64) {
	c.hash(&l.Hash)
	if c.flag(&l.Starts); l.Starts {
		return
	}
	c.flag(&l.Cut.Blocks)
	l.Cut = chunk.Coarse(size, l.Cut.Blocks)
	left := size
	list(c, &l.Chunks, chunk.MaxChunks, func(c *Coder, k *chunk.Chunk) {
		c.chunk(k, l.Cut)
		left -= k.Size
	})
	if c.reading && c.err == nil && left != 0 {
		c.refuse("a list of chunks of another content")
	}
}

// List implements fetch.Patcher.
func (o *Outlet) List(n int, l *fetch.List) error {
	size := int64(0)
	for _, k := range l.Chunks {
		size += k.Size
	}
	c := NewEncoder(nil)
	c.chunks(l, size)
	if err := o.hold(); err != nil {
		return err
	}
	defer o.release()
	o.record(recordList, n)
	o.buf = append(o.buf, c.buf[headerLen:]...)
	return o.written()
}

// Refer implements fetch.Patcher.
func (o *Outlet) Refer(n, first, count int) error {
	if err := o.hold(); err != nil {
		return err
	}
	defer o.release()
	o.record(recordRefer, n)
	o.buf = binary.AppendUvarint(o.buf, uint64(first))
	o.buf = binary.AppendUvarint(o.buf, uint64(count))
	return o.written()
}

// list takes in the list of chunks that answers want n.
func (in *intake) list(c *Coder, n int) error {
	w, patch := in.wants[n], in.patcher(c)
	if patch == nil {
		return nil
	}
	if w.Base == 0 || in.got[n] != 0 {
		c.refuse("a list of chunks that nobody asked for")
		return nil
	}
	var l fetch.List
	if c.chunks(&l, w.Size); c.err != nil {
		return nil
	}
	if l.Starts && w.Start == nil {
		c.refuse("a content that begins with what nobody told of")
		return nil
	}
	in.ended(n)
	return patch.List(n, &l)
}

// refer takes in what stands for data of want n.
func (in *intake) refer(c *Coder, n int) error {
	w, patch := in.wants[n], in.patcher(c)
	if patch == nil {
		return nil
	}
	if w.Parts == nil {
		c.refuse("a reference to nothing")
		return nil
	}
	var first, count int
	number(c, &first, uint64(len(w.Parts.Have)))
	number(c, &count, uint64(len(w.Parts.Have)-first))
	if count == 0 {
		c.refuse("a reference to nothing")
	}
	if c.err != nil || in.got[n] == spoiled {
		return nil
	}
	var size int64
	for _, k := range w.Parts.Have[first : first+count] {
		size += k.Size
	}
	if fits, err := in.room(n, size); err != nil || !fits {
		return err
	}
	in.got[n] += size
	return patch.Refer(n, first, count)
}

// patcher is the sink, which asked for nothing of the kind if it is none.
func (in *intake) patcher(c *Coder) fetch.Patcher {
	patch, ok := in.sink.(fetch.Patcher)
	if !ok {
		c.refuse("a list of chunks that nobody asked for")
	}
	return patch
}

// room tells whether size more bytes belong to want n, which ends here if not.
func (in *intake) room(n int, size int64) (bool, error) {
	w := in.wants[n]
	if in.got[n] == spoiled || size <= w.Coming()-in.got[n] {
		return in.got[n] != spoiled, nil
	}
	in.got[n] = spoiled
	return false, in.sink.Missing(n, fetch.ErrChanged)
}

// delta codes what a want says of what is there already.
func (c *Coder) delta(w *fetch.Want) {
	number(c, &w.Base, math.MaxInt64)
	if w.Base > 0 {
		optional(c, &w.Start, func(c *Coder, s *fetch.Start) { c.hash(&s.Hash); fixed(c, &s.Tail) })
	}
	optional(c, &w.Parts, func(c *Coder, p *fetch.Parts) { c.parts(p, w.Size) })
	if c.reading && w.Parts != nil && (!w.Hash.Known() || w.Offset > 0 || w.Base > 0) {
		c.refuse("parts of a content that is not known")
	}
}
