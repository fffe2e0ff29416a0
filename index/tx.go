package index

import (
	"cmp"
	"fmt"
	"slices"
)

// Tx collects changes. Nothing takes effect before Commit, then all of it does,
// in the order of the calls. One Tx at a time, used by one goroutine; one that is
// dropped without Commit leaves no trace.
type Tx struct {
	x     *Index
	batch batch
}

// Begin starts a transaction.
func (x *Index) Begin() *Tx { return &Tx{x: x} }

// Generation adds g to the tree's knowledge.
func (t *Tx) Generation(g Generation) { t.batch.gens = append(t.batch.gens, g) }

// Put makes e the entry of its path. From now on e is shared: change it no more.
func (t *Tx) Put(e *Entry) {
	if !e.Pending && e.Have != nil {
		c := *e
		c.Have = nil
		e = &c
	}
	if err := e.check(); err != nil {
		t.batch.err = cmp.Or(t.batch.err, err)
		return
	}
	o := op{kind: putRecord, path: e.Path, entry: e}
	if t.batch.puts.count == 0 && !t.x.endsBefore(e.Path) {
		t.batch.ops = append(t.batch.ops, o) // it would not stay packed
		return
	}
	t.batch.add(o)
}

// Drop removes the entry of p.
func (t *Tx) Drop(p Path) { t.batch.add(op{kind: dropRecord, path: p}) }

// Intend notes what is about to be done to a path.
func (t *Tx) Intend(i Intent) {
	t.batch.add(op{kind: intendRecord, path: i.Path, intend: &intend{Intent: i}})
}

// Done notes that the disk has got to the heads of p: nothing is pending any
// more and the disk looks like w. A hash of head gen, learnt on the way (else
// zero, and the intent's counts), is recorded unless one is. Settles the intents
// of p.
func (t *Tx) Done(p Path, w Witness, gen GenID, h Hash) {
	t.batch.add(op{kind: doneRecord, path: p, done: &done{gen: gen, hash: h, w: w}})
}

// Settle drops the intents of p.
func (t *Tx) Settle(p Path) { t.batch.add(op{kind: settleRecord, path: p}) }

// Annotate records the hash of head gen of p, unless one is recorded.
func (t *Tx) Annotate(p Path, gen GenID, h Hash) {
	t.batch.add(op{kind: hashRecord, path: p, done: &done{gen: gen, hash: h}})
}

// Commit makes the changes take effect: in the file by one write, then in memory. With sync,
// a file that would be worth compacting after that is written anew with them instead.
// With sync it is durable on return, along with all commits before; without, it
// is with the next synced commit. After an error nothing has taken effect, and
// Commit may be called again unless a sync failed: then the file can't be trusted
// to hold what it was given, and every later Commit fails too.
func (t *Tx) Commit(sync bool) error {
	x := t.x
	x.fresh(&t.batch)
	x.higher(&t.batch)
	if err := t.batch.check(); err != nil {
		return err
	}
	if t.batch.empty() {
		return x.journal.sync(sync)
	}
	changes, err := x.resolve(&t.batch, false)
	if err != nil {
		return err
	}
	next := x.with(&t.batch, changes)
	if sync && x.outgrown(&t.batch, next) {
		if err := x.renew(&t.batch, next); err != nil {
			return fmt.Errorf("rewrite %s: %w", FileName, err)
		}
		x.publish(&t.batch, changes, next)
		t.batch = batch{}
		return nil
	}
	if len(t.batch.marks) > 0 && x.journal.format == baseFormat && !x.readOnly {
		if err := x.rewrite(floorFormat); err != nil {
			return fmt.Errorf("rewrite %s: %w", FileName, err)
		}
	}
	if !x.readOnly {
		if err := x.journal.commit(&t.batch, x.known, sync); err != nil {
			return err
		}
	}
	x.publish(&t.batch, changes, next)
	t.batch = batch{}
	return nil
}

