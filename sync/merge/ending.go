package merge

import "latus/sync/fetch"

// What a sink knows of each content, from its first byte until the applier is through
// with it.

// at is the content of want n.
func (s *sink) at(n int) *incoming {
	if in := s.in[n].Load(); in != nil {
		return in
	}
	in := s.fresh(n)
	in.want = s.wants[n]
	if !s.in[n].CompareAndSwap(nil, in) {
		in = s.in[n].Load()
	}
	return in
}

// spent is what remains of the contents that the applier is through with: a run may
// have very many.
var spent = &incoming{phase: ended}

// forget lets go of want n, which has ended well.
func (s *sink) forget(n int) {
	if in := s.at(n); in.lists == nil { // else somebody may still wait for an answer
		s.in[n].Store(spent)
	}
}

// end ends n, well or not.
func (s *sink) end(n int, err error) {
	in := s.at(n)
	in.phase, in.err = ended, err
	s.hand(n)
}

// hand gives n, which has ended, to the applier.
func (s *sink) hand(n int) {
	s.mu.Lock()
	s.ready = append(s.ready, n)
	s.left--
	ring := s.left == 0 || len(s.ready) >= ringAfter || s.wants[n].Size > smallFile
	s.mu.Unlock()
	if !ring {
		return // the applier looks from time to time
	}
	select {
	case s.bell <- struct{}{}:
	default:
	}
}

// give ends what the source did not end. Files that were begun stay for another
// run to go on with.
func (s *sink) give(err error) {
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

// take returns what ended since it was called last.
func (s *sink) take() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	ns := s.ready
	s.ready = nil
	return ns
}
