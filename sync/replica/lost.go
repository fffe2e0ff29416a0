package replica

import (
	"fmt"
	"slices"

	"latus/index"
	"latus/sync/plan"
)

// lost authors the end of this tree's own versions that were still to get their bytes
// from where its users have done something else with them meanwhile: a new name for
// the loser of a conflict, where the run that gave it was killed. What became of the
// bytes is what became of that version; others would wait for it in vain. authored
// is what the scan made of the paths where something was done, others are decided already.
func (r *Replica) lost(authored map[index.Path]*index.Entry, others []*index.Entry, a plan.Authoring) (ended []*index.Entry) {
	if len(authored) == 0 {
		return nil
	}
	own := r.cfg.PeerID()
	took := func(o *index.Origin) bool { // from what its user has changed since
		if o == nil || o.Linked || authored[o.Path] == nil { // a linked one has bytes of its own
			return false
		}
		from := r.x.Get(o.Path)
		if from == nil {
			return false
		}
		was, _ := plan.Display(from.Acked())
		return was.Gen == o.Gen && was.Kind == from.Witness.Kind
	}
	decided := map[index.Path]bool{}
	for _, e := range others {
		decided[e.Path] = true
	}
	for e := range r.x.Lagging() {
		if decided[e.Path] {
			continue
		}
		gone := func(h index.Head) bool {
			here := slices.ContainsFunc(e.Have, func(a index.Head) bool { return a.Gen == h.Gen })
			return h.Gen.Author == own && !here && took(h.Origin)
		}
		end := plan.GiveUp
		if now := authored[e.Path]; now != nil {
			e, end = now, plan.Outlive
		}
		if n := end(e, gone, a); n != nil {
			ended = append(ended, n)
		}
	}
	return ended
}

// forgo ends decisions of this tree of which the run found that no tree has the bytes, where
// nobody saw what became of these: a new name for the loser of a conflict, a version that a
// mirror put back. The next run tells the others. Trees that may have the bytes and are not
// here are waited for.
func (r *Replica) forgo() error {
	if len(r.nowhere) == 0 {
		return nil
	}
	_, away := r.knownBy(r.others)
	over := map[*index.Entry]bool{}
	for q := range r.nowhere {
		e := r.x.Get(q.Path)
		if e == nil {
			continue
		}
		if h, ok := e.Head(q.Gen); ok && r.vain(e, h, away[1:]) { // the first one is this tree
			over[e] = true
		}
	}
	if len(over) == 0 {
		return nil
	}
	g := r.generation(r.x.Knowledge())
	a := r.authoring(g, false)
	tx := r.x.Begin()
	tx.Generation(g)
	for e := range over {
		tx.Put(plan.Forgo(e, func(h index.Head) bool {
			return r.nowhere[plan.Question{Path: e.Path, Gen: h.Gen}] && r.vain(e, h, away[1:])
		}, a))
	}
	if err := tx.Commit(true); err != nil {
		return fmt.Errorf("%s: cannot write the index: %w", r.o.Spec, err)
	}
	return nil
}

// vain tells whether it is in vain to wait for the bytes of h, a version of e that no tree of
// the run has: this tree decided for it, has nothing of what it decided for, neither there nor
// where it was nor in the trash, and no tree that is away has heard of either.
func (r *Replica) vain(e *index.Entry, h index.Head, away []plan.Known) bool {
	shows := func(e *index.Entry, g index.GenID) bool {
		return e != nil && slices.ContainsFunc(e.Acked(), func(a index.Head) bool { return a.Gen == g })
	}
	if h.Gen.Author != r.cfg.PeerID() || plan.Decided(e.Path, h) == (index.GenID{}) {
		return false
	}
	o := h.Origin
	_, kept := r.trash.Find(o.Path, o.Gen)
	_, same := r.trash.ByHash(h.Hash)
	return !kept && !same && !shows(e, h.Gen) && !shows(r.x.Get(o.Path), o.Gen) &&
		!slices.ContainsFunc(away, func(k plan.Known) bool { return k.Has(h.Gen) || k.Has(o.Gen) })
}