// fresh leaves out of b the generations that are known or come again. Many that
// b itself does not refer to, as a new tree learns them, are to be packed.
func (x *Index) fresh(b *batch) {
	if len(b.gens) == 0 {
		return
	}
	seen := make(map[GenID]bool, len(b.gens))
	b.gens = slices.DeleteFunc(b.gens, func(g Generation) bool {
		again := seen[g.GenID] || x.known.Has(g.GenID)
		seen[g.GenID] = true
		return again
	})
	if len(b.gens) < packMin {
		return
	}
	b.used = map[GenID]bool{}
	b.generations(func(id GenID) { b.used[id] = true })
	slices.SortFunc(b.gens, func(a, b Generation) int {
		return cmp.Or(cmp.Compare(a.Author, b.Author), compareGens(a, b))
	})
	for i := range b.gens {
		if g := &b.gens[i]; !b.used[g.GenID] {
			g.Time = 0
		}
	}
}

// batch is the changes of one transaction. Entries that come alone and in order,
// as a first scan and a compacted file give them, are kept apart: they need no
// sorting.
type batch struct {
	gens  []Generation
	marks Floor
	used  map[GenID]bool // of gens, the ones to be numbered; nil: all
	puts  packer         // come before ops
	ops   []op
	err   error // why the batch cannot be committed
}

// op is one change of one path.
type op struct {
	kind   recordKind
	path   Path
	entry  *Entry
	done   *done // also of a hash op
	intend *intend
	order  uint64 // among all ops ever
}

func (b *batch) add(o op) {
	if o.kind == putRecord && len(b.ops) == 0 {
		b.puts.next = append(b.puts.next[:0], o.path...)
		if b.puts.add(o.entry) {
			return
		}
	}
	b.ops = append(b.ops, o)
}

func (b *batch) empty() bool {
	return len(b.gens)+len(b.marks)+b.puts.count+len(b.ops) == 0
}

// mix turns puts into ops.
func (b *batch) mix() {
	if b.puts.count == 0 {
		return
	}
	ops := make([]op, 0, b.puts.count+len(b.ops))
	for e := range entriesOf(b.puts.finish()) {
		ops = append(ops, op{kind: putRecord, path: e.Path, entry: e})
	}
	b.puts, b.ops = packer{}, append(ops, b.ops...)
}

// check refuses what could not be read back. Entries are checked as they come.
func (b *batch) check() error {
	for _, g := range b.gens {
		if g.Seq == 0 {
			return fmt.Errorf("index: a generation of %s has no sequence number", g.Author)
		}
	}
	for _, m := range b.marks {
		if m.Author == 0 || m.Seq == 0 {
			return fmt.Errorf("index: a floor without an author or a number")
		}
	}
	for i := range b.ops {
		if o := &b.ops[i]; o.kind != putRecord && b.err == nil {
			if _, err := ParsePath(string(o.path)); err != nil {
				b.err = fmt.Errorf("index: %w", err)
			}
		}
	}
	return b.err
}

func (e *Entry) check() error {
	_, err := ParsePath(string(e.Path))
	for _, heads := range [][]Head{e.Heads, e.Have} {
		for i := range heads {
			if heads[i].Kind > Special {
				return fmt.Errorf("index: %q has a head of kind %d", e.Path, heads[i].Kind)
			}
			if o := heads[i].Origin; o != nil && err == nil {
				_, err = ParsePath(string(o.Path))
			}
		}
	}
	if err == nil && e.Owner.Value != "" {
		_, err = ParseOwner(string(e.Owner.Value))
	}
	if err == nil && e.Attrs.Value != "" {
		_, err = ParseAttrs(string(e.Attrs.Value))
	}
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	return nil
}

// generations yields every generation that the batch refers to, with repetitions.
func (b *batch) generations(yield func(GenID)) {
	for _, made := range b.puts.finish() {
		for _, id := range made.gens {
			yield(id)
		}
	}
	for i := range b.ops {
		switch o := &b.ops[i]; {
		case o.entry != nil:
			o.entry.generations(yield)
		case o.done != nil:
			yield(o.done.gen)
		case o.intend != nil:
			yield(o.intend.Gen)
		}
	}
}

func (e *Entry) generations(yield func(GenID)) {
	for _, heads := range [2][]Head{e.Heads, e.Have} {
		for i := range heads {
			yield(heads[i].Gen)
			if o := heads[i].Origin; o != nil {
				yield(o.Gen)
			}
		}
	}
	for _, id := range e.Sets() {
		if id != (GenID{}) {
			yield(id)
		}
	}
}
