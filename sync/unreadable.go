package sync

import (
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
	slices.SortStableFunc(left, func(a, b said) int { return index.Compare(a.path, b.path) })
	return left, nil
}

// lacking are the wants of tree i that no other tree has, or can read, by path: which one has
// them and what keeps it from reading them. What one of them says nothing against may come,
// and what is in staging already.
func (r *run) lacking(ctx context.Context, i int, wants []fetch.Want) (map[index.Path]said, error) {
	lacks, may := map[index.Path]said{}, map[index.Path]bool{}
	for j, t := range r.trees {
		if j == i {
			continue
		}
		why, err := fetch.Probe(ctx, t.Replica, wants)
		if err != nil {
			return nil, r.named(j, err)
		}
		for n, err := range why {
			path := wants[n].Path
			was, known := lacks[path]
			switch {
			case err == nil || wants[n].Fetched():
				may[path] = true
			case errors.Is(err, fetch.ErrNoSource):
				if !known {
					lacks[path] = said{path: path, tree: i, reason: reason.NoBytes.Why()}
				}
			case !known || was.tree == i:
				lacks[path] = said{path: path, tree: j, reason: tree.Why(err)}
			}
		}
	}
	for path := range may {
		delete(lacks, path)
	}
	return lacks, nil
}

// without is p without what needs the content that is lacking.
func without(p *peer.Proposal, lacks map[index.Path]said) *peer.Proposal {
	n := *p
	n.Actions, n.Counts = nil, map[string]int{}
	for _, a := range p.Actions {
		_, lacking := lacks[a.Path]
		if lacking && (a.Op == plan.Create || a.Op == plan.Update) {
			continue
		}
		n.Actions = append(n.Actions, a)
		n.Counts[a.Op.String()]++
	}
	for _, w := range p.Wants {
		if _, lacking := lacks[w.Path]; lacking {
			n.Bytes -= w.Size - w.Offset
		}
	}
	return &n
}
