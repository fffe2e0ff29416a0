package index

import "math"

// heads reads a list of heads; one that is only a number is among others.
func (s *scanner) heads(list *[]Head, others []Head) bool {
	return s.list(func() bool {
		var h Head
		if s.peek() == '{' {
			if !s.objectHead(&h) {
				return false
			}
		} else {
			var gen GenID
			if !s.gen(&gen) {
				return false
			}
			i := headAt(others, gen)
			if i < 0 {
				return false
			}
			h = others[i]
		}
		*list = append(*list, h)
		return true
	})
}

// objectHead reads a head that stands by itself.
func (s *scanner) objectHead(h *Head) bool {
	h.Kind = File
	if s.next(`{"k":`) {
		return s.kind(&h.Kind) && s.next(`,"g":`) && s.headAfterGen(h) && s.next(`}`)
	}
	return s.next(`{"g":`) && s.headAfterGen(h) && s.next(`}`)
}

func (s *scanner) oneHead(h *Head) bool {
	h.Kind = File
	if s.next(`,"k":`) && !s.kind(&h.Kind) {
		return false
	}
	return s.next(`,"g":`) && s.headAfterGen(h)
}

func (s *scanner) headAfterGen(h *Head) bool {
	if !s.gen(&h.Gen) {
		return false
	}
	h.First = s.next(`,"f":1`)
	h.Clock = 1
	if s.next(`,"q":`) {
		var q uint64
		if !s.uint(&q) || q > math.MaxUint32 {
			return false
		}
		h.Clock = uint32(q)
	}
	if s.next(`,"s":`) && !s.int(&h.Size) || s.next(`,"m":`) && !s.int(&h.Mtime) {
		return false
	}
	h.Utime = h.Mtime
	if s.next(`,"u":`) && !s.int(&h.Utime) || s.next(`,"t":`) && !s.string(&h.Target) {
		return false
	}
	h.Utime = min(h.Utime, MaxTime)
	if !s.someHash(&h.Hash) {
		return false
	}
	if s.next(`,"l":`) && !s.lineage(&h.Lineage) {
		return false
	}
	if s.next(`,"from":{"p":`) {
		h.Origin = &Origin{}
		if !s.path(&h.Origin.Path) || !s.next(`,"g":`) || !s.gen(&h.Origin.Gen) {
			return false
		}
		h.Origin.Linked = s.next(`,"n":1`)
		return s.next(`}`)
	}
	return true
}

func (s *scanner) lineage(list *[]Ancestor) bool {
	return s.list(func() bool {
		var a Ancestor
		times := s.next(`[`)
		if s.peek() == '"' {
			b, ok := s.quoted()
			if !ok {
				return false
			}
			if a.Hash, ok = parseTag(b); !ok || times && !s.next(`,`) {
				return false
			}
		} else if !times {
			return false
		}
		if times && !(s.int(&a.Size) && s.next(`,`) && s.int(&a.Mtime) && s.next(`]`)) {
			return false
		}
		*list = append(*list, a)
		return true
	})
}
