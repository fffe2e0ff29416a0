package stage

import (
	"errors"
	"fmt"
	"sync"

	"latus/index"
	"latus/sync/chunk"
	"latus/sync/fetch"
	"latus/sync/tree"
)

// patch does something with the assembly of content n. An error ends the content,
// or has it fetched whole.
func (s *Sink) patch(n int, do func(a *assembly) error) {
	in := s.at(n)
	a := in.patch
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if in.phase != patching {
		return
	}
	if err := do(a); err != nil && s.ctx.Err() == nil {
		s.drop(n, err)
	}
}

var errBase = errors.New("the old version is not what it was")

// mayBeWhole tells whether a content may still be had whole after an error.
func mayBeWhole(err error) bool {
	return errors.Is(err, errBase) || errors.Is(err, fetch.ErrChanged) || errors.Is(err, fetch.ErrNoSource) || errors.Is(err, fetch.ErrDamaged)
}

// origin is where an old content has a chunk.
type origin struct {
	old int
	at  int64
}

// assembly puts one content together.
type assembly struct {
	s     *Sink
	n     int
	bases []fetch.Content
	parts *fetch.Parts // nil: everything is here
	have  []origin     // of parts.Have

	mu     sync.Mutex // guards what follows, and the incoming content
	hash   index.Hash
	pieces []chunk.Piece // to be put
	files  []tree.File   // of bases, as far as they are open
	fresh  int64         // bytes that came
	slot   func()        // gives the place back
}

func newAssembly(s *Sink, n int, hash index.Hash) *assembly {
	bases := s.at(n).bases
	return &assembly{s: s, n: n, hash: hash, bases: bases, files: make([]tree.File, len(bases))}
}

func (a *assembly) in() *incoming { return a.s.at(a.n) }

// begin opens the file in staging.
func (a *assembly) begin() error {
	in := a.in()
	if in.file != nil {
		return nil
	}
	err := a.s.open(in)
	if err == nil || in.phase == spoiled {
		in.phase = patching
	}
	if err != nil && in.want.Offset > 0 {
		return fmt.Errorf("%w: %w", errNotWhole, err)
	}
	return err
}

// advance puts what is here, up to the next gap.
func (a *assembly) advance() error {
	if err := a.begin(); err != nil {
		return err
	}
	for len(a.pieces) > 0 && a.pieces[0].Old != chunk.Nowhere {
		p := a.pieces[0]
		if err := a.take(p.Old, p.From, p.Len); err != nil {
			return err
		}
		a.pieces = a.pieces[1:]
	}
	return nil
}

// fill notes that n bytes of a gap are filled.
func (a *assembly) fill(n int64) error {
	gap := &a.pieces[0]
	gap.At, gap.Len = gap.At+n, gap.Len-n
	if gap.Len == 0 {
		a.pieces = a.pieces[1:]
		return a.advance()
	}
	return nil
}

// put puts what came into the gap, or the gaps, that it belongs to.
func (a *assembly) put(p []byte) error {
	a.fresh += int64(len(p))
	a.s.received.Add(int64(len(p)))
	for len(p) > 0 {
		if err := a.advance(); err != nil {
			return err
		}
		if len(a.pieces) == 0 {
			return errWrongSize
		}
		q := p[:min(int64(len(p)), a.pieces[0].Len)]
		if err := a.write(q); err != nil {
			return err
		}
		if err := a.fill(int64(len(q))); err != nil {
			return err
		}
		p = p[len(q):]
	}
	return nil
}

// refer puts chunks that are here.
func (a *assembly) refer(first, count int) error {
	if a.parts == nil || first < 0 || count < 0 || first+count > len(a.have) {
		return errNotWhole
	}
	for i := first; i < first+count; i++ {
		if err := a.advance(); err != nil {
			return err
		}
		from, n := a.have[i], a.parts.Have[i].Size
		if len(a.pieces) == 0 || n > a.pieces[0].Len {
			return errWrongSize
		}
		if err := a.take(from.old, from.at, n); err != nil {
			return err
		}
		if err := a.fill(n); err != nil {
			return err
		}
	}
	return nil
}

