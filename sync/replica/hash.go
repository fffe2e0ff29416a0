package replica

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/tree"
)

// Hash implements peer.Replica.
func (r *Replica) Hash(ctx context.Context, qs []plan.Question) ([]peer.Answer, error) {
	files := r.files()
	as := make([]peer.Answer, len(qs))
	ws := r.named(qs)
	var worth []bool
	if r.distant() {
		worth = make([]bool, len(qs))
		for i, q := range qs {
			worth[i] = q.Use == plan.Always || ws[i].Hash.Known()
		}
	} else {
		var err error
		if worth, err = worthHashing(ctx, files, qs, ws); err != nil {
			return nil, err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(tree.Parallel(r.home.Tree, 2))
	for i, q := range qs {
		if !worth[i] {
			continue
		}
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			// A file that cannot be read leaves its question open.
			if h, err := files.Hash(ctx, ws[i]); err == nil {
				as[i] = peer.Answer{Path: q.Path, Gen: q.Gen, Hash: h}
			} else if errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	known := as[:0]
	for _, a := range as {
		if a.Hash.Known() {
			known = append(known, a)
		}
	}
	return known, nil
}

// worthHashing tells which questions are to be answered. Of those that only ask
// whether content is alike, files of one size are told apart by a glance at each;
// one that is not here may be like any.
func worthHashing(ctx context.Context, files *fetch.Files, qs []plan.Question, ws []fetch.Want) ([]bool, error) {
	worth := make([]bool, len(qs))
	asked := map[int64]bool{} // sizes
	for i, q := range qs {
		worth[i] = q.Use == plan.Always
		asked[ws[i].Size] = asked[ws[i].Size] || q.Use == plan.IfAlike
	}
	glances := make([]fetch.Glance, len(qs))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i := range qs {
		if asked[ws[i].Size] {
			g.Go(func() error {
				var err error
				// What cannot be read may be anything.
				if glances[i], err = files.Glance(ctx, ws[i]); errors.Is(err, context.Canceled) {
					return err
				}
				return nil
			})
		}
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	absent, alike := map[int64]bool{}, map[fetch.Glance]int{}
	for i := range qs {
		if glances[i] == (fetch.Glance{}) {
			absent[ws[i].Size] = true
		} else {
			alike[glances[i]]++
		}
	}
	for i, q := range qs {
		if q.Use == plan.IfAlike && glances[i] != (fetch.Glance{}) {
			worth[i] = ws[i].Hash.Known() || absent[ws[i].Size] || alike[glances[i]] > 1
		}
	}
	return worth, nil
}

// unanswered picks the questions of the last plan that nobody else could answer
// and that are worth the reading here: an answer that is to be compared needs
// another to compare it with.
func (r *Replica) unanswered(as []peer.Answer) []plan.Question {
	open := map[plan.Question]bool{}
	for _, q := range r.plan.Questions {
		open[q.Plain()] = true
	}
	answered := map[int64]bool{} // sizes
	for i, w := range r.named(asking(as)) {
		delete(open, plan.Question{Path: as[i].Path, Gen: as[i].Gen})
		answered[w.Size] = true
	}
	var rest []plan.Question
	for i, w := range r.named(r.plan.Questions) {
		q := r.plan.Questions[i]
		if r.distant() && !r.decides(q) {
			continue // a file is read there as dearly as it is sent
		}
		if open[q.Plain()] && (q.Use == plan.Always || q.Use == plan.IfAlike && answered[w.Size]) {
			rest = append(rest, q.Plain())
		}
	}
	return rest
}

func asking(as []peer.Answer) []plan.Question {
	qs := make([]plan.Question, len(as))
	for i, a := range as {
		qs[i] = plan.Question{Path: a.Path, Gen: a.Gen}
	}
	return qs
}

// named looks up what the index says of the heads that are asked about.
func (r *Replica) named(qs []plan.Question) []fetch.Want {
	r.deciding.RLock()
	defer r.deciding.RUnlock()
	ws := make([]fetch.Want, len(qs))
	for i, q := range qs {
		ws[i] = fetch.Want{Path: q.Path, Gen: q.Gen}
		if e := r.merged.get(q.Path); e != nil {
			if h, ok := e.Head(q.Gen); ok {
				ws[i].Hash, ws[i].Size, ws[i].Origin = h.Hash, h.Size, h.Origin
			}
		}
	}
	return ws
}
