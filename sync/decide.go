package sync

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// Delta implements peer.Replica.
func (r *Replica) Delta(ctx context.Context, q peer.DeltaQuery) (*peer.Delta, error) {
	to := index.NewKnowledge()
	if q.Known != nil {
		// What the other tree said was said to this one as it was before it merged.
		var err error
		if to, err = r.x.Knowledge().Resolve(*q.Known); err != nil {
			return nil, fmt.Errorf("%s: what the other tree says it knows does not add up: %w", r.o.Spec, err)
		}
	}
	if !q.Full && !r.merged.floor.Holds(r.merged.known, to) {
		// The other tree may hold what was forgotten here.
		q.Full = true
	}
	return r.delta(to, q), nil
}

func (r *Replica) delta(to *index.Knowledge, q peer.DeltaQuery) *peer.Delta {
	m := r.merged
	d := &peer.Delta{From: r.cfg.peer(), Known: m.known.Summary(q.To, q.Forked), Full: q.Full, Asked: q.Also}
	if q.Full {
		d.Floor = m.floor
	}
	if q.Full || len(r.thinned) > 0 || !m.known.Equal(to) {
		for e := range r.mayTell(to, q.Full) {
			if q.Full || r.thinned[e.Path] || news(e, to) {
				d.Entries = append(d.Entries, bare(e))
			}
		}
	}
	var also []*index.Entry
	if !q.Full {
		also = m.needed(d.Entries)
	}
	for _, p := range q.Also {
		if e := m.get(p); e != nil {
			also = append(also, bare(e))
		}
	}
	if len(also) > 0 {
		d.Entries = sorted(append(d.Entries, also...))
	}
	return d
}

// mayTell returns the entries that may have something to tell to somebody who
// knows so much.
func (r *Replica) mayTell(to *index.Knowledge, all bool) iter.Seq[*index.Entry] {
	if all || len(r.thinned) > 0 {
		return r.merged.all()
	}
	return r.merged.over(r.merged.x.Of(func(g index.GenID) bool { return g != index.GenID{} && !to.Has(g) }))
}

// news tells whether e has anything that somebody who knows k has not seen.
func news(e *index.Entry, k *index.Knowledge) bool {
	for i := range e.Heads {
		if !k.Has(e.Heads[i].Gen) {
			return true
		}
	}
	return e.Mode.Gen != index.GenID{} && !k.Has(e.Mode.Gen)
}

// bare is what of an entry crosses to a peer.
func bare(e *index.Entry) *index.Entry {
	return &index.Entry{Path: e.Path, Heads: e.Heads, Mode: e.Mode}
}

// Merge implements peer.Replica.
func (r *Replica) Merge(ctx context.Context, ds []*peer.Delta, o peer.MergeOptions) (*peer.Proposal, error) {
	r.deciding.Lock()
	defer r.deciding.Unlock()
	r.merging = o
	base := r.x.Knowledge()
	told := base
	for _, d := range ds {
		theirs, err := base.Resolve(d.Known)
		if err != nil {
			return nil, fmt.Errorf("%s: what the other tree says it knows does not add up: %w", r.o.Spec, err)
		}
		r.take(d, theirs)
		r.hub = theirs
		if o.Mirror && !r.o.ReadOnly && r.mirror(d) {
			r.tellFirst(theirs)
		}
		told = theirs
	}
	// Only now: what one tree's version lost against may itself lose against the
	// next one's, and nobody could say what a version made in between contains.
	if !o.Mirror && !r.o.ReadOnly && o.Conflict == plan.KeepBoth && r.keepBoth() {
		r.tellFirst(told)
	}
	return r.propose(), nil
}

// tellFirst has ready for the first tree what this one authored while it merged.
func (r *Replica) tellFirst(theirs *index.Knowledge) {
	if !r.hello.First {
		r.after = r.delta(theirs, peer.DeltaQuery{To: r.hello.Counts, Forked: r.forked})
	}
}

func (r *Replica) rule() plan.MergeRule { return plan.MergeRule{Checksum: r.hello.Checksum} }

