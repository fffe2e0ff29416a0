package plan

import (
	"iter"
	"slices"

	"latus/index"
)

// syncing rules one run in a world.
type syncing struct {
	merges, applies func(t int) bool
	fails           func(t, action int) bool // an action that fails
	unread          func(t int, p index.Path) bool
	stop            func(t int) int // after so many actions the run is killed; -1: never
	rule            MergeRule
	conflict        ConflictPolicy
	mirror          bool
	full            bool // digests differed last time
}

func always(int) bool { return true }

// outcome is what a run did.
type outcome struct {
	changes   int
	conflicts int
	held      int
	failed    int
}

// sync is one run over trees, the first is the hub.
func (w *world) sync(o syncing, trees ...int) outcome {
	if o.merges == nil {
		o.merges = always
	}
	if o.applies == nil {
		o.applies = always
	}
	for _, t := range trees[1:] {
		o.full = o.full || w.unequal[[2]int{min(t, trees[0]), max(t, trees[0])}]
	}
	for _, t := range trees {
		var unread func(index.Path) bool
		if o.unread != nil {
			unread = func(p index.Path) bool { return o.unread(t, p) }
		}
		w.scan(t, unread)
	}
	// The hub gathers all, then all take what the hub has.
	hub := w.sides[trees[0]]
	news := map[int]map[index.Path]bool{}
	before := make([]*side, len(trees))
	for i, t := range trees {
		news[t] = map[index.Path]bool{}
		before[i] = w.sides[t].told()
	}
	for i := range trees[1:] { // in the order of the command line
		w.merge(hub, before[i+1], o.merges(trees[0]), o, news[trees[0]])
	}
	full := hub.told()
	if !o.merges(trees[0]) { // one-way: what the others see is the hub alone
		full = before[0]
	}
	for _, t := range trees[1:] {
		w.merge(w.sides[t], full, o.merges(t), o, news[t])
	}
	if o.mirror {
		for _, t := range trees[1:] {
			w.mirror(t, before[0])
		}
	}
	if o.conflict == KeepBoth {
		w.keepBoth(o, trees)
	}
	if o.mirror || o.conflict == KeepBoth {
		// A decision that names bytes before they are everywhere: should its user
		// change them first, they are gone.
		w.lossy = w.lossy || len(trees) < len(w.sides) || o.fails != nil || o.stop != nil || o.unread != nil || !o.applies(trees[0]) || !o.applies(trees[1])
	}
	var out outcome
	plans := map[int]*Plan{}
	for _, t := range trees {
		plans[t] = w.plan(o, t, trees)
		for _, c := range plans[t].Conflicts {
			if news[t][c.Path] {
				out.conflicts++
			}
		}
		out.held += len(plans[t].Held)
	}
	for _, t := range trees {
		w.checkHeads(t)
	}
	sources := make([]*side, len(trees))
	for i, t := range trees {
		sources[i] = w.sides[t].bytes()
	}
	for _, t := range trees {
		if !o.applies(t) {
			if w.rules.ahead {
				for _, e := range w.sides[t].entries {
					w.acknowledge(w.sides[t], plans[t], e, e.Witness)
				}
			}
			continue
		}
		a := applying{w: w, s: w.sides[t], t: t, plan: plans[t], sources: sources, o: o}
		a.run()
		out.changes += a.changes
		out.failed += a.failed
	}
	both := true
	for _, t := range trees {
		both = both && o.merges(t) && o.applies(t)
		for _, u := range trees {
			w.sides[t].met[u] = w.sides[u].known
		}
	}
	if both {
		all := out.failed == 0 && out.held == 0 && o.unread == nil
		for _, t := range trees[1:] {
			w.unequal[[2]int{min(t, trees[0]), max(t, trees[0])}] = !w.alike([]int{trees[0], t}, all)
		}
	}
	return out
}

// merge takes the metadata of from into s.
func (w *world) merge(s, from *side, merges bool, o syncing, news map[index.Path]bool) {
	mine, theirs := w.rules.known(w, s.known), w.rules.known(w, from.known)
	if merges {
		full := !w.delta || o.full || w.rules.listed(from.floor, s.known)
		paths := map[index.Path]bool{}
		for p := range from.entries {
			paths[p] = true
		}
		for p := range s.entries {
			paths[p] = true
		}
		for _, p := range sortedPaths(paths) {
			a, b := s.entries[p], from.entries[p]
			if !full && (b == nil || !heard(b, mine)) {
				continue
			}
			n, changed := w.rules.merge(a, b, mine, theirs, o.rule)
			if other, _ := w.rules.merge(b, a, theirs, mine, o.rule); n != nil && other != nil &&
				(!sameHashes(n.Heads, other.Heads) || n.Mode != other.Mode) {
				w.fail("symmetry: %s merges to %v on one side and to %v on the other", p, tagsOf(n.Heads), tagsOf(other.Heads))
			}
			if n != nil {
				if again, twice := w.rules.merge(n, n, mine, mine, o.rule); twice {
					w.fail("idempotence: %s merged again changes from %v to %v", p, tagsOf(n.Heads), tagsOf(again.Heads))
				}
			}
			if n != nil {
				w.noteDropped(p, n.Heads, a, b)
			}
			if changed {
				if a == nil || !sameGens(a.Heads, n.Heads) {
					news[p] = true
				}
				s.entries[p] = n
			}
		}
		for p, set := range from.merged {
			s.merged[p] = s.merged[p].or(set)
			if e := s.entries[p]; e != nil && !e.Pending {
				s.acked[p] = s.merged[p]
			}
		}
	}
	if merges && w.rules.listed(from.floor, s.known) {
		s.floor = s.floor.or(from.floor) // others are told by this one
	}
	s.known = w.rules.learn(s.known, from.known, merges)
}

func heard(e *index.Entry, k Known) bool {
	for _, h := range e.Heads {
		if !k.Has(h.Gen) {
			return true
		}
	}
	return e.Mode.Gen != index.GenID{} && !k.Has(e.Mode.Gen)
}

func tagsOf(heads []index.Head) (tags []uint64) {
	for _, h := range heads {
		tags = append(tags, h.Gen.Tag)
	}
	return tags
}

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
		Blocked: func(p index.Path) (string, bool) {
			return "cannot be read", o.unread != nil && o.unread(slices.Index(w.sides, s), p)
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
	return replaceHash(heads, h)
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
