package index

import "math"

func (s *scanner) record(r *record) bool {
	if len(s.b) < 5 || s.b[0] != '{' {
		return false
	}
	switch {
	case s.next(`{"p":`):
		return s.pathText(&r.text) && s.put(r) && s.end()
	case s.next(`{"done":`):
		r.kind = doneRecord
		return s.path(&r.path) && s.next(`,"g":`) && s.gen(&r.done.gen) && s.someHash(&r.done.hash) &&
			s.someLook(`,"w":`, &r.done.look) && s.end()
	case s.next(`{"intend":`):
		r.kind = intendRecord
		r.intend = &intend{}
		return s.intend(r.intend, &r.path) && s.end()
	case s.next(`{"g":`):
		r.kind = tableRecord
		return s.uint(&r.number) && s.generation(&r.gen) && s.end()
	case s.next(`{"author":`):
		r.kind = packRecord
		return s.pack(&r.pack) && s.end()
	case s.next(`{"floor":`):
		r.kind = floorRecord
		return s.floor(&r.mark) && s.end()
	case s.next(`{"hash":`):
		r.kind = hashRecord
		return s.path(&r.path) && s.next(`,"g":`) && s.gen(&r.done.gen) && s.someHash(&r.done.hash) && s.end()
	case s.next(`{"drop":`):
		r.kind = dropRecord
		return s.path(&r.path) && s.end()
	case s.next(`{"settle":`):
		r.kind = settleRecord
		return s.path(&r.path) && s.end()
	case s.next(`{"commit":`):
		r.kind = commitRecord
		return s.uint(&r.count) && s.end()
	}
	return false
}

func (s *scanner) put(r *record) bool {
	r.kind = putRecord
	s.decoder.entry, s.decoder.head = Entry{}, [1]Head{}
	e := &s.decoder.entry
	r.entry = e
	switch {
	case s.next(`,"heads":`):
		if !s.heads(&e.Heads, nil) {
			return false
		}
	default:
		e.Heads = s.decoder.head[:]
		if !s.oneHead(&e.Heads[0]) {
			return false
		}
	}
	if s.next(`,"have":`) {
		e.Pending = true
		if !s.heads(&e.Have, e.Heads) {
			return false
		}
	}
	if s.next(`,"o":`) && !s.mode(&e.Mode, e.Heads) {
		return false
	}
	var l look
	if !s.someLook(`,"w":`, &l) {
		return false
	}
	return e.see(l)
}

// see sets the witness that a put line tells.
func (e *Entry) see(l look) (ok bool) {
	if l.form == lookAbsent {
		return true
	}
	var first *Head
	if len(e.Heads) > 0 {
		first = &e.Heads[0]
	}
	e.Witness, ok = l.witness(first, e.Mode.Mode)
	return ok
}

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
	if !s.someHash(&h.Hash) {
		return false
	}
	if s.next(`,"l":`) && !s.lineage(&h.Lineage) {
		return false
	}
	if s.next(`,"from":{"p":`) {
		h.Origin = &Origin{}
		return s.path(&h.Origin.Path) && s.next(`,"g":`) && s.gen(&h.Origin.Gen) && s.next(`}`)
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

func (s *scanner) mode(m *ModeReg, heads []Head) bool {
	if !s.next(`[`) {
		if len(heads) == 0 {
			return false
		}
		m.Stamp, m.Gen = heads[0].Utime, heads[0].Gen
		return s.octal(&m.Mode)
	}
	var second int64
	if !s.octal(&m.Mode) || !s.next(`,`) || !s.int(&second) {
		return false
	}
	n := uint64(second)
	if s.next(`,`) {
		m.Stamp = second
		return s.gen(&m.Gen) && s.next(`]`)
	}
	var ok bool
	if m.Gen, ok = s.decoder.gen(n); !ok {
		return false
	}
	m.Stamp = s.table.at(n).Time
	return s.next(`]`)
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
	if s.next(`,`) {
		l.moded = true
		if !s.octal(&l.w.Mode) {
			return false
		}
	}
	return s.next(`]`)
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
		!first && s.next(`}`)
}

func (s *scanner) intend(i *intend, p *Path) bool {
	if !s.string(&i.Op) || !s.next(`,"p":`) || !s.path(p) || !s.next(`,"g":`) || !s.gen(&i.Gen) {
		return false
	}
	i.Path = *p
	i.hashImplied = !s.at(s.i, `,"h":`)
	if !s.someHash(&i.Hash) || s.next(`,"from":`) && !s.string((*string)(&i.From)) || s.next(`,"staged":`) && !s.string(&i.Staged) {
		return false
	}
	if !s.someLook(`,"new":`, &i.new) || !s.someLook(`,"old":`, &i.old) {
		return false
	}
	if s.next(`,"trash":`) && !s.string(&i.Trash) {
		return false
	}
	i.runImplied = !s.next(`,"run":`)
	return i.runImplied || s.string(&i.Run)
}

func (s *scanner) generation(g *Generation) bool {
	var author uint64
	if !s.next(`,"author":`) || !s.id(&author) {
		return false
	}
	g.Author = PeerID(author)
	if s.next(`,"seq":`) && !s.uint(&g.Seq) {
		return false
	}
	if !s.next(`,"tag":`) || !s.id(&g.Tag) {
		return false
	}
	return !s.next(`,"time":`) || s.int(&g.Time)
}

func (s *scanner) floor(m *Mark) bool {
	var author uint64
	if !s.id(&author) || author == 0 || !s.next(`,"seq":`) || !s.uint(&m.Seq) || m.Seq == 0 {
		return false
	}
	m.Author = PeerID(author)
	return true
}

func (s *scanner) pack(p *pack) bool {
	var author uint64
	if !s.id(&author) || !s.next(`,"seq":`) || !s.uint(&p.seq) || !s.next(`,"tags":`) {
		return false
	}
	p.author = PeerID(author)
	b, ok := s.quoted()
	if !ok {
		return false
	}
	if p.tags, ok = s.parseTags(b); !ok {
		return false
	}
	if !s.next(`,"steps":`) {
		return true
	}
	p.steps = []uint64{}
	return s.list(func() bool {
		var n uint64
		ok := s.uint(&n)
		p.steps = append(p.steps, n)
		return ok
	})
}
