package fetch

import (
	"errors"
	"slices"
)

// deniedBy tells whether all sources that are gone had said that they do not have f.
func (f *file) deniedBy(gone []error) bool {
	for src, err := range gone {
		if err != nil && (f.denied == nil || !f.denied[src]) {
			return false
		}
	}
	return true
}

// ended takes stock after a source returned, and returns files that perhaps nobody
// has who is left.
func (j *job) ended(v *visit, err error) (doubtful []*file) {
	j.mu.Lock()
	defer j.mu.Unlock()
	defer j.wake.Broadcast()
	if err != nil && j.fail == nil && j.ctx.Err() == nil && !v.idle && j.gone[v.src] == nil {
		j.gone[v.src] = err
		for _, p := range j.free {
			doubtful = append(doubtful, p.file)
		}
	}
	for i := range v.serves {
		s := &v.serves[i]
		f := s.piece.file
		if err == nil && !s.ended && !s.piece.done {
			j.deny(f, v.src, errShort)
		}
		if f.gen.has[v.src] == trying {
			f.gen.has[v.src] = unknown
		}
		j.withdraw(v, s.piece)
		doubtful = append(doubtful, f)
	}
	return doubtful
}

// withdraw ends a source's part in a piece. j.mu is held.
func (j *job) withdraw(v *visit, p *piece) {
	at := slices.Index(p.visits, v)
	if at < 0 {
		return
	}
	p.visits = slices.Delete(p.visits, at, at+1)
	if !p.done {
		v.less()
	}
	if len(p.visits) == 0 && p.place != nil {
		j.open.Remove(p.place)
		p.place = nil
		if !p.done {
			j.free = append(j.free, p)
		}
	}
}

// deny notes that a source does not have f. j.mu is held.
func (j *job) deny(f *file, src int, why error) {
	if f.denied == nil {
		f.denied = make([]bool, len(j.sources))
	}
	f.denied[src] = true
	if f.gen.has[src] != has {
		f.gen.has[src] = hasNot
	}
	if errors.Is(f.why, ErrNoSource) {
		f.why = why
	}
}

// endIfHopeless ends f if nobody who is left has it.
func (j *job) endIfHopeless(f *file) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || j.hopeful(f) {
		return
	}
	j.mu.Lock()
	f.lost = !f.deniedBy(j.gone)
	fail := j.fail
	j.mu.Unlock()
	if fail == nil && j.ctx.Err() == nil && !f.lost {
		j.failed(j.Missing(f.n, f.why))
		f.ended = true
	}
	j.over(f)
}

// hopeful tells whether somebody brings f, or may do so.
func (j *job) hopeful(f *file) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if f.lost {
		return true // it was ended before
	}
	for src := range j.sources {
		if j.gone[src] == nil && (f.denied == nil || !f.denied[src]) {
			return true
		}
	}
	return false
}

// over forgets the pieces of a file that has ended, or is lost. f.mu is held.
func (j *job) over(f *file) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.left--
	for _, p := range f.pieces {
		j.drop(p, nil)
		j.release(p)
	}
	f.pieces = nil
	j.wake.Broadcast()
}

// drop marks a piece as done: whoever else brings it may stop. j.mu is held.
func (j *job) drop(p *piece, by *visit) {
	if p.done {
		return
	}
	p.done = true
	for _, v := range p.visits {
		v.beaten = v.beaten || v != by
		v.less()
	}
}

// less notes that v has one piece less to bring, and stops it when there is none and
// its source may not have seen that. j.mu is held.
func (v *visit) less() {
	v.busy--
	if v.busy == 0 && v.beaten {
		v.idle = true
		if v.cancel != nil {
			v.cancel()
		}
	}
}

// release gives back the room that p took. j.mu is held.
func (j *job) release(p *piece) {
	if p.ahead {
		p.ahead = false
		j.ahead -= p.to - p.from
	}
}

// failed notes an error of the sink, which ends the job.
func (j *job) failed(err error) error {
	if err != nil {
		j.mu.Lock()
		if j.fail == nil {
			j.fail = err
		}
		j.mu.Unlock()
		j.cancel()
	}
	return err
}
