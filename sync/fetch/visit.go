package fetch

import (
	"context"
	"errors"
	"slices"

	"latus/index"
)

// visit is one call of a source: what it is asked for, and the sink for that.
type visit struct {
	job    *job
	src    int
	wants  []Want
	serves []serve

	// Under job.mu.
	busy   int  // pieces that are not done
	beaten bool // others have brought some of them
	idle   bool // they are all done, and the source may not have seen that
	cancel context.CancelFunc
}

// serve is what one source does for a piece.
type serve struct {
	piece *piece
	at    int64 // what it brings next
	gave  bool  // bytes of it were used
	ended bool
}

// errShort is about a source that says it is done and is not.
var errShort = errors.New("did not arrive whole")

// Data implements Sink. What another source brought already is passed over.
func (v *visit) Data(i int, b []byte) error {
	s := &v.serves[i]
	p, f := s.piece, s.piece.file
	f.mu.Lock()
	defer f.mu.Unlock()
	s.at += int64(len(b))
	at := p.at.Load()
	if f.ended || s.at <= at {
		return nil
	}
	b = b[int64(len(b))-(s.at-at):]
	if s.at > p.to {
		b = b[:int64(len(b))-(s.at-p.to)]
	}
	v.job.gave(v, s)
	if at > f.at {
		if p.buf == nil {
			p.buf = make([]byte, 0, p.to-at)
		}
		p.buf = append(p.buf, b...)
		p.at.Store(at + int64(len(b)))
	} else if err := v.pass(p, b); err != nil {
		return err
	}
	if f.split && p.at.Load() == p.to {
		return v.complete(p)
	}
	return nil
}

// gave notes that a source has what it was asked for. f.mu is held.
func (j *job) gave(v *visit, s *serve) {
	if s.gave {
		return
	}
	s.gave = true
	f := s.piece.file
	if f.from > 0 && f.from != 1+v.src {
		j.spread.mixes(j.wants[f.n])
	}
	f.from = 1 + v.src
	j.trusts(f, v.src)
}

func (j *job) trusts(f *file, src int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if f.gen.has[src] != has {
		f.gen.has[src] = has
		j.wake.Broadcast()
	}
}

// pass hands bytes on to the sink. They are the next ones; f.mu is held.
func (v *visit) pass(p *piece, b []byte) error {
	const most = 1 << 20
	f := p.file
	for len(b) > 0 {
		now := b[:min(len(b), most)]
		v.job.passing.Add(1)
		err := v.job.some.Data(f.n, now)
		v.job.passing.Add(-1)
		if v.job.failed(err) != nil {
			return err
		}
		f.at += int64(len(now))
		p.at.Store(max(p.at.Load(), f.at))
		b = b[len(now):]
	}
	return nil
}

// complete is called when a range has come. If it was the next one, what was held
// behind it can go on. f.mu is held.
func (v *visit) complete(p *piece) error {
	j, f := v.job, p.file
	j.finish(p, v)
	for next := j.next(f); next != nil; next = j.next(f) {
		b := next.buf
		next.buf = nil
		if err := v.pass(next, b); err != nil {
			return err
		}
	}
	if w := &j.wants[f.n]; f.at == w.Size {
		f.ended = true
		if err := j.failed(j.some.Done(f.n, w.Hash)); err != nil {
			return err
		}
		j.over(f)
	}
	return nil
}

// finish notes that a piece has come.
func (j *job) finish(p *piece, by *visit) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.drop(p, by)
	j.wake.Broadcast()
}

// next is the piece of f that is to be passed on next and has something to pass on;
// nil: there is none. It need not be held any more. f.mu is held.
func (j *job) next(f *file) *piece {
	j.mu.Lock()
	defer j.mu.Unlock()
	f.pieces = slices.DeleteFunc(f.pieces, func(p *piece) bool {
		if p.to > f.at {
			return false
		}
		j.release(p) // nothing of it was held, if it was the next one when it was begun
		return true
	})
	for _, p := range f.pieces {
		if p.from == f.at {
			j.release(p)
			j.wake.Broadcast()
			if len(p.buf) > 0 {
				return p
			}
		}
	}
	return nil
}

// Done implements Sink.
func (v *visit) Done(i int, h index.Hash) error {
	s := &v.serves[i]
	j, p, f := v.job, s.piece, s.piece.file
	s.ended = true
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.ended:
		return nil
	case f.split && p.at.Load() < p.to:
		return v.refuse(f, errShort)
	case f.split:
		return nil
	}
	j.gave(v, s) // an empty one, too
	f.ended = true
	if err := j.failed(j.some.Done(f.n, h)); err != nil {
		return err
	}
	j.finish(p, v)
	j.over(f)
	return nil
}

// Missing implements Sink. Bytes of a file that turned out to be wrong must not be
// continued with another's.
func (v *visit) Missing(i int, why error) error {
	s := &v.serves[i]
	s.ended = true
	f := s.piece.file
	f.mu.Lock()
	if f.ended {
		f.mu.Unlock()
		return nil
	}
	if s.gave {
		defer f.mu.Unlock()
		return v.void(f, why)
	}
	err := v.refuse(f, why)
	f.mu.Unlock()
	v.job.giveBack(v, s.piece)
	return err
}

// giveBack lets others bring p, at once.
func (j *job) giveBack(v *visit, p *piece) {
	j.mu.Lock()
	j.withdraw(v, p)
	j.wake.Broadcast()
	j.mu.Unlock()
	j.endIfHopeless(p.file)
}

// void ends f without its content, which another source may have. f.mu is held.
func (v *visit) void(f *file, why error) error {
	f.ended = true
	j := v.job
	j.spread.spoilers.add(&j.wants[f.n], v.src, why)
	j.spread.mixes(j.wants[f.n])
	if j.elsewhere(f) {
		why = elsewhereError{why}
	}
	err := v.job.failed(v.job.some.Missing(f.n, why))
	v.job.over(f)
	return err
}

// elsewhere tells whether a source may have f that was not found wanting.
func (j *job) elsewhere(f *file) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for src := range j.sources {
		if j.gone[src] == nil && (f.denied == nil || !f.denied[src]) && !j.spread.spoilers.bars(&j.wants[f.n], src) {
			return true
		}
	}
	return false
}

// refuse notes that the source does not have f after all.
func (v *visit) refuse(f *file, why error) error {
	v.job.mu.Lock()
	defer v.job.mu.Unlock()
	v.job.deny(f, v.src, why)
	return nil
}

// List implements Patcher.
func (v *visit) List(i int, l *List) error {
	s := &v.serves[i]
	j, p, f := v.job, s.piece, s.piece.file
	s.ended = true
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return nil
	}
	j.trusts(f, v.src)
	f.ended = true
	if err := j.failed(j.some.List(f.n, l)); err != nil {
		return err
	}
	j.finish(p, v)
	j.over(f)
	return nil
}

// Refer implements Patcher. Nothing is wanted that could be referred to.
func (v *visit) Refer(i, _, _ int) error { return v.Missing(i, errShort) }
