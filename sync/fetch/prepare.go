package fetch

import (
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
	list  *List      // nil: nothing stood there
}

// Prepare reads c in t, once. was is the size of the content that it took the place of: what
// it may have in common with that is found out as well; 0: there was none. Its errors are
// those of Files.Hash.
func Prepare(ctx context.Context, t tree.Tree, c Content, was int64) (*Prepared, error) {
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
	p, size := &Prepared{was: was}, c.Witness.Size
	var each func([]byte) error
	end := func() {}
	if was > 0 {
		p.list = new(List)
		each, end = p.list.filledFrom(size, was)
	}
	r.hash.Reset()
	if was > 0 && was < size {
		if err := r.hash.Take(ctx, io.NewSectionReader(file, 0, was), each); err != nil {
			return nil, err
		}
		p.start = r.hash.Sum()
	} else {
		was = 0
	}
	if err := r.hash.Take(ctx, io.NewSectionReader(file, was, size-was), each); err != nil {
		return nil, err
	}
	end()
	p.hash = r.hash.Sum()
	if p.list != nil {
		p.list.Hash = p.hash
	}
	return p, r.same(file, c.Witness)
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