// complete ends the content, all of which must be there but for what is here.
func (a *assembly) complete(h index.Hash) error {
	if err := a.advance(); err != nil {
		return err
	}
	if len(a.pieces) > 0 || h != a.hash {
		return errNotWhole
	}
	for i, f := range a.files {
		if f != nil && a.s.stage.stable(f, a.bases[i].Witness) != nil {
			return errBase
		}
	}
	a.s.finish(a.n, h)
	return nil
}

func (a *assembly) write(p []byte) error {
	in := a.in()
	in.hash.Write(p)
	in.size += int64(len(p))
	_, err := in.to.Write(p)
	return err
}

// take puts n bytes of an old content.
func (a *assembly) take(old int, from, n int64) error {
	f, err := a.base(old)
	if err != nil {
		return err
	}
	a.s.received.Add(n)
	in := a.in()
	// One block is hashed while the next is read and written.
	bufs := [2]*[]byte{buffers.Get().(*[]byte), buffers.Get().(*[]byte)}
	defer func() {
		in.hash.Wait()
		buffers.Put(bufs[0])
		buffers.Put(bufs[1])
	}()
	shared := a.share(f, from, n)
	for at := int64(0); at < n; bufs[0], bufs[1] = bufs[1], bufs[0] {
		if err := a.s.ctx.Err(); err != nil {
			return err
		}
		to := n
		if at < shared.At {
			to = shared.At
		} else if at < shared.At+shared.Len {
			to = shared.At + shared.Len
		}
		p := (*bufs[0])[:min(int64(len(*bufs[0])), to-at)]
		if _, err := f.ReadAt(p, from+at); err != nil {
			return fmt.Errorf("%w: %w", errBase, err)
		}
		in.hash.Beside(p)
		in.size += int64(len(p))
		if at < shared.At || at >= shared.At+shared.Len {
			_, err = in.to.Write(p)
		} else {
			err = in.to.skip(int64(len(p)))
		}
		if err != nil {
			return err
		}
		at += int64(len(p))
	}
	return nil
}

// blocks of this length can be shared on the usual filesystems, and runs of them
// that are not shorter than that are worth it.
const (
	sharedBlock = 4 << 10
	leastShared = 64 << 10
)

// share lets the staged file have blocks in common with an old one, where the
// filesystem can, and returns which of the n bytes from byte from on need not be
// written any more.
func (a *assembly) share(f tree.File, from, n int64) (r fetch.Range) {
	in := a.in()
	to, ok := in.file.(tree.RangeCloner)
	if !ok || !a.s.stage.traits.Reflink || (from-in.size)%sharedBlock != 0 {
		return r
	}
	r.At = -from & (sharedBlock - 1)
	r.Len = (n - r.At) &^ (sharedBlock - 1)
	if r.Len < leastShared || to.CloneRange(f, from+r.At, in.size+r.At, r.Len) != nil {
		return fetch.Range{}
	}
	return r
}

// base opens an old content: at another of its places if the plan moved it.
func (a *assembly) base(old int) (tree.File, error) {
	if a.files[old] != nil {
		return a.files[old], nil
	}
	var why error
	for _, c := range a.bases {
		if c.Witness != a.bases[old].Witness {
			continue
		}
		f, err := openOld(a.s.tree, a.s.stage, c)
		if err == nil {
			a.files[old] = f
			return f, nil
		}
		why = err
	}
	return nil, fmt.Errorf("%w: %w", errBase, why)
}

// close lets go of the old contents. A nil assembly has none.
func (a *assembly) close() {
	if a == nil {
		return
	}
	for i, f := range a.files {
		if f != nil {
			f.Close()
			a.files[i] = nil
		}
	}
	if a.slot != nil {
		a.slot()
		a.slot = nil
	}
}

// saved is how many bytes need not have come. A nil assembly saves nothing.
func (a *assembly) saved(w fetch.Want) int64 {
	if a == nil {
		return 0
	}
	return w.Size - w.Offset - a.fresh
}

var _ fetch.Patcher = (*Sink)(nil)
