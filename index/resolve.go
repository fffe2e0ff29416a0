package index

import (
	"fmt"
	"slices"
)

// change is what a transaction comes to for one path.
type change struct {
	path    Path
	entry   *Entry // nil: none
	settled bool   // intents replace those of path
	intents []queued
}

// resolve works out what b comes to, without changing the index. Of lines that
// tell something by what goes without saying, loading fills in the rest; otherwise
// it is found what need not be told.
func (x *Index) resolve(b *batch, loading bool) ([]change, error) {
	if x.follows(b) {
		return nil, nil
	}
	b.mix()
	if len(b.ops) == 0 {
		return nil, nil
	}
	ops := make([]*op, len(b.ops))
	for i := range b.ops {
		ops[i] = &b.ops[i]
		ops[i].order = x.intents.next + uint64(i)
	}
	byPath := func(a, b *op) int { return Compare(a.path, b.path) }
	if !slices.IsSortedFunc(ops, byPath) {
		slices.SortStableFunc(ops, byPath)
	}
	changes := make([]change, 0, len(ops))
	f := finder{blocks: x.blocks}
	for len(ops) > 0 {
		s := state{path: ops[0].path, loading: loading}
		s.intents = x.intents.byPath[s.path]
		put := ops[0].kind == putRecord // whatever was there before
		if !put {
			s.entry = f.find(s.path)
		}
		c := change{path: s.path}
		old := s.entry
		for ; len(ops) > 0 && ops[0].path == s.path; ops = ops[1:] {
			if err := s.apply(ops[0]); err != nil {
				return nil, fmt.Errorf("%q: %w", s.path, err)
			}
		}
		c.entry, c.settled, c.intents = s.entry, s.settled, s.intents
		if put || c.entry != old || c.settled {
			changes = append(changes, c)
		}
	}
	return changes, nil
}

// follows tells whether b brings nothing but entries that belong after all that
// are there, and enough of them to be taken over as they are.
func (x *Index) follows(b *batch) bool {
	if len(b.ops) > 0 || b.puts.count == 0 {
		return false
	}
	if len(x.blocks) == 0 {
		return true
	}
	return b.puts.count >= blockEntries && x.endsBefore(b.puts.first())
}

// endsBefore tells whether p comes after all paths that are there.
func (x *Index) endsBefore(p Path) bool {
	if len(x.blocks) == 0 {
		return true
	}
	last := x.blocks[len(x.blocks)-1]
	if Compare(last.first, p) >= 0 {
		return false
	}
	var room [256]byte
	c := last.cursor(room[:])
	for c.jump(len(last.starts) - 1); c.next(); {
	}
	return compareBytes(c.path, p) < 0
}

// state is one path while a transaction's changes are worked out.
type state struct {
	path    Path
	entry   *Entry
	owned   bool // entry is ours to change in place
	intents []queued
	settled bool // intents differ from the index's
	loading bool
}

func (s *state) apply(o *op) error {
	switch o.kind {
	case putRecord:
		s.entry, s.owned = o.entry, false
	case dropRecord:
		s.entry = nil
	case settleRecord:
		s.settle()
	case hashRecord:
		s.annotate(o.done.gen, o.done.hash)
	case doneRecord:
		return s.done(o.done)
	case intendRecord:
		return s.intend(o.intend, o.order)
	}
	return nil
}

func (s *state) settle() {
	s.settled = s.settled || len(s.intents) > 0
	s.intents = nil
}

// head returns head gen of the entry, and the mode that goes without saying.
func (s *state) head(gen GenID) (*Head, uint32) {
	if s.entry == nil {
		return nil, 0
	}
	if i := headAt(s.entry.Heads, gen); i >= 0 {
		return &s.entry.Heads[i], s.entry.Mode.Value
	}
	return nil, s.entry.Mode.Value
}

func (s *state) done(d *done) error {
	var plan Intent
	if i := latest(s.intents, d.gen); i != nil {
		plan = *i
	}
	if !d.hash.Known() {
		d.hash = plan.Hash
	}
	head, mode := s.head(d.gen)
	d.hashImplied = d.hash == plan.Hash || head == nil || head.Hash.Known()
	switch {
	case s.loading && d.look.form == lookAbsent:
		d.w = plan.New
	case s.loading:
		var ok bool
		if d.w, ok = d.look.witness(head, mode); !ok {
			return errLine
		}
	case d.w == plan.New:
		d.look = look{}
	default:
		d.look = makeLook(d.w, head, mode)
	}
	s.settle()
	if s.entry == nil {
		return nil
	}
	s.own()
	s.entry.Pending, s.entry.Have, s.entry.Witness = false, nil, d.w
	s.annotate(d.gen, d.hash)
	return nil
}

func (s *state) intend(i *intend, order uint64) error {
	head, mode := s.head(i.Gen)
	var now Witness
	if s.entry != nil {
		now = s.entry.Witness
	}
	var known Hash
	if head != nil {
		known = head.Hash
	}
	if s.loading {
		if i.hashImplied {
			i.Hash = known
		}
		var ok1, ok2 bool
		i.New, ok1 = i.new.or(Witness{}, head, mode)
		i.Old, ok2 = i.old.or(now, head, mode)
		if !ok1 || !ok2 {
			return errLine
		}
	} else {
		i.hashImplied = i.Hash == known
		i.new = i.new.unless(i.New, Witness{}, head, mode)
		i.old = i.old.unless(i.Old, now, head, mode)
	}
	s.intents = append(slices.Clip(s.intents), queued{Intent: i.Intent, order: order})
	s.settled = true
	return nil
}

// own makes the entry one that may be changed.
func (s *state) own() {
	if !s.owned {
		e := *s.entry
		s.entry, s.owned = &e, true
	}
}

func (s *state) annotate(gen GenID, h Hash) {
	if s.entry == nil || !h.Known() {
		return
	}
	heads, learnt := annotated(s.entry.Heads, gen, h)
	have, also := annotated(s.entry.Have, gen, h)
	if learnt || also {
		s.own()
		s.entry.Heads, s.entry.Have = heads, have
	}
}

// annotated returns heads with the hash of head gen filled in, if it was missing.
func annotated(heads []Head, gen GenID, h Hash) ([]Head, bool) {
	i := headAt(heads, gen)
	if i < 0 || heads[i].Hash.Known() {
		return heads, false
	}
	heads = slices.Clone(heads)
	heads[i].Hash = h
	return heads, true
}

// contents are the entries of an index.
type contents struct {
	blocks []*block // in Compare order
	sums   sums
}

// with is what the index will contain with b, which comes to these changes.
func (x *Index) with(b *batch, changes []change) contents {
	next := contents{x.blocks, x.sums}
	for _, made := range b.puts.finish() {
		next.blocks = append(next.blocks, made)
		next.sums.add(&made.sums)
	}
	if len(changes) > 0 {
		next.blocks = rebuilt(next.blocks, changes, &next.sums)
	}
	return next
}

// publish makes a transaction take effect in memory, after which the index contains next.
func (x *Index) publish(b *batch, changes []change, next contents) {
	for _, g := range b.gens {
		x.known.addNext(g)
	}
	x.floor = x.floor.Raise(b.marks...)
	for i := range changes {
		if c := &changes[i]; c.settled {
			x.intents.set(c.path, c.intents)
		}
	}
	x.intents.next += uint64(len(b.ops))
	x.mu.Lock()
	defer x.mu.Unlock()
	x.contents = next
}
