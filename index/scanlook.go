package index

import "math"

// see sets the witness that a put line tells.
func (e *Entry) see(l look) (ok bool) {
	if l.form == lookAbsent {
		return true
	}
	var first *Head
	if len(e.Heads) > 0 {
		first = &e.Heads[0]
	}
	e.Witness, ok = l.witness(first, e.Mode.Value)
	return ok
}

func (s *scanner) someLook(key string, l *look) bool {
	if !s.next(key) {
		return true
	}
	if s.peek() == '{' {
		l.form = lookWhole
		return s.witness(&l.w)
	}
	l.form = lookShort
	if !s.next(`[`) || !s.uint(&l.w.Inode) {
		return false
	}
	if s.next(`,`) && !s.nullable(&l.born, &l.w.Btime) {
		return false
	}
	if s.next(`,`) && !s.nullable(&l.seen, &l.w.Ctime) {
		return false
	}
	if s.next(`,`) && !s.next(`null`) {
		l.moded = true
		if !s.octal(&l.w.Mode) {
			return false
		}
	}
	if s.next(`,`) && !(s.id32(&l.w.Owner.User) && s.next(`,`) && s.id32(&l.w.Owner.Group)) {
		return false
	}
	if s.next(`,`) && !s.sum(&l.w.Attrs) {
		return false
	}
	return s.next(`]`)
}

// id32 reads the number of a user or a group, or null.
func (s *scanner) id32(v *uint32) bool {
	if s.next(`null`) {
		return true
	}
	var n uint64
	if !s.uint(&n) || n >= math.MaxUint32 {
		return false
	}
	*v = uint32(n) + 1
	return true
}

// sum reads what appendSum wrote.
func (s *scanner) sum(v *Sum) bool {
	if s.next(`""`) {
		*v = noSum
		return true
	}
	return s.id((*uint64)(v)) && *v > noSum
}

func (s *scanner) nullable(told *bool, v *int64) bool {
	if s.next(`null`) {
		return true
	}
	*told = true
	return s.int(v)
}

// witness reads a whole witness. Its keys are few and rare: each begins with the
// brace or the comma before it.
func (s *scanner) witness(w *Witness) bool {
	if s.next(`{}`) {
		return true
	}
	first := true
	key := func(name string) bool {
		if first && s.peek() == '{' && s.at(s.i+1, name) {
			s.i += 1 + len(name)
			first = false
			return true
		}
		if !first && s.peek() == ',' && s.at(s.i+1, name) {
			s.i += 1 + len(name)
			return true
		}
		return false
	}
	return (!key(`"k":`) || s.kind(&w.Kind)) &&
		(!key(`"o":`) || s.octal(&w.Mode)) &&
		(!key(`"s":`) || s.int(&w.Size)) &&
		(!key(`"m":`) || s.int(&w.Mtime)) &&
		(!key(`"i":`) || s.uint(&w.Inode)) &&
		(!key(`"b":`) || s.int(&w.Btime)) &&
		(!key(`"c":`) || s.int(&w.Ctime)) &&
		(!key(`"uid":`) || s.id32(&w.Owner.User)) &&
		(!key(`"gid":`) || s.id32(&w.Owner.Group)) &&
		(!key(`"a":`) || s.sum(&w.Attrs)) &&
		!first && s.next(`}`)
}
