package replica

import (
	"cmp"
	"context"
	"slices"

	"latus/sync/peer"
)

// Look implements peer.Replica.
func (r *Replica) Look(ctx context.Context, q peer.LookQuery) (*peer.View, error) {
	r.group, r.others = q.Group, q.Others
	authored, err := r.lookedAhead()
	if authored < 0 {
		authored, err = r.look(ctx, q)
	}
	if err != nil {
		return nil, err
	}
	r.merged = newMerged(r.x)
	r.thin()
	quiet := authored == 0 // nobody else knows what was authored: the run goes on
	if quiet && (r.merged.pending() || r.deserted()) {
		r.makePlan()
		quiet = !r.hasWork()
	}
	k := r.x.Knowledge()
	forked := k.Forked(q.Verify)
	r.forked = append(slices.Clone(q.Forked), forked...)
	v := &peer.View{
		Peer:     r.cfg.PeerID(),
		Name:     r.cfg.Name,
		Counts:   k.Counts(),
		Known:    k.Summary(q.To, r.forked),
		Forked:   forked,
		Digest:   r.digest(),
		Quiet:    quiet,
		Untidy:   quiet && (r.untidy() || r.belated() || r.outdatedUnlike()),
		Files:    r.found.Files,
		Bytes:    r.found.Bytes,
		Authored: authored,
	}
	for _, p := range slices.Concat(r.found.Problems, r.found.Bare) {
		v.Problems = append(v.Problems, peer.Problem{Path: p.Path, Reason: p.Reason})
	}
	switch held := r.knownUnlike(); {
	case r.hello.First && r.hello.Mode != peer.TwoWay:
		v.Problems = append(v.Problems, peer.ProblemsAmong(withUnlike(nil, held))...) // it is not asked for more
	case quiet && r.plan != nil:
		v.Held = peer.ProblemsAmong(withUnlike(r.plan.Held, held))
	case quiet:
		v.Held = peer.ProblemsAmong(withUnlike(nil, held))
	}
	if p, lags := r.unmirrored(); lags {
		v.Problems = append(v.Problems, p)
	}
	if p, lags := r.unfitted(); lags {
		v.Problems = append(v.Problems, p)
	}
	v.Notices = r.notices()
	if q.Known != nil {
		if v.Delta, err = r.Delta(ctx, peer.DeltaQuery{To: q.To, Forked: r.forked, Known: q.Known, Brief: q.Brief}); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// look has the tree scanned and authors what differs. It returns how many paths do.
func (r *Replica) look(ctx context.Context, q peer.LookQuery) (authored int, err error) {
	r.early.enough()
	if err := r.admit(q.Others); err != nil {
		return 0, err
	}
	if err := r.waitScan(ctx); err != nil {
		return 0, err
	}
	if len(q.Others) > 0 {
		if err := cmp.Or(r.guardOuter(q.Group), r.guardInner(q.Group)); err != nil {
			return 0, err
		}
	}
	if r.fresh && !r.hello.Dry {
		if err := r.makeFresh(ctx); err != nil {
			return 0, err
		}
	}
	if err := r.guardScan(); err != nil {
		return 0, err
	}
	if r.narrowed != nil && len(r.before) == 0 { // a tree that came from elsewhere is looked at once, and as a whole
		r.found.Changed = r.narrowed.among(r.found.Changed, r.home.Can.Fold())
	}
	r.recogniseAmong(q)
	authored, err = r.author()
	r.found.Changed, r.found.Hashed = nil, nil // many after a first scan
	return authored, err
}

// hasWork tells whether a run can do something about what is pending.
func (r *Replica) hasWork() bool {
	p := r.plan
	return len(p.Actions)+len(p.Acks)+len(r.wants)+len(p.Questions) > 0
}
