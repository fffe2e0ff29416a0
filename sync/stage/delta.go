package stage

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"latus/sync/chunk"
	"latus/sync/fetch"
	"latus/sync/tree"
)

const (
	comparers = 2 // contents that are compared at the same time
	ahead     = 4 // contents that are begun before anything of them has come
)

// deltas fetches contents of which much is here already. Each want that has a Base
// is answered by a list of chunks; when all lists were looked through, what is
// missing of all these contents is asked for at once, and put in the midst of what
// is here.
type deltas struct {
	s     *Sink
	src   fetch.Source
	todo  []int         // wants with a Base
	slots chan struct{} // a place for each content that is begun ahead
	over  chan struct{}
	err   error // of the source, valid when over
}

// deltas begins to look at what is here. Where no wire is crossed whole files are
// wanted: then there is nothing to do.
func (s *Sink) deltas(src fetch.Source) *deltas {
	d := &deltas{s: s, src: src, slots: make(chan struct{}, ahead), over: make(chan struct{})}
	far := fetch.Far(src) && !tree.IsDistant(s.tree) // else what is here is as far away
	for n := range s.wants {
		if s.wants[n].Base > 0 && far {
			s.at(n).lists = make(chan *fetch.List, 1)
			d.todo = append(d.todo, n)
		}
	}
	if !far {
		s.wants = unbased(s.wants)
	}
	if len(d.todo) == 0 {
		close(d.over)
		return d
	}
	go d.run()
	return d
}

// unbased is wants without what they say of old content: all of each has to come.
func unbased(wants []fetch.Want) []fetch.Want {
	based := func(w fetch.Want) bool { return w.Base != 0 }
	if !slices.ContainsFunc(wants, based) {
		return wants
	}
	wants = slices.Clone(wants)
	for n := range wants {
		wants[n].Base = 0
	}
	return wants
}

// wait returns when everything is put together. It is called once the source has
// answered all wants, or is gone.
func (d *deltas) wait() error {
	for _, n := range d.todo {
		d.s.at(n).answer(nil)
	}
	<-d.over
	return d.err
}

// answer says what became of a want with a Base; only the first word counts.
func (in *incoming) answer(l *fetch.List) {
	if in.lists != nil {
		select {
		case in.lists <- l:
		default:
		}
	}
}

// List implements fetch.Patcher.
func (s *Sink) List(n int, l *fetch.List) error {
	if err := s.check(n); err != nil {
		return err
	}
	s.at(n).answer(l)
	return nil
}

// Refer implements fetch.Patcher.
func (s *Sink) Refer(n, first, count int) error {
	if err := s.check(n); err != nil {
		return err
	}
	s.patch(n, func(a *assembly) error { return a.refer(first, count) })
	return nil
}

func (d *deltas) run() {
	defer close(d.over)
	d.compare()
	rest := &again{Sink: d.s}
	for _, n := range d.todo {
		if a := d.s.at(n).patch; a != nil && a.parts != nil {
			w := d.s.at(n).want
			w.Hash, w.Offset, w.Base, w.Parts = a.hash, 0, 0, a.parts
			rest.add(n, w)
		}
	}
	gone, stop := context.WithCancel(d.s.ctx)
	defer stop()
	var g errgroup.Group
	for _, half := range []int{0, 1} {
		g.Go(func() error { d.begin(gone, half); return nil })
	}
	if len(rest.wants) > 0 {
		if d.err = d.src.Send(d.s.ctx, rest.wants, rest); d.err != nil {
			stop()
		} else {
			for _, n := range rest.numbers { // a source that forgets one must not hold up the others
				d.s.patch(n, func(*assembly) error { return fetch.ErrNoSource })
			}
		}
	}
	_ = g.Wait()
}

// compare looks through all lists.
func (d *deltas) compare() {
	var g errgroup.Group
	g.SetLimit(comparers)
	for _, n := range d.todo {
		g.Go(func() error {
			if err := d.look(n); err != nil && d.s.ctx.Err() == nil {
				d.s.drop(n, err)
			}
			return nil
		})
	}
	_ = g.Wait() // what can go wrong is a want's
}

