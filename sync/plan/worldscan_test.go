package plan

import "latus/index"

// scan looks at a tree and authors what differs. failed paths can't be read.
func (w *world) scan(t int, failed func(index.Path) bool) {
	s := w.sides[t]
	first := len(s.entries) == 0 && s.known == bits{}
	g := w.draw(s)
	paths := map[index.Path]bool{}
	for p := range s.disk {
		paths[p] = true
	}
	for p := range s.entries {
		paths[p] = true
	}
	authored := false
	inodes := w.origins(s)
	for _, p := range sortedPaths(paths) {
		cannot := failed != nil && failed(p)
		o, skip := w.rules.scan(p, cannot, s.disk[p])
		if skip {
			continue
		}
		e := s.entries[p]
		if e == nil {
			e = &index.Entry{Path: p}
		}
		f := Found{Witness: o.witness()}
		if o.kind == index.Link {
			f.Target = linkTarget(o.content)
		}
		if o.kind == index.File && e.Witness.Kind == index.Absent {
			f.Origin = inodes[o.inode]
		}
		n := w.rules.author(e, f, Authoring{
			Gen: g, Now: w.clock + s.skew, First: first, Clock: 1, ModeBits: 0o777,
		})
		if !cannot {
			shown, live := Display(e.Acked())
			w.remember(s, p, int(g.Tag), o, first, !live || shown.Kind != index.Dir)
		}
		if n != nil {
			s.entries[p] = n
			authored = authored || hasGen(n.Heads, g) || n.Mode.Gen == g
		}
	}
	if authored {
		s.known.add(int(g.Tag))
	} else {
		s.seq--
		w.tags = w.tags[:len(w.tags)-1]
	}
}

// origins finds, by inode, files that stood elsewhere at the last look.
func (w *world) origins(s *side) map[uint64]*index.Origin {
	from := map[uint64]*index.Origin{}
	for p, e := range s.entries {
		if d, ok := Display(e.Acked()); ok && d.Kind == index.File && e.Witness.Kind == index.File && s.disk[p].inode != e.Witness.Inode {
			from[e.Witness.Inode] = &index.Origin{Path: p, Gen: d.Gen}
		}
	}
	return from
}

// remember notes the truth of what a user did to p since the last look.
func (w *world) remember(s *side, p index.Path, tag int, o object, first, implied bool) {
	was := s.last[p]
	if o == (object{}) {
		delete(s.last, p)
	} else {
		s.last[p] = o
	}
	was.inode, o.inode, was.mode, o.mode = 0, 0, 0, 0
	if was == o || was.kind == index.Absent && o.kind == index.Absent {
		return
	}
	acked := s.acked[p]
	if was.kind == index.Dir && o.kind == index.Absent && implied {
		return // nobody made this directory, nobody deletes it
	}
	v := truth{kind: o.kind, content: o.content, first: first}
	if o.kind == index.Absent {
		v.kind = index.Deleted
	}
	for _, a := range acked.all() {
		parent := w.versions[version{p, a}]
		v.before.add(a)
		v.before = v.before.or(parent.before)
		v.older = v.older.or(parent.older)
		if parent.kind == index.File {
			v.older.add(parent.content)
		}
	}
	w.versions[version{p, tag}] = v
	var own bits
	own.add(tag)
	s.merged[p] = s.merged[p].or(own)
	s.acked[p] = own.or(acked)
}