// take merges the metadata of another tree.
func (r *Replica) take(d *peer.Delta, theirs *index.Knowledge) {
	m := r.merged
	var batch []*index.Entry
	rule := r.rule()
	// The first tree has merged what this one holds. Would this one know of a hash
	// that the first one does not, it must not drop more than that did.
	rule.Settled = !r.hello.First && r.hello.Mode == peer.TwoWay
	one := func(mine, other *index.Entry) {
		if e, changed := plan.MergeEntry(mine, other, m.known, theirs, rule); changed {
			if len(e.Heads) == 0 && e.Witness.Kind == index.Absent {
				e.Pending, e.Have = false, nil
			}
			batch = append(batch, e)
			if lessThan(e, mine, other, m.known, theirs) {
				r.thinned[e.Path] = true
			}
			if mine != nil && len(plan.Losers(e.Heads)) == 0 {
				r.settled = append(r.settled, conflictsOf(mine)...)
			}
		}
	}
	for _, other := range d.Entries {
		one(m.get(other.Path), other)
	}
	listed := func(p index.Path) bool {
		_, ok := slices.BinarySearchFunc(d.Entries, p, func(e *index.Entry, p index.Path) int { return index.Compare(e.Path, p) })
		return ok
	}
	if d.Full {
		for mine := range m.all() {
			if !listed(mine.Path) {
				one(mine, nil)
			}
		}
	}
	for _, p := range d.Asked {
		if mine := m.get(p); !d.Full && mine != nil && !listed(p) {
			one(mine, nil)
		}
	}
	m.update(sorted(batch))
	m.learn(theirs)
	if d.Full {
		m.floor = m.floor.Raise(d.Floor...)
	}
}

// thin lets go of versions that turned out to be equal since they were merged: a
// hash was learnt when their bytes were moved. Others may not know of it, and are
// told.
func (r *Replica) thin() {
	m := r.merged
	var batch []*index.Entry
	for e := range m.over(m.x.Crowded()) {
		if len(e.Heads) < 2 {
			continue
		}
		if n, _ := plan.MergeEntry(e, e, m.known, m.known, r.rule()); len(n.Heads) < len(e.Heads) {
			batch = append(batch, n)
			r.thinned[e.Path] = true
		}
	}
	m.update(batch)
}

// lessThan tells whether e, merged of two entries, lacks a version that neither
// knowledge rules out: it was dropped for an equal one, here or there.
func lessThan(e, mine, theirs *index.Entry, kMine, kTheirs plan.Known) bool {
	if mine == nil || theirs == nil {
		return false
	}
	news := false
	for _, h := range theirs.Heads {
		_, had := mine.Head(h.Gen)
		news = news || !had
		if _, kept := e.Head(h.Gen); !kept && (had || !kMine.Has(h.Gen)) {
			return true
		}
	}
	for _, h := range mine.Heads {
		if _, kept := e.Head(h.Gen); !kept && (!news || !kTheirs.Has(h.Gen)) {
			return true
		}
	}
	return false
}

// mirror puts back what differs from the first tree: a generation of this tree
// supersedes it with the first tree's version, or a deletion.
func (r *Replica) mirror(d *peer.Delta) bool {
	first := map[index.Path]*index.Entry{}
	var paths []index.Path
	for _, e := range d.Entries {
		first[e.Path] = e
		paths = append(paths, e.Path)
	}
	paths = append(paths, d.Asked...)
	slices.SortFunc(paths, index.Compare)
	g := r.generation(r.merged.known)
	a := r.authoring(g, false)
	var batch []*index.Entry
	for _, p := range slices.Compact(paths) {
		mine := r.merged.get(p)
		if mine == nil {
			continue
		}
		if e := plan.Supersede(mine, first[p], a); e != nil {
			batch = append(batch, e)
		}
	}
	return r.decide(g, batch)
}

// keepBoth gives the losers of conflicts that are on this tree's disk a name
// of their own. The disk itself follows when the plan is applied.
func (r *Replica) keepBoth() bool {
	g := r.generation(r.merged.known)
	a := r.authoring(g, false)
	var batch []*index.Entry
	used := map[index.Path]bool{}
	for e := range r.merged.all() { // a conflict may be pending for long, or come of an edit here
		if !e.Pending || len(e.Heads) < 2 {
			continue
		}
		losers := plan.Losers(e.Heads)
		if len(losers) == 0 || len(plan.Undecided(e.Heads, r.rule())) > 0 {
			continue
		}
		here, ok := plan.Display(e.Have)
		if !ok || here.Kind == index.Dir || !e.Witness.Kind.Live() {
			continue
		}
		i := slices.IndexFunc(losers, func(l index.Head) bool { return l.Gen == here.Gen })
		if i < 0 {
			continue
		}
		kept, next := plan.KeepApart(e, losers[i], r.markOf(here.Gen.Author), a, func(p index.Path) bool {
			return used[p] || r.merged.get(p) != nil
		})
		if kept == nil {
			continue
		}
		used[kept.Path] = true
		r.settled = append(r.settled, conflictsOf(e)...)
		batch = append(batch, kept, next)
	}
	return r.decide(g, batch)
}

