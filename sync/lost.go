package sync

import (
	"context"

	"golang.org/x/sync/errgroup"

	"latus/sync/peer"
	"latus/sync/plan"
)

// everyTree is no tree that hashes leaves out.
const everyTree = -1

// lostTries is how often the trees plan anew. What was to be copied from a file that does not
// come is wanted by itself then.
const lostTries = 3

// findLost finds out which content no tree of the run has, and has the trees plan without
// it, so that they show what will be done and report no conflict that cannot be settled yet.
// Only what every tree wants from the others is worth the question, so few runs spend the
// round trips.
func (r *run) findLost(ctx context.Context) error {
	asked := map[plan.Question]bool{}
	for range lostTries {
		qs := r.wantedByAll(asked)
		if len(qs) == 0 {
			return nil
		}
		as, err := r.hashes(ctx, qs, everyTree)
		if err != nil {
			return err
		}
		had := map[plan.Question]bool{}
		for _, a := range as {
			had[plan.Question{Path: a.Path, Gen: a.Gen}] = true
		}
		var lost []peer.Answer
		for _, q := range qs {
			if asked[q] = true; !had[q] {
				lost = append(lost, peer.Answer{Path: q.Path, Gen: q.Gen})
			}
		}
		if len(lost) == 0 {
			return nil
		}
		if err := r.tellLost(ctx, lost); err != nil {
			return err
		}
	}
	return nil
}

// wantedByAll is what each tree of the run wants from the others, but for what was asked.
// A first tree of a one-way run wants nothing, whatever it has.
func (r *run) wantedByAll(asked map[plan.Question]bool) (qs []plan.Question) {
	least := r.proposals[0]
	for _, p := range r.proposals {
		if p == nil || len(p.Wants) == 0 {
			return nil
		}
		if len(p.Wants) < len(least.Wants) {
			least = p
		}
	}
	trees := make(map[plan.Question]int, len(least.Wants))
	for _, w := range least.Wants {
		trees[plan.Question{Path: w.Path, Gen: w.Gen}] = 0
	}
	for _, p := range r.proposals {
		for _, w := range p.Wants {
			q := plan.Question{Path: w.Path, Gen: w.Gen}
			if n, ok := trees[q]; ok {
				trees[q] = n + 1
			}
		}
	}
	for _, w := range least.Wants {
		if q := (plan.Question{Path: w.Path, Gen: w.Gen}); trees[q] == len(r.proposals) && !asked[q] {
			qs = append(qs, q)
		}
	}
	return qs
}

// tellLost has all trees plan anew without some content.
func (r *run) tellLost(ctx context.Context, lost []peer.Answer) error {
	g, ctx := errgroup.WithContext(ctx)
	for i, t := range r.trees {
		g.Go(func() (err error) {
			r.proposals[i], err = t.Replica.Answer(ctx, lost)
			return err
		})
	}
	return g.Wait()
}
