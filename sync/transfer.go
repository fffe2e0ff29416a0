package sync

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/reason"
	"latus/sync/tree"
)

// apply brings all trees to their plans, at the same time.
func (r *run) apply(ctx context.Context) (*peer.Report, error) {
	r.ob.Phase(peer.Transferring)
	r.begun = true
	if err := r.introduce(); err != nil {
		return r.report(), err
	}
	blame := &blame{said: map[said]bool{}}
	errs := r.applyAll(ctx, blame)
	r.ob.Phase(peer.Finishing)
	r.tellLeft(blame)
	rep := r.report()
	if ctx.Err() != nil {
		return rep, ctx.Err()
	}
	if err := r.failed(errs); err != nil {
		return rep, err
	}
	if r.oneWay() {
		return rep, r.finishFirst(ctx) // now that the others have what it knows
	}
	r.checkEqual(rep)
	return rep, nil
}

// applyAll has every tree carry out its plan, each with all others as its sources, and returns
// what went wrong in each.
func (r *run) applyAll(ctx context.Context, blame *blame) []error {
	r.outcomes = make([]*peer.Outcome, len(r.trees))
	errs := make([]error, len(r.trees))
	total := newTotals(r.ob, r.proposals, r.tellRecovered)
	var wg sync.WaitGroup
	for i, t := range r.trees {
		if r.proposals[i] == nil {
			continue
		}
		var sources []fetch.From
		for j, other := range r.trees {
			if j != i {
				sources = append(sources, fetch.From{Source: blame.watch(r.limited(other.Replica, t.Replica), j), Peer: r.welcomes[j].Peer})
			}
		}
		wg.Go(func() {
			w := &follower{i: i, total: total}
			var err error
			if r.outcomes[i], err = t.Replica.Apply(ctx, fetch.Spread(sources...), w); err != nil {
				errs[i] = r.named(i, err)
			}
			total.over(i)
		})
	}
	wg.Wait()
	return errs
}

// tellLeft tells of what was left, as problems of the trees that are to blame, and of damage
// that kept nobody from getting the content.
func (r *run) tellLeft(blame *blame) {
	for i, o := range r.outcomes {
		if o == nil {
			continue
		}
		for _, p := range o.Problems {
			if tree, told := blame.whose(i, p); !told {
				r.problem(tree, p)
			}
		}
	}
	for _, s := range blame.healed() {
		r.ob.Notice(s.tree, peer.Problem{Path: s.path, Reason: s.reason.Then("; taken from another tree")})
	}
}

// checkEqual adds to rep that trees do not remember the same although all has gone well.
func (r *run) checkEqual(rep *peer.Report) {
	for i, o := range r.outcomes {
		if o.Digest != r.outcomes[0].Digest {
			rep.Unequal = true
			rep.Problems++
			r.ob.Problem(i, peer.Problem{Reason: reason.Words(fmt.Sprintf("what %s and %s remember differs after the run; the next one compares everything", r.trees[0].Spec, r.trees[i].Spec))})
		}
	}
}

// introduce has the first tree of a one-way run, which has nothing to apply, write
// down whom it is about to be brought to. One behind a wire does so when all is done.
func (r *run) introduce() error {
	first, ok := r.hub().(interface{ Meet() error })
	if !ok || !r.oneWay() || r.acquainted() {
		return nil
	}
	return r.noted(first.Meet())
}

// finishFirst ends the run for the first tree of a one-way run. What it writes down is
// that the others have all that it knows, which is so only when they all have ended well.
func (r *run) finishFirst(ctx context.Context) error {
	_, err := r.hub().Finish(ctx)
	return r.noted(err)
}

// noted is err, unless it says that a tree which changes are only taken from cannot be
// written to. It can be taken from all the same.
func (r *run) noted(err error) error {
	for _, no := range []error{tree.ErrReadOnly, tree.ErrNoSpace, fs.ErrPermission} {
		if !errors.Is(err, no) {
			continue
		}
		if !r.acquainted() && !r.mute {
			r.mute = true
			r.ob.Notice(0, peer.Problem{Reason: reason.Words(fmt.Sprintf("does not remember the other trees: %v", no))})
		}
		return nil
	}
	return err
}

// limited holds a tree to Options.Limit where nobody else does: between two that
// are both here.
func (r *run) limited(from, to peer.Replica) fetch.Source {
	if overWire(from) || overWire(to) {
		return from // the wire does it
	}
	return fetch.Limited(from, r.o.Limit)
}

// overWire tells whether what goes from or to a tree crosses a wire: its replica is on another
// machine, or here and its disk there. Of the latter kind is a replica that says so by a method
// OverWire.
func overWire(r peer.Replica) bool {
	d, ok := r.(interface{ OverWire() bool })
	return fetch.Far(r) || ok && d.OverWire()
}
