package index

import "latus/index/jsontext"

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
	if s.next(`,"own":`) && !textReg(s, &e.Owner, e.Heads, &s.decoder.owner, ParseOwner) {
		return false
	}
	if s.next(`,"att":`) && !textReg(s, &e.Attrs, e.Heads, &s.decoder.attrs, ParseAttrs) {
		return false
	}
	var l look
	if !s.someLook(`,"w":`, &l) {
		return false
	}
	return e.see(l)
}

// textReg reads a register whose value is a text. Most are as the last one that was read.
func textReg[T ~string](s *scanner, r *Reg[T], heads []Head, last *T, parse func(string) (T, error)) bool {
	listed := s.next(`[`)
	b, ok := s.quoted()
	if !ok || !jsontext.Plain(b) {
		return false
	}
	if len(b) > 0 && string(b) != string(*last) {
		v, err := parse(string(b))
		if err != nil {
			return false
		}
		*last = v
	}
	if len(b) > 0 {
		r.Value = *last
	}
	if !listed {
		if len(heads) == 0 {
			return false
		}
		r.Stamp, r.Gen = heads[0].Utime, heads[0].Gen
		return true
	}
	return s.next(`,`) && s.set(&r.Stamp, &r.Gen)
}

func (s *scanner) mode(m *ModeReg, heads []Head) bool {
	if !s.next(`[`) {
		if len(heads) == 0 {
			return false
		}
		m.Stamp, m.Gen = heads[0].Utime, heads[0].Gen
		return s.octal(&m.Value)
	}
	return s.octal(&m.Value) && s.next(`,`) && s.set(&m.Stamp, &m.Gen)
}

// set reads when and by whom a register was set, up to the end of its list.
func (s *scanner) set(stamp *int64, gen *GenID) bool {
	var second int64
	if !s.int(&second) {
		return false
	}
	n := uint64(second)
	if s.next(`,`) {
		*stamp = min(second, MaxTime)
		return s.gen(gen) && s.next(`]`)
	}
	var ok bool
	if *gen, ok = s.decoder.gen(n); !ok {
		return false
	}
	*stamp = min(s.table.at(n).Time, MaxTime)
	return s.next(`]`)
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
