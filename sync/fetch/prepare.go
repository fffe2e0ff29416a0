package fetch

import (
	"cmp"
	"context"
	"io"

	"latus/index"
	"latus/sync/chunk"
	"latus/sync/tree"
)

// Prepared is what there is to say of a content that was read before anybody asked for
// it.
type Prepared struct {
	hash  index.Hash
	was   int64      // the size of what stood there before; 0: nothing did
	start index.Hash // of the first was bytes, where more follow
	list  *List      // nil: nothing stood there, or c has grown
}

// Before is what stood in the place of a content that is read ahead.
type Before struct {
	Size  int64      // 0: nothing did
	Grown index.Hash // its hash, where it is likely that more was appended to it; else zero
}

// Prepare reads c in t, and finds out what it may have in common with what stood there
// before. It reads once, but what does not begin as was likely is cut by a second reading of
// the beginning. Its errors are those of Files.Hash.
func Prepare(ctx context.Context, t tree.Tree, c Content, before Before) (*Prepared, error) {
	r := newReader(t)
	defer r.close()
	file, err := r.open(c.At)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := r.same(file, c.Witness); err != nil {
		return nil, err
	}
	p, size := &Prepared{was: before.Size}, c.Witness.Size
	var each func([]byte) error
	end := func() {}
	cut := func() {
		p.list = new(List)
		each, end = p.list.filledFrom(size, before.Size)
	}
	longer := before.Size > 0 && before.Size < size
	if before.Size > 0 && !(longer && before.Grown.Known()) {
		cut()
	}
	r.hash.Reset()
	from := int64(0)
	if longer {
		from = before.Size
		if err := r.hash.Take(ctx, io.NewSectionReader(file, 0, from), each); err != nil {
			return nil, err
		}
		if p.start = r.hash.Sum(); p.list == nil && p.start != before.Grown {
			cut()
			if err := r.skim(ctx, io.NewSectionReader(file, 0, from), each); err != nil {
				return nil, err
			}
		}
	}
	if err := r.hash.Take(ctx, io.NewSectionReader(file, from, size-from), each); err != nil {
		return nil, err
	}
	end()
	p.hash = r.hash.Sum()
	if p.list != nil {
		p.list.Hash = p.hash
	}
	return p, r.same(file, c.Witness)
}

// skim reads src for each alone.
func (r *reader) skim(ctx context.Context, src io.Reader, each func([]byte) error) error {
	for {
		n, err := io.ReadFull(src, r.buf)
		if n > 0 {
			err = cmp.Or(each(r.buf[:n]), ctx.Err(), err)
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// filledFrom returns what is to be given the bytes of a content of that size, block by
// block, and what is to be called at its end: then l says how it is cut.
func (l *List) filledFrom(size, was int64) (each func([]byte) error, end func()) {
	var k *chunk.Cutter
	each = func(p []byte) error {
		if k == nil {
			l.Cut = chunk.Coarse(size, chunk.Blocks(p[:min(len(p), chunk.HeadLen)], size, was))
			k = chunk.NewCutter(l.Cut)
		}
		l.Chunks = cut(k, p, l.Chunks)
		return nil
	}
	end = func() {
		if k != nil && k.Len() > 0 {
			l.Chunks = append(l.Chunks, k.Chunk())
		}
	}
	return each, end
}

// answers returns the answer to w, which has a Base, if p has one.
func (p *Prepared) answers(w *Want) (*List, bool) {
	switch {
	case w.Start != nil && w.Base == p.was && w.Base < w.Size && w.Start.Hash == p.start:
		return &List{Hash: p.hash, Starts: true}, true
	case p.list != nil && (w.Base == w.Size) == (p.was == w.Size):
		return p.list, true
	}
	return nil, false
}

// prepared returns what was read ahead of w; nil: nothing was, or it is not what it should
// be.
func (f *Files) prepared(ctx context.Context, w Want) *Prepared {
	if f.Early == nil {
		return nil
	}
	c, ok := f.Find(w)
	if !ok || c.Witness.Kind != index.File || c.Witness.Size != w.Size {
		return nil
	}
	p := f.Early(ctx, c)
	if p == nil || c.Hash.Known() && c.Hash != p.hash || w.Hash.Known() && w.Hash != p.hash {
		return nil
	}
	if !c.Hash.Known() && f.Learned != nil {
		f.Learned(w, p.hash)
	}
	return p
}
