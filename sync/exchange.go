package sync

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
)

// exchange merges metadata everywhere and has every tree plan. Each side merges
// by itself; the rules are pure, so all come to the same answer.
func (r *run) exchange(ctx context.Context) error {
	r.ob.Phase(Comparing)
	r.proposals = make([]*peer.Proposal, len(r.trees))
	full := r.agree() && !r.equal()
	if full {
		// The same history and yet not the same versions: list everything.
		err := r.spokes(ctx, func(ctx context.Context, i int) error {
			d, err := r.trees[i].Replica.Delta(ctx, peer.DeltaQuery{
				To: r.welcomes[0].Counts, Forked: r.forked, Known: &r.views[0].Known, Full: true,
			})
			r.views[i].Delta = d
			return err
		})
		if err != nil {
			return err
		}
	}
	var settled []index.Path
	if !r.oneWay() {
		var ds []*peer.Delta
		for _, v := range r.views[1:] {
			ds = append(ds, v.Delta)
		}
		var err error
		if settled, err = r.mergeHub(ctx, ds); err != nil {
			return err
		}
	}
	if err := r.mergeSpokes(ctx, full, settled); err != nil {
		return err
	}
	return r.askHashes(ctx)
}

func (r *run) options() peer.MergeOptions {
	return peer.MergeOptions{Conflict: r.o.Conflict, Actions: r.o.Actions || r.o.Dry}
}

// mergeHub merges at the first tree, and settles there what needs a hash to be
// decided, so that the others can decide alike. It returns the paths for
// which hashes were learnt.
func (r *run) mergeHub(ctx context.Context, ds []*peer.Delta) ([]index.Path, error) {
	p, err := r.hub().Merge(ctx, ds, r.options())
	if err != nil {
		return nil, err
	}
	var settled []index.Path
	for tries := 0; p.Undecided && tries < 2; tries++ {
		as, err := r.hashes(ctx, p.Questions, 0)
		if err != nil {
			return nil, err
		}
		for _, q := range p.Questions {
			settled = append(settled, q.Path)
		}
		if p, err = r.hub().Answer(ctx, as); err != nil {
			return nil, err
		}
	}
	r.proposals[0] = p
	return settled, nil
}

// mergeSpokes gives every other tree what it does not know, and the first tree
// what they authored while merging.
func (r *run) mergeSpokes(ctx context.Context, full bool, settled []index.Path) error {
	merge := func(ctx context.Context, i int, q peer.DeltaQuery, o peer.MergeOptions) error {
		q.To, q.Forked, q.Known = r.welcomes[i].Counts, r.forked, &r.views[i].Known
		d, err := r.hub().Delta(ctx, q)
		if err != nil {
			return err
		}
		p, err := r.trees[i].Replica.Merge(ctx, []*peer.Delta{d}, o)
		r.proposals[i] = p
		return err
	}
	err := r.spokes(ctx, func(ctx context.Context, i int) error {
		q := peer.DeltaQuery{Full: full, Also: settled}
		o := r.options()
		if o.Mirror = r.o.Mode == peer.Mirror; o.Mirror {
			// The first tree's say is wanted wherever this one went its own way.
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
	if _, err := r.mergeHub(ctx, second); err != nil || len(r.trees) == 2 {
		return err
	}
	return r.spokes(ctx, func(ctx context.Context, i int) error {
		return merge(ctx, i, peer.DeltaQuery{}, r.options())
	})
}

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

// hashes asks every tree but one.
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
	return all, g.Wait()
}

// present shows the plans, and stops the run if a tree refuses its own.
func (r *run) present() error {
	var refusal error
	shown := map[index.Path]bool{}
	for i, p := range r.proposals {
		if p == nil {
			continue
		}
		r.ob.Planned(i, p)
		if p.Refused != "" && refusal == nil {
			refusal = r.refuse(peer.MassDelete, i, "%s", p.Refused)
		}
		for _, h := range p.Held {
			if h.Problem {
				r.problem(i, peer.Problem{Path: h.Path, Reason: h.Reason})
			}
		}
		for _, c := range p.Conflicts {
			if !shown[c.Path] && r.newEverywhere(c) {
				shown[c.Path] = true
				r.conflicts++
				r.ob.Conflict(c)
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

// newEverywhere tells whether no tree of the run knew of a conflict before: one
// that did has reported it in an earlier run. One that was settled at once, by
// keeping both, is only seen by the tree that did it.
func (r *run) newEverywhere(c plan.Conflict) bool {
	if r.o.Conflict == plan.KeepBoth {
		return true
	}
	for _, p := range r.proposals {
		if p == nil {
			continue
		}
		found := false
		for _, o := range p.Conflicts {
			found = found || o.Path == c.Path
		}
		if !found {
			return false
		}
	}
	return true
}

// apply brings all trees to their plans, at the same time.
func (r *run) apply(ctx context.Context) (*Report, error) {
	r.ob.Phase(Transferring)
	r.outcomes = make([]*peer.Outcome, len(r.trees))
	total := &totals{ob: r.ob}
	for _, p := range r.proposals {
		if p != nil {
			total.p.TotalBytes += p.Bytes
			total.p.TotalFiles += int64(len(p.Wants))
		}
	}
	total.parts = make([]Progress, len(r.trees))
	errs := make([]error, len(r.trees))
	var wg sync.WaitGroup
	for i, t := range r.trees {
		if r.proposals[i] == nil {
			continue
		}
		var sources []fetch.Source
		for j, other := range r.trees {
			if j != i {
				sources = append(sources, other.Replica)
			}
		}
		wg.Go(func() {
			w := &watcher{i: i, p: r.proposals[i], total: total}
			r.outcomes[i], errs[i] = t.Replica.Apply(ctx, fetch.Failover(sources...), w)
		})
	}
	wg.Wait()
	r.ob.Phase(Finishing)
	for i, o := range r.outcomes {
		if o == nil {
			continue
		}
		for _, p := range o.Problems {
			r.problem(i, p)
		}
	}
	rep := r.report()
	if ctx.Err() != nil {
		return rep, ctx.Err()
	}
	if err := first(errs...); err != nil {
		return rep, err
	}
	if !r.oneWay() {
		for i, o := range r.outcomes {
			if o.Digest != r.outcomes[0].Digest {
				rep.Unequal = true
				rep.Problems++
				r.ob.Problem(i, peer.Problem{Reason: fmt.Sprintf("what %s and %s know differs after the run", r.trees[0].Spec, r.trees[i].Spec)})
			}
		}
	}
	return rep, nil
}

// totals adds up the progress of all trees.
type totals struct {
	mu    sync.Mutex
	ob    Observer
	p     Progress
	parts []Progress
}

// watcher tells the run's Observer what one tree does.
type watcher struct {
	i     int
	p     *peer.Proposal
	total *totals
}

func (w *watcher) Applied(n int) {
	if n < len(w.p.Actions) {
		w.total.ob.Change(w.i, w.p.Actions[n])
	}
}

func (w *watcher) Progress(files, bytes int64) {
	t := w.total
	t.mu.Lock()
	defer t.mu.Unlock()
	t.parts[w.i] = Progress{Files: files, Bytes: bytes}
	t.p.Files, t.p.Bytes = 0, 0
	for _, p := range t.parts {
		t.p.Files += p.Files
		t.p.Bytes += p.Bytes
	}
	t.ob.Progress(t.p)
}
