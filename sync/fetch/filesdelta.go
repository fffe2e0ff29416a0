package fetch

import (
	"context"
	"errors"
	"io"

	"github.com/cespare/xxhash/v2"

	"latus/index"
	"latus/sync/chunk"
	"latus/sync/tree"
)

// list answers want n by how its content is cut. An error is the sink's or the
// context's.
func (f *Files) list(ctx context.Context, r *reader, w Want, n int, sink Patcher) error {
	if p := f.prepared(ctx, w); p != nil {
		if l, ok := p.answers(&w); ok {
			return sink.List(n, l)
		}
	}
	if h, grown, err := f.grown(ctx, r, w); err != nil {
		return err
	} else if grown {
		return sink.List(n, &List{Hash: h, Starts: true})
	}
	w.Offset = 0
	var l List
	size := int64(0)
	each, end := l.filledFrom(w.Size, w.Base)
	h, err := f.read(ctx, r, w, func(p []byte, _ *index.Hash) error {
		if size += int64(len(p)); size > w.Size {
			return ErrChanged
		}
		return each(p)
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil && size != w.Size:
		err = ErrChanged
	}
	if err != nil {
		return sink.Missing(n, unread(err))
	}
	end()
	l.Hash = h
	return sink.List(n, &l)
}

// grown tells whether what is wanted begins with the old content, and returns the hash
// of all of it. What goes wrong will do so again, when the content is cut: an error is
// the context's.
func (f *Files) grown(ctx context.Context, r *reader, w Want) (h index.Hash, yes bool, err error) {
	if w.Start == nil || w.Base < LeastStart || w.Base >= w.Size {
		return h, false, nil
	}
	c, ok := f.Find(w)
	if !ok || c.Witness.Kind != index.File || c.Witness.Size != w.Size {
		return h, false, nil
	}
	h, err = r.begins(ctx, c, w.Base, w.Start)
	r.leave()
	if err != nil || w.Hash.Known() && h != w.Hash {
		return h, false, ctx.Err()
	}
	if !c.Hash.Known() && f.Learned != nil {
		f.Learned(w, h)
	}
	return h, true, nil
}

var errOther = errors.New("it does not begin so")

// begins returns the hash of c if its first bytes are those that s tells.
func (r *reader) begins(ctx context.Context, c Content, base int64, s *Start) (h index.Hash, err error) {
	file, err := r.open(c.At)
	if err != nil {
		return h, err
	}
	defer file.Close()
	if err := r.same(file, c.Witness); err != nil {
		return h, err
	}
	tail := r.buf[:StartTail]
	if _, err := file.ReadAt(tail, base-StartTail); err != nil {
		return h, err
	}
	if xxhash.Sum64(tail) != s.Tail {
		return h, errOther
	}
	r.hash.Reset()
	if err := r.hash.Take(ctx, io.NewSectionReader(file, 0, base), nil); err != nil {
		return h, err
	}
	if r.hash.Sum() != s.Hash {
		return h, errOther
	}
	if c.Hash.Known() {
		return c.Hash, nil
	}
	if err := r.hash.Take(ctx, io.NewSectionReader(file, base, c.Witness.Size-base), nil); err != nil {
		return h, err
	}
	return r.hash.Sum(), r.same(file, c.Witness)
}

// cut appends the chunks that end in p.
func cut(k *chunk.Cutter, p []byte, to []chunk.Chunk) []chunk.Chunk {
	for len(p) > 0 {
		n, ends := k.Next(p)
		if p = p[n:]; ends {
			to = append(to, k.Chunk())
		}
	}
	return to
}

// parts ends want n, of which only parts are wanted. An error is the sink's or the
// context's.
func (f *Files) parts(ctx context.Context, r *reader, w Want, n int, sink Patcher) error {
	why := ErrNoSource
	p := newPatch(sink, n, w.Parts)
	for range 3 {
		c, ok := f.Find(w)
		if !ok || c.Witness.Size != w.Size || c.Hash.Known() && c.Hash != w.Hash {
			break
		}
		why = r.patch(ctx, c, w.Parts.Ranges, p)
		switch {
		case p.fail != nil:
			return p.fail
		case ctx.Err() != nil:
			return ctx.Err()
		case why == nil:
			return sink.Done(n, w.Hash)
		}
		if p.begun {
			break
		}
		r.leave()
	}
	return sink.Missing(n, unread(why))
}

// patch hands ranges of c to p. They count only if nil is returned: c was the same
// before and afterwards.
func (r *reader) patch(ctx context.Context, c Content, ranges []Range, p *patch) error {
	file, err := r.open(c.At)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := r.same(file, c.Witness); err != nil {
		return err
	}
	for _, at := range ranges {
		if err := r.pour(ctx, file, at, p); err != nil {
			return err
		}
	}
	if err := p.flush(); err != nil {
		return err
	}
	return r.same(file, c.Witness)
}

func (r *reader) pour(ctx context.Context, file tree.File, at Range, p *patch) error {
	for at.Len > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := r.buf[:min(block, at.Len)]
		if _, err := io.ReadFull(io.NewSectionReader(file, at.At, at.Len), b); err == io.EOF || err == io.ErrUnexpectedEOF {
			return ErrChanged
		} else if err != nil {
			return err
		}
		if err := p.write(b); err != nil {
			return err
		}
		at.At += int64(len(b))
		at.Len -= int64(len(b))
	}
	return p.end()
}

