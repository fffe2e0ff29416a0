package sync

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/tree"
)

// A run that is not dry finds out what cannot be read when it reads it. A dry one reads
// nothing, so it asks the trees that have what the others want whether they could.

// unreadable is what a dry run is about to leave, and why: it takes that out of the plans.
func (r *run) unreadable(ctx context.Context) (left []said, err error) {
	if !r.o.Dry {
		return nil, nil
	}
	for i, p := range r.proposals {
		if p == nil || len(p.Wants) == 0 {
			continue
		}
		lacks, err := r.lacking(ctx, i, p.Wants)
		if err != nil {
			return nil, err
		}
		if len(lacks) == 0 {
			continue
		}
		r.proposals[i] = without(p, lacks)
		for _, s := range lacks {
			if !slices.Contains(left, s) {
				left = append(left, s)
			}
		}
	}
	slices.SortFunc(left, func(a, b said) int { return cmp.Or(index.Compare(a.path, b.path), cmp.Compare(a.tree, b.tree)) })
	return left, nil
}

// lacking are the wants of tree i that no other tree has, or can read: which one has
// them and what keeps it from reading them. What one of them says nothing against may come,
// and what is in staging already.
func (r *run) lacking(ctx context.Context, i int, wants []fetch.Want) (map[plan.Question]said, error) {
	lacks, may := map[plan.Question]said{}, map[plan.Question]bool{}
	for j, t := range r.trees {
		if j == i {
			continue
		}
		why, err := fetch.Probe(ctx, t.Replica, wants)
		if err != nil {
			return nil, r.named(j, err)
		}
		for n, err := range why {
			q := wanted(wants[n])
			was, known := lacks[q]
			switch {
			case err == nil || wants[n].Fetched():
				may[q] = true
			case errors.Is(err, fetch.ErrNoSource):
				if !known {
					lacks[q] = said{path: q.Path, tree: i, reason: reason.NoBytes.Why()}
				}
			case !known || was.tree == i:
				lacks[q] = said{path: q.Path, tree: j, reason: tree.Why(err)}
			}
		}
	}
	for q := range may {
		delete(lacks, q)
	}
	return lacks, nil
}

func wanted(w fetch.Want) plan.Question { return plan.Question{Path: w.Path, Gen: w.Gen} }

// without is p without what needs the content that is lacking.
func without(p *peer.Proposal, lacks map[plan.Question]said) *peer.Proposal {
	n := *p
	n.Actions, n.Counts = nil, map[string]int{}
	// The first of a path is for the file itself, others are for the losers of a conflict.
	comes := map[index.Path]bool{}
	for _, w := range p.Wants {
		_, lacking := lacks[wanted(w)]
		if lacking {
			n.Bytes -= w.Size - w.Offset
		}
		if _, known := comes[w.Path]; !known {
			comes[w.Path] = !lacking
		}
	}
	for _, a := range p.Actions {
		if may, known := comes[a.Path]; known && !may && a.Kind == index.File && (a.Op == plan.Create || a.Op == plan.Update) {
			continue
		}
		n.Actions = append(n.Actions, a)
		n.Counts[a.Op.String()]++
	}
	return &n
}
