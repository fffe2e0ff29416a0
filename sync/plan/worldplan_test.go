package plan

import (
	"iter"
	"slices"

	"latus/index"
	"latus/sync/reason"
)

// plan plans for one tree, with all questions answered that anybody can answer.
func (w *world) plan(o syncing, t int, trees []int) *Plan {
	s := w.sides[t]
	unanswered := map[Question]bool{}
	for range 5 {
		p := w.rules.plan(w.input(s, o, unanswered))
		if len(p.Questions) == 0 {
			w.checkConflicts(p, o.rule)
			return p
		}
		for _, q := range p.Questions {
			if q.Use == Likeness {
				continue
			}
			if unanswered[q.Plain()] {
				w.fail("questions: %s was asked again", q.Path)
			}
			unanswered[q.Plain()] = true
			if c, ok := w.content(trees, q.Path, q.Gen, index.Hash{}); ok {
				w.annotate(s, q, hashOf(c), o)
			}
		}
	}
	w.fail("questions: no end of them")
	return nil
}

func (w *world) input(s *side, o syncing, unanswered map[Question]bool) Input {
	return Input{
		Entries: entriesOf(s),
		Get:     func(p index.Path) *index.Entry { return s.entries[p] },
		Disk:    Disk{Clock: 1, ModeBits: 0o777, Links: true, Times: true},
		Rule:    o.rule, Conflict: o.conflict,
		InTrash: func(p index.Path, g index.GenID) (string, bool) {
			for _, t := range s.trash {
				if t.path == p && t.gen == g {
					return trashID(t), true
				}
			}
			return "", false
		},
		TrashByHash: func(h index.Hash) (string, bool) {
			for _, t := range s.trash {
				if hashOf(t.content) == h {
					return trashID(t), true
				}
			}
			return "", false
		},
		Blocked: func(p index.Path) (reason.Reason, bool) {
			return reason.Words("cannot be read"), o.unread != nil && o.unread(slices.Index(w.sides, s), p)
		},
		Hides: func(dir index.Path) bool {
			return o.unread != nil && slices.ContainsFunc(sortedPaths(s.disk), func(p index.Path) bool {
				return (p == dir || p.Under(dir)) && o.unread(slices.Index(w.sides, s), p)
			})
		},
		Unanswered: func(p index.Path, g index.GenID) bool { return unanswered[Question{Path: p, Gen: g}] },
	}
}

func entriesOf(s *side) iter.Seq[*index.Entry] {
	return func(yield func(*index.Entry) bool) {
		for _, p := range sortedPaths(s.entries) {
			if !yield(s.entries[p]) {
				return
			}
		}
	}
}

func trashID(t thrown) string { return string(rune(t.content)) }

// annotate notes a hash, and merges again with what is known now.
func (w *world) annotate(s *side, q Question, h index.Hash, o syncing) {
	e := *s.entries[q.Path]
	noted := e
	noted.Heads, noted.Have = hashed(e.Heads, q.Gen, h), hashed(e.Have, q.Gen, h)
	e.Have = noted.Have
	k := w.rules.known(w, s.known)
	n, _ := w.rules.merge(&e, &noted, k, k, o.rule)
	w.noteDropped(q.Path, n.Heads, &e)
	s.entries[q.Path] = n
}

func hashed(heads []index.Head, gen index.GenID, hash index.Hash) []index.Head {
	i := findGen(heads, gen)
	if i < 0 {
		return heads
	}
	h := heads[i]
	h.Hash = hash
	return ReplaceHash(heads, h)
}

// content finds the bytes of a version, or of a hash, in the given trees.
func (w *world) content(trees []int, p index.Path, gen index.GenID, h index.Hash) (int, bool) {
	var ss []*side
	for _, t := range trees {
		ss = append(ss, w.sides[t])
	}
	return findContent(ss, p, gen, h)
}

func findContent(ss []*side, p index.Path, gen index.GenID, h index.Hash) (int, bool) {
	for _, s := range ss {
		if c, ok := s.content(p, gen); ok {
			return c, true
		}
		if !h.Known() {
			continue
		}
		for _, o := range s.disk {
			if o.kind == index.File && hashOf(o.content) == h {
				return o.content, true
			}
		}
		for _, t := range s.trash {
			if hashOf(t.content) == h {
				return t.content, true
			}
		}
	}
	return 0, false
}

// content is the bytes of version gen of p, if the tree has them, by that name or
// by the one they were taken over from.
func (s *side) content(p index.Path, gen index.GenID) (int, bool) {
	var origin *index.Origin
	if e := s.entries[p]; e != nil {
		if o := s.disk[p]; Shows(e, gen) && o.kind == index.File && o.witness() == e.Witness {
			return o.content, true
		}
		h, _ := e.Head(gen)
		origin = h.Origin
	}
	i := slices.IndexFunc(s.trash, func(t thrown) bool { return t.path == p && t.gen == gen })
	switch {
	case i >= 0:
		return s.trash[i].content, true
	case origin != nil:
		return s.content(origin.Path, origin.Gen)
	}
	return 0, false
}

func (w *world) acknowledge(s *side, p *Plan, e *index.Entry, wit index.Witness) {
	s.entries[e.Path] = w.rules.ack(p, e, wit)
	s.acked[e.Path] = w.ackedBy(s, s.entries[e.Path])
}

// ackedBy is the versions that the disk stands for when e says what it has
// acknowledged.
func (w *world) ackedBy(s *side, e *index.Entry) bits {
	set := s.merged[e.Path]
	for _, h := range e.Heads {
		if e.Pending && !hasGen(e.Have, h.Gen) {
			set.drop(int(h.Gen.Tag))
		}
	}
	return set
}

// alike compares what trees hold after a run in which all merged and applied:
// metadata by its digest, and disks, if nothing was left.
func (w *world) alike(trees []int, disks bool) bool {
	a := w.sides[trees[0]]
	for _, t := range trees[1:] {
		b := w.sides[t]
		for p := range shall(a) {
			if x, y := a.entries[p], b.entries[p]; x != nil && (y == nil || !sameGens(x.Heads, y.Heads) || x.Mode != y.Mode) {
				return false
			}
		}
		if len(shall(a)) != len(shall(b)) {
			return false
		}
		if disks && (len(a.disk) != len(b.disk)) {
			w.fail("one run: trees %d and %d hold %v and %v after it", trees[0], t, sortedPaths(a.disk), sortedPaths(b.disk))
		}
	}
	return true
}