// patch sends what the other side does not have of some ranges, and refers to the
// rest.
type patch struct {
	sink  Patcher
	n     int
	cut   *chunk.Cutter
	have  []chunk.Chunk
	where map[chunk.Chunk]int // the first place in have; empty: nothing is cut

	fresh        []byte // to be sent
	open         []byte // the chunk begun
	first, count int    // chunks to be referred to
	begun        bool   // the sink was told something
	fail         error  // of the sink
}

func newPatch(sink Patcher, n int, w *Parts) *patch {
	p := &patch{sink: sink, n: n, have: w.Have, where: make(map[chunk.Chunk]int, len(w.Have))}
	for i, c := range w.Have {
		if _, ok := p.where[c]; !ok {
			p.where[c] = i
		}
	}
	p.cut = chunk.NewCutter(w.Cut)
	return p
}

func (p *patch) write(b []byte) error {
	if len(p.where) == 0 {
		p.begun = true
		p.fail = p.sink.Data(p.n, b)
		return p.fail
	}
	for len(b) > 0 {
		n, ends := p.cut.Next(b)
		p.open = append(p.open, b[:n]...)
		if b = b[n:]; ends {
			if err := p.chunk(); err != nil {
				return err
			}
		}
	}
	return nil
}

// end is the end of a range.
func (p *patch) end() error {
	if p.cut.Len() == 0 {
		return nil
	}
	return p.chunk()
}

// chunk is the end of a chunk: it is sent, or referred to.
func (p *patch) chunk() error {
	c := p.cut.Chunk()
	next := p.first + p.count
	at, known := p.where[c]
	if p.count > 0 && next < len(p.have) && p.have[next] == c {
		at = next
	}
	switch {
	case !known:
		if err := p.refer(); err != nil {
			return err
		}
		p.fresh = append(p.fresh, p.open...)
	case p.count > 0 && at == next:
		p.count++
	default:
		if err := p.flush(); err != nil {
			return err
		}
		p.first, p.count = at, 1
	}
	p.open = p.open[:0]
	if len(p.fresh) >= block {
		return p.send()
	}
	return nil
}

func (p *patch) flush() error {
	if err := p.refer(); err != nil {
		return err
	}
	return p.send()
}

func (p *patch) refer() error {
	if p.count > 0 && p.fail == nil {
		p.begun = true
		p.fail = p.sink.Refer(p.n, p.first, p.count)
		p.count = 0
	}
	return p.fail
}

func (p *patch) send() error {
	if len(p.fresh) > 0 && p.fail == nil {
		p.begun = true
		p.fail = p.sink.Data(p.n, p.fresh)
		p.fresh = p.fresh[:0]
	}
	return p.fail
}
