package sync

import (
	"context"
	"errors"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/reason"
)

// exchange merges metadata everywhere and has every tree plan. Each side merges
// by itself; the rules are pure, so all come to the same answer.
func (r *run) exchange(ctx context.Context) error {
	r.ob.Phase(peer.Comparing)
	r.proposals = make([]*peer.Proposal, len(r.trees))
	full := (r.agree() || r.o.Checksum) && !r.equal()
	if full {
		// The same history and yet not the same versions, or not the same content of them: list
		// everything.
		if err := r.askDeltas(ctx, true); err != nil {
			return err
		}
	}
	var decided []index.Path
	if !r.oneWay() {
		var err error
		if decided, err = r.mergeHub(ctx, r.deltas()); errors.Is(err, peer.ErrUnresolved) {
			if err = r.askDeltas(ctx, false); err == nil {
				decided, err = r.mergeHub(ctx, r.deltas())
			}
		}
		if err != nil {
			return err
		}
	}
	if err := r.mergeSpokes(ctx, full, decided); err != nil {
		return err
	}
	if err := r.reconcile(ctx); err != nil {
		return err
	}
	for _, v := range r.views {
		v.Delta = nil // a first sync's is large, and everybody has it
	}
	if err := r.askHashes(ctx); err != nil {
		return err
	}
	return r.findLost(ctx)
}

// brief tells whether trees may leave out of what they tell each other what the other one can
// look up. Where everything is compared, that is said.
func (r *run) brief() bool { return !r.o.Checksum && r.news == nil }

// askDeltas asks the other trees once more what they know, for all of it or for all that the
// first one does not know. Nothing is left out.
func (r *run) askDeltas(ctx context.Context, full bool) error {
	return r.spokes(ctx, func(ctx context.Context, i int) error {
		d, err := r.trees[i].Replica.Delta(ctx, peer.DeltaQuery{
			To: r.welcomes[0].Counts, Forked: r.forked, Known: &r.views[0].Known, Full: full,
		})
		r.views[i].Delta = d
		r.news.toFirst(i, d)
		return err
	})
}

// deltas are what the other trees told the first one.
func (r *run) deltas() (ds []*peer.Delta) {
	for _, v := range r.views[1:] {
		ds = append(ds, v.Delta)
	}
	return ds
}

func (r *run) options() peer.MergeOptions {
	return peer.MergeOptions{Conflict: r.o.Conflict, Actions: r.o.Actions || r.o.Dry}
}

// mergeHub merges at the first tree, and decides there what needs a hash
// for that, so that the others can decide alike. It returns the paths for
// which hashes were learnt.
func (r *run) mergeHub(ctx context.Context, ds []*peer.Delta) ([]index.Path, error) {
	p, err := r.hub().Merge(ctx, ds, r.options())
	if err != nil {
		return nil, err
	}
	var decided []index.Path
	for tries := 0; p.Undecided && tries < 2; tries++ {
		as, err := r.hashes(ctx, p.Questions, 0)
		if err != nil {
			return nil, err
		}
		for _, q := range p.Questions {
			decided = append(decided, q.Path)
		}
		if p, err = r.hub().Answer(ctx, as); err != nil {
			return nil, err
		}
	}
	r.proposals[0] = p
	return decided, nil
}

// mergeSpokes gives every other tree what it does not know, and the first tree
// what they authored while merging.
func (r *run) mergeSpokes(ctx context.Context, full bool, decided []index.Path) error {
	merge := func(ctx context.Context, i int, q peer.DeltaQuery, o peer.MergeOptions) error {
		q.To, q.Forked, q.Known = r.welcomes[i].Counts, r.forked, &r.views[i].Known
		q.Brief = r.brief()
		for {
			d, err := r.hub().Delta(ctx, q)
			if err != nil {
				return err
			}
			r.news.toOther(i, d)
			p, err := r.trees[i].Replica.Merge(ctx, []*peer.Delta{d}, o)
			r.proposals[i] = p
			if !q.Brief || !errors.Is(err, peer.ErrUnresolved) {
				return err
			}
			q.Brief = false
		}
	}
	err := r.spokes(ctx, func(ctx context.Context, i int) error {
		q := peer.DeltaQuery{Full: full, Also: decided}
		o := r.options()
		if o.Mirror = r.o.Mode == peer.Mirror; o.Mirror {
			// The first tree's say is wanted wherever this one went its own way, and of all that
			// there is if this one has forgotten where it did.
			q.Full = q.Full || r.views[i].Delta.Full
			for _, e := range r.views[i].Delta.Entries {
				q.Also = append(q.Also, e.Path)
			}
		}
		return merge(ctx, i, q, o)
	})
	if err != nil || r.oneWay() {
		return err
	}
	var second []*peer.Delta
	for _, p := range r.proposals[1:] {
		if p.Second != nil {
			second = append(second, p.Second)
		}
	}
	if len(second) == 0 {
		return nil
	}
	// A name that two trees made up for two versions is new to both, so that each is told of the
	// other's, with all hashes. What else is decided only now they know already, and are told
	// all the same. Of two trees the second one made up all there is.
	decided, err = r.mergeHub(ctx, second)
	if err != nil || len(r.trees) == 2 {
		return err
	}
	return r.spokes(ctx, func(ctx context.Context, i int) error {
		return merge(ctx, i, peer.DeltaQuery{Also: decided}, r.options())
	})
}

// newTree is said of a tree whose directory the run makes.
const newTree = "there was no such directory: it is a new tree"

const newRules = "an ignore file changes here in this run: what is not ignored any more comes with the next one"

// present shows the plans, and stops the run if a tree refuses its own.
func (r *run) present() error {
	if r.o.Peers != nil {
		ids := make([]index.PeerID, len(r.views))
		for i, v := range r.views {
			if v != nil {
				ids[i] = v.Peer
			}
		}
		r.o.Peers(ids)
	}
	var refusal error
	shown := map[index.Path]bool{}
	for i, p := range r.proposals {
		if p == nil {
			continue
		}
		if r.welcomes[i].Missing {
			// Most likely that is meant, but it may be mistyped.
			r.ob.Notice(i, peer.Problem{Reason: reason.Words(newTree)})
		}
		r.ob.Planned(i, p)
		if p.Refused != "" && refusal == nil {
			refusal = r.refuse(peer.MassDelete, i, "%s", p.Refused)
		}
		for _, h := range p.Held {
			if said := (peer.Problem{Path: h.Path, Reason: h.Reason}); h.Problem {
				r.problem(i, said)
			} else if h.News {
				r.ob.Notice(i, said)
			}
		}
		if p.Rules && refusal == nil && r.o.Dry { // what they will say only the run itself sees
			r.ob.Notice(i, peer.Problem{Reason: reason.Words(newRules)})
		}
		for _, c := range p.Conflicts {
			if !shown[c.Path] && (c.Costs || r.newEverywhere(c)) {
				shown[c.Path] = true
				r.conflicts++
				r.ob.Conflict(r.whole(c))
			}
		}
	}
	if r.o.Dry && refusal == nil {
		for i, p := range r.proposals {
			if p == nil {
				continue
			}
			for _, c := range p.Actions {
				r.ob.Change(i, c)
			}
		}
	}
	return refusal
}
