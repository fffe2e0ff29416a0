package stage

import "latus/sync/fetch"

// What a sink knows of each content, from its first byte until somebody has taken it
// and is through with it.

// at is the content of want n.
func (s *Sink) at(n int) *incoming {
	if in := s.in[n].Load(); in != nil {
		return in
	}
	o := s.order(n)
	in := &incoming{want: s.wants[n], meta: o.Meta, bundle: o.Bundle, bases: o.Bases, out: Staged{Name: o.Name}}
	if !s.in[n].CompareAndSwap(nil, in) {
		in = s.in[n].Load()
	}
	return in
}

// spent is what remains of the contents that were let go of: a run may have very many.
var spent = &incoming{phase: ended}

// Forget lets go of want n, which has ended well, and tells how many of its bytes came, how
// many an earlier run had fetched, and how many were found in other content that is here.
func (s *Sink) Forget(n int) (came, resumed, here int64) {
	in := s.at(n)
	here = in.patch.saved(in.want)
	came, resumed = in.want.Size-in.want.Offset-here, in.want.Offset
	if in.lists == nil { // else somebody may still wait for an answer
		s.in[n].Store(spent)
	}
	return came, resumed, here
}

// Received is how many bytes have been staged so far, from wherever.
func (s *Sink) Received() int64 { return s.received.Load() }

// Begun tells the names in staging of what did not come whole and is worth keeping for another
// run. Call it once everything has ended.
func (s *Sink) Begun() (names []string) {
	for n := range s.in {
		if in := s.in[n].Load(); in != nil && in.partial {
			names = append(names, in.out.Name)
		}
	}
	return names
}

// end ends n, well or not.
func (s *Sink) end(n int, err error) {
	in := s.at(n)
	in.phase, in.err = ended, err
	s.hand(n)
}

// hand lets Take return n, which has ended.
func (s *Sink) hand(n int) {
	s.mu.Lock()
	s.ready = append(s.ready, n)
	s.left--
	ring := s.left == 0 || len(s.ready) >= ringAfter || s.wants[n].Size > SmallFile
	s.mu.Unlock()
	if !ring {
		return // who takes looks from time to time
	}
	select {
	case s.bell <- struct{}{}:
	default:
	}
}

// Give ends what no source has ended, for the reason err. Files that were begun stay for
// another run to go on with. Fetch ends with that; call it where there is nobody to ask.
func (s *Sink) Give(err error) {
	if err == nil {
		err = fetch.ErrNoSource
	}
	lost := &incoming{phase: ended, err: err} // whatever had not begun
	for n := range s.in {
		if s.wants[n].Offset == 0 && s.in[n].CompareAndSwap(nil, lost) {
			s.hand(n)
			continue
		}
		in := s.at(n)
		why := err
		switch in.phase {
		case ended:
			continue
		case spoiled:
			if in.err != nil {
				why = in.err
			}
		case idle:
			in.partial = in.want.Offset > 0
		case streaming, patching:
			in.partial = in.file != nil || in.want.Offset > 0
			in.close()
		case buffering:
			s.release(in)
		}
		s.end(n, why)
	}
}

// Take returns what ended since it was called last. Each want ends once.
func (s *Sink) Take() []Ended {
	s.mu.Lock()
	ns := s.ready
	s.ready = nil
	s.mu.Unlock()
	all := make([]Ended, len(ns))
	for i, n := range ns {
		in := s.at(n)
		all[i] = Ended{n, in.out, in.err}
	}
	return all
}