// look finds out what of content n is here. It reads the old content while the
// source reads the new one: both then know how the other cut it, but for the rare
// case that the two look different.
func (d *deltas) look(n int) error {
	in := d.s.at(n)
	var (
		l    *fetch.List
		cut  chunk.Cut
		olds [][]chunk.Chunk
	)
	select {
	case l = <-in.lists:
	default:
		size, base := in.want.Size, in.want.Base
		cut = chunk.Coarse(size, chunk.Blocks(d.head(in.bases), size, base))
		ctx, stop := context.WithCancel(d.s.ctx)
		defer stop()
		var g errgroup.Group
		g.Go(func() error { olds = d.sketch(ctx, in, cut); return nil })
		select {
		case l = <-in.lists:
		case <-d.s.ctx.Done():
		}
		if l == nil || l.Starts {
			stop() // nobody will ask what is in the old one
		}
		_ = g.Wait()
		if err := d.s.ctx.Err(); err != nil {
			return err
		}
	}
	switch {
	case l == nil:
		return nil // it came whole, or not at all
	case in.want.Hash.Known() && l.Hash != in.want.Hash:
		return ErrWrongHash
	case !l.Starts && l.Cut != cut:
		olds = d.sketch(d.s.ctx, in, l.Cut)
	}
	a := newAssembly(d.s, n, l.Hash)
	var (
		pieces  []chunk.Piece
		regions []chunk.Region
	)
	if l.Starts {
		old := in.want.Base
		pieces = []chunk.Piece{{Len: old}, {At: old, Len: in.want.Size - old, Old: chunk.Nowhere}}
	} else {
		pieces, regions = chunk.Match(l.Chunks, olds, l.Cut.Blocks)
	}
	a.pieces = rest(pieces, in.want.Offset)
	a.parts = d.parts(a, regions, l.Cut.Blocks)
	in.phase, in.patch = patching, a
	return nil
}

// rest is what remains of pieces when the first bytes are there.
func rest(pieces []chunk.Piece, offset int64) []chunk.Piece {
	for len(pieces) > 0 && pieces[0].At+pieces[0].Len <= offset {
		pieces = pieces[1:]
	}
	if len(pieces) > 0 && pieces[0].At < offset {
		p := &pieces[0]
		skip := offset - p.At
		p.At, p.From, p.Len = p.At+skip, p.From+skip, p.Len-skip
	}
	return pieces
}

// parts is what has to be asked for, and what of the regions need not come; nil
// if everything is here.
func (d *deltas) parts(a *assembly, regions []chunk.Region, blocks bool) *fetch.Parts {
	w := &fetch.Parts{}
	for _, p := range a.pieces {
		if p.Old == chunk.Nowhere {
			w.Ranges = append(w.Ranges, fetch.Range{At: p.At, Len: p.Len})
		}
	}
	if len(w.Ranges) == 0 {
		return nil
	}
	var size int64
	for _, r := range regions {
		size += r.Len
	}
	w.Cut = chunk.Fine(size, blocks)
	for _, r := range regions {
		at := r.At
		_ = d.read(d.s.ctx, a.bases[r.Old], r.At, r.At+r.Len, w.Cut, func(c chunk.Chunk) { // what can't be read is not there
			if len(w.Have) < fetch.MaxParts {
				w.Have = append(w.Have, c)
				a.have = append(a.have, origin{r.Old, at})
			}
			at += c.Size
		})
	}
	return w
}

// begin copies what is here up to the first gap, of a few contents before
// anything has come of them; what has no gap it completes.
func (d *deltas) begin(ctx context.Context, half int) {
	for i, n := range d.todo {
		a := d.s.at(n).patch
		if a == nil || i%2 != half {
			continue
		}
		select {
		case d.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		taken := false
		d.s.patch(n, func(a *assembly) error {
			a.slot, taken = func() { <-d.slots }, true
			if a.parts == nil {
				return a.complete(a.hash)
			}
			return a.advance()
		})
		if !taken { // it has come and ended
			<-d.slots
		}
	}
}
