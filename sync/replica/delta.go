package replica

import (
	"context"
	"fmt"
	"slices"

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
	d := &peer.Delta{From: r.cfg.PeerID(), Known: m.known.Summary(q.To, q.Forked), Full: q.Full, Asked: q.Also, Lags: r.noModel(q.Also), Attrs: r.looksAtAttrs()}
	if q.Full {
		d.Floor = m.floor
	}
	if q.Full || len(m.thinned) > 0 || !m.known.Equal(to) {
		spans := m.x.Spans(pieces(m.x.Len()))
		d.Entries = slices.Concat(inPieces(len(spans), func(i, _ int) []*index.Entry { return r.tell(spans[i], to, q.Full) })...)
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
	if r.isModel() {
		bits := r.home.Tree.Traits().ModeBits
		for _, e := range d.Entries {
			if !e.Mode.Set() {
				e.Mode = plan.Showing(m.get(e.Path), bits)
			}
		}
	}
	if q.Brief && !q.Full {
		d.Shorten(to)
	}
	return d
}

// tell returns what of s is to be told to somebody who knows so much.
func (r *Replica) tell(s index.Span, to *index.Knowledge, all bool) (told []*index.Entry) {
	m := r.merged
	some := m.x.Pass(s)
	if !all {
		some = m.x.Of(s, func(g index.GenID) bool { return g != index.GenID{} && !to.Has(g) })
	}
	var made entryArena
	at, _ := slices.BinarySearchFunc(m.thinned, s.From, index.Compare)
	thinned := m.thinned[at:]
	for e := range lay(m.in(s), some) {
		for len(thinned) > 0 && index.Compare(thinned[0], e.Path) < 0 {
			thinned = thinned[1:]
		}
		if all || len(thinned) > 0 && thinned[0] == e.Path || plan.News(e, to) {
			told = append(told, made.bare(e))
		}
	}
	return told
}

// bare is what of an entry crosses to a peer.
func bare(e *index.Entry) *index.Entry { return new(entryArena).bare(e) }

// entryArena hands out the entries of a delta, whose memory it takes for many of them at a time.
type entryArena struct {
	room []index.Entry
	made int
}

func (a *entryArena) bare(e *index.Entry) *index.Entry {
	if len(a.room) == 0 {
		a.room = make([]index.Entry, min(a.made+1, 64))
	}
	n := &a.room[0]
	a.room, a.made = a.room[1:], a.made+1
	n.Path, n.Heads, n.Mode, n.Owner, n.Attrs = e.Path, e.Heads, e.Mode, e.Owner, e.Attrs
	return n
}
