package replica

import (
	"context"
	"slices"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// Answer implements peer.Replica. What nobody could answer is looked up here.
func (r *Replica) Answer(ctx context.Context, as []peer.Answer) (*peer.Proposal, error) {
	if r.lose(as) {
		r.deciding.Lock()
		defer r.deciding.Unlock()
		return r.propose()
	}
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
	return r.propose()
}

// lose notes which content no tree of the run has, and tells whether that is all that
// as say. What a killed run had fetched whole is here all the same.
func (r *Replica) lose(as []peer.Answer) bool {
	r.deciding.Lock()
	defer r.deciding.Unlock()
	fetched := map[plan.Question]bool{}
	for _, w := range r.wants {
		if w.Fetched() {
			fetched[plan.Question{Path: w.Path, Gen: w.Gen}] = true
		}
	}
	only := len(as) > 0
	for _, a := range as {
		if a.Hash.Known() {
			only = false
			continue
		}
		q := plan.Question{Path: a.Path, Gen: a.Gen}
		if fetched[q] {
			continue
		}
		if r.nowhere == nil {
			r.nowhere = map[plan.Question]bool{}
		}
		r.nowhere[q] = true
	}
	return only
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
		noted := bare(e)
		have := e.Have
		for _, a := range as {
			noted.Heads, have = hashed(noted.Heads, a), hashed(have, a)
		}
		next := *e
		next.Heads, next.Have = noted.Heads, have
		if drop {
			n, _ := plan.MergeEntry(e, noted, m.known, m.known, r.rule())
			if next = *n; n.Pending && e.Pending {
				next.Have = have
			}
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
