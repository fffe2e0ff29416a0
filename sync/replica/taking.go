package replica

import (
	"fmt"
	"slices"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// take merges the metadata of another tree. An error says that it would come to more
// versions of one path than trees merge; nothing has changed then.
func (r *Replica) take(d *peer.Delta, theirs *index.Knowledge) error {
	m := r.merged
	rule := r.rule()
	rule.Mine.Attrs, rule.Theirs.Attrs = r.looksAtAttrs(), d.Attrs
	// The first tree has merged what this one holds. Would this one know of a hash
	// that the first one does not, it must not drop more than that did.
	rule.Again = !r.hello.First && r.hello.Mode == peer.TwoWay
	all := inPieces(pieces(len(d.Entries)), func(i, n int) *mergePart {
		part := &mergePart{kMine: m.known, kTheirs: theirs, rule: rule, oneWay: r.hello.Mode != peer.TwoWay}
		for mine, other := range m.beside(d.Entries[len(d.Entries)*i/n : len(d.Entries)*(i+1)/n]) {
			part.one(mine, other)
		}
		return part
	})
	listed := func(p index.Path) bool {
		_, ok := slices.BinarySearchFunc(d.Entries, p, func(e *index.Entry, p index.Path) int { return index.Compare(e.Path, p) })
		return ok
	}
	last := all[len(all)-1]
	if d.Full {
		for mine := range m.pass(index.Span{}) {
			if !listed(mine.Path) {
				last.one(mine, nil)
			}
		}
	}
	for _, p := range d.Asked {
		if mine := m.get(p); !d.Full && mine != nil && !listed(p) {
			last.one(mine, nil)
		}
	}
	var batch []*index.Entry
	var thinned []index.Path
	var forgot []index.Mark
	for _, part := range all {
		if e := part.crowded; e != nil {
			return fmt.Errorf("%s: %q would have %d versions, and trees merge at most %d; 'latus resolve' settles them on one tree or the other",
				r.o.Spec, e.Path, len(e.Heads), index.MaxHeads)
		}
	}
	for _, part := range all {
		batch, thinned = append(batch, part.batch...), append(thinned, part.thinned...)
		r.settled = append(r.settled, part.settled...)
		for _, g := range part.forgot {
			forgot = append(forgot, marksOf(m.known, g)...)
		}
		for _, u := range part.unlike {
			r.notAlike(d.From, u)
		}
	}
	m.update(sorted(batch))
	m.thin(thinned)
	m.learn(theirs)
	if d.Full {
		forgot = append(forgot, d.Floor...)
	}
	m.floor = m.floor.Raise(forgot...)
	return nil
}

// mergePart merges a part of the entries of two trees, and is what that comes to.
type mergePart struct {
	kMine, kTheirs plan.Known
	rule           plan.MergeRule
	oneWay         bool // the other tree is told nothing

	batch   []*index.Entry  // what changes
	thinned []index.Path    // of these, where equal versions were dropped that others may still have
	settled []plan.Conflict // that there are no more
	forgot  []index.GenID   // that deleted something here, which the other tree does not remember any more
	unlike  []unlike
	crowded *index.Entry // comes to more versions than trees merge; nil: none does
}

// one merges an entry of the other tree with the one that is here at its path. Either may be
// nil.
func (p *mergePart) one(mine, other *index.Entry) {
	e, changed := plan.MergeEntry(mine, other, p.kMine, p.kTheirs, p.rule)
	p.unlike = append(p.unlike, compare(mine, other, e)...)
	if p.oneWay && p.rule.Checksum {
		p.unlike = append(p.unlike, compareAcross(mine, other, e)...)
	}
	if !changed {
		return
	}
	if len(e.Heads) > index.MaxHeads && (mine == nil || len(e.Heads) > len(mine.Heads)) {
		p.crowded = e
	}
	if len(e.Heads) == 0 && e.Witness.Kind == index.Absent {
		e.Pending, e.Have = false, nil
	}
	p.batch = append(p.batch, e)
	p.forget(mine, other, e)
	if lessThan(e, mine, other, p.kMine, p.kTheirs) {
		p.thinned = append(p.thinned, e.Path)
	}
	if mine != nil && len(mine.Heads) > 1 && len(plan.Losers(e.Heads)) == 0 {
		p.settled = append(p.settled, conflictsOf(mine)...)
	}
}

// forget notes deletions of mine that e, merged of it and other, lacks although the other tree
// has nothing to tell that could have taken their place. It has dropped them as dead, and is
// about to be believed: then this tree has forgotten them as well.
func (p *mergePart) forget(mine, other, e *index.Entry) {
	if mine == nil || other == nil {
		return
	}
	for i := range other.Heads {
		if !p.kMine.Has(other.Heads[i].Gen) {
			return
		}
	}
	for i := range mine.Heads {
		if h := &mine.Heads[i]; h.Kind == index.Deleted && !e.Holds(h.Gen) {
			p.forgot = append(p.forgot, h.Gen)
		}
	}
}

// lessThan tells whether e, merged of two entries, lacks a version that neither
// knowledge rules out: it was dropped for an equal one, here or there.
func lessThan(e, mine, theirs *index.Entry, kMine, kTheirs plan.Known) bool {
	if mine == nil || theirs == nil {
		return false
	}
	news := false
	for i := range theirs.Heads {
		g := theirs.Heads[i].Gen
		had := mine.Holds(g)
		news = news || !had
		if !e.Holds(g) && (had || !kMine.Has(g)) {
			return true
		}
	}
	for i := range mine.Heads {
		g := mine.Heads[i].Gen
		if !e.Holds(g) && (!news || !kTheirs.Has(g)) {
			return true
		}
	}
	return false
}
