package sync

import (
	"context"
	"fmt"
	"iter"

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
	d := &peer.Delta{From: r.cfg.peer(), Known: m.known.Summary(q.To, q.Forked), Full: q.Full, Asked: q.Also, Lags: r.lags(), Attrs: r.looksAtAttrs()}
	if q.Full {
		d.Floor = m.floor
	}
	if q.Full || len(r.thinned) > 0 || !m.known.Equal(to) {
		for e := range r.mayTell(to, q.Full) {
			switch {
			case q.Full || r.thinned[e.Path]:
				d.Entries = append(d.Entries, bare(e))
			case news(e, to):
				d.Entries = append(d.Entries, r.brief(e, to))
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
	return plan.Unheard(e, k)
}

// brief is bare for a peer who knows so much, and is the only other one of the run: the hash
// of what was moved goes without saying. Who follows the hint has it with what is moved
// there, and who cannot asks, or has all of it sent.
func (r *Replica) brief(e *index.Entry, to *index.Knowledge) *index.Entry {
	n := bare(e)
	if len(e.Heads) != 1 || len(r.others) != 1 || r.hello.Checksum {
		return n
	}
	h := e.Heads[0]
	o := h.Origin
	if h.Kind != index.File || !h.Hash.Known() || o == nil || o.Linked || !to.Has(o.Gen) {
		return n
	}
	from := r.merged.get(o.Path)
	if from == nil || len(from.Heads) != 1 || from.Heads[0].Kind != index.Deleted || from.Heads[0].Gen != h.Gen {
		return n
	}
	h.Hash = index.Hash{}
	n.Heads = []index.Head{h}
	return n
}

// bare is what of an entry crosses to a peer.
func bare(e *index.Entry) *index.Entry {
	return &index.Entry{Path: e.Path, Heads: e.Heads, Mode: e.Mode, Owner: e.Owner, Attrs: e.Attrs}
}
