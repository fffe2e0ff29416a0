package sync

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"latus/sync/peer"
	"latus/sync/plan"
)

// askHashes answers the questions of all plans, each by whoever can, all at the
// same time: one round trip, whoever asks.
func (r *run) askHashes(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for i, p := range r.proposals {
		if p == nil || len(p.Questions) == 0 {
			continue
		}
		g.Go(func() error {
			as, err := r.hashes(ctx, p.Questions, i)
			if err != nil {
				return err
			}
			r.proposals[i], err = r.trees[i].Replica.Answer(ctx, as)
			return err
		})
	}
	return g.Wait()
}

// hashes asks every tree but one, or everyTree.
func (r *run) hashes(ctx context.Context, qs []plan.Question, but int) ([]peer.Answer, error) {
	var (
		mu  sync.Mutex
		all []peer.Answer
	)
	g, ctx := errgroup.WithContext(ctx)
	for i, t := range r.trees {
		if i == but {
			continue
		}
		g.Go(func() error {
			as, err := t.Replica.Hash(ctx, qs)
			mu.Lock()
			all = append(all, as...)
			mu.Unlock()
			return err
		})
	}
	err := g.Wait()
	return all, err
}