// decide adds what this tree authored while it merged.
func (r *Replica) decide(g index.Generation, batch []*index.Entry) bool {
	if len(batch) == 0 {
		return false
	}
	r.merged.update(sorted(batch))
	r.merged.add(g)
	return true
}

// nameOf names the tree that authored something, as well as this one knows.
func (r *Replica) nameOf(id index.PeerID) string {
	if id == r.cfg.peer() {
		return r.cfg.Name
	}
	for _, t := range r.others {
		if t.Peer == id {
			return t.Name
		}
	}
	return r.cfg.nameOf(id)
}

func (c *Config) nameOf(id index.PeerID) string {
	if id == c.peer() {
		return c.Name
	}
	for _, m := range c.Peers {
		if m.Peer == id.String() {
			return m.Name
		}
	}
	for _, f := range c.Former {
		if f.Peer == id.String() {
			return f.Name
		}
	}
	return id.String()[:8]
}

// markOf is how a conflict's file names the tree that its version is from: by
// host, and by more where several trees of the run share that.
func (r *Replica) markOf(id index.PeerID) string {
	name := r.nameOf(id)
	host, _, _ := strings.Cut(name, ":")
	mark := host
	for _, t := range append(slices.Clone(r.others), peer.Tree{Peer: r.cfg.peer(), Name: r.cfg.Name}) {
		other, _, _ := strings.Cut(t.Name, ":")
		switch {
		case t.Peer == id || other != host:
		case t.Name == name:
			return name + " " + id.String()[:4]
		default:
			mark = name
		}
	}
	return mark
}

// Answer implements peer.Replica. What nobody could answer is looked up here.
func (r *Replica) Answer(ctx context.Context, as []peer.Answer) (*peer.Proposal, error) {
	for _, q := range r.plan.Questions {
		r.asked[q.Plain()] = true
	}
	own, err := r.Hash(ctx, r.unanswered(as))
	if err != nil {
		return nil, err
	}
	r.deciding.Lock()
	defer r.deciding.Unlock()
	r.annotate(append(as, own...))
	if r.merging.Conflict == plan.KeepBoth && r.hello.First && !r.o.ReadOnly {
		// Only the first tree is asked before others merge: what it authors now
		// still reaches them.
		r.keepBoth()
	}
	return r.propose(), nil
}

// annotate notes hashes with the heads they belong to. Versions that turn out to
// be equal are let go only where the others are yet to be told: else they would
// not do the same in this run.
func (r *Replica) annotate(as []peer.Answer) {
	byPath := map[index.Path][]peer.Answer{}
	for _, a := range as {
		if a.Hash.Known() {
			byPath[a.Path] = append(byPath[a.Path], a)
		}
	}
	m := r.merged
	drop := r.undecided && (r.hello.First || r.hello.Mode != peer.TwoWay)
	var batch []*index.Entry
	for p, as := range byPath {
		e := m.get(p)
		if e == nil {
			continue
		}
		noted := &index.Entry{Path: p, Heads: e.Heads, Mode: e.Mode}
		have := e.Have
		for _, a := range as {
			noted.Heads, have = hashed(noted.Heads, a), hashed(have, a)
		}
		next := *e
		next.Heads, next.Have = noted.Heads, have
		if drop {
			n, _ := plan.MergeEntry(e, noted, m.known, m.known, r.rule())
			if n.Pending && e.Pending {
				n.Have = have
			}
			next = *n
		}
		batch = append(batch, &next)
	}
	m.update(sorted(batch))
}

func hashed(hs []index.Head, a peer.Answer) []index.Head {
	i := slices.IndexFunc(hs, func(h index.Head) bool { return h.Gen == a.Gen && !h.Hash.Known() })
	if i < 0 {
		return hs
	}
	hs = slices.Clone(hs)
	hs[i].Hash = a.Hash
	return hs
}
