package fetch

import "sync"

// spoilers remembers which sources gave bytes of a content and then found that they
// are wrong. They are not asked for it any more.
type spoilers struct {
	mu   sync.Mutex
	said map[named]*spoilt
}

type spoilt struct {
	by  map[int]bool
	why error // of the first one
}

// add notes that a source spoilt w.
func (s *spoilers) add(w *Want, src int, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said == nil {
		s.said = map[named]*spoilt{}
	}
	o := s.said[w.named()]
	if o == nil {
		o = &spoilt{by: map[int]bool{}, why: why}
		s.said[w.named()] = o
	}
	o.by[src] = true
}

// bars tells whether a source spoilt w.
func (s *spoilers) bars(w *Want, src int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.said[w.named()]
	return o != nil && o.by[src]
}

// why is what the first one said that spoilt w; ErrNoSource: none did.
func (s *spoilers) why(w *Want) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.said[w.named()]; o != nil {
		return o.why
	}
	return ErrNoSource
}
