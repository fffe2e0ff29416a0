package sync

import (
	"context"
	"slices"

	"latus/sync/peer"
)

// agree tells whether all trees have merged the same generations.
func (r *run) agree() bool {
	for _, v := range r.views[1:] {
		if !slices.Equal(v.Counts, r.views[0].Counts) {
			return false
		}
	}
	return true
}

// equal tells whether all trees hold the same versions.
func (r *run) equal() bool {
	for _, v := range r.views[1:] {
		if v.Digest != r.views[0].Digest {
			return false
		}
	}
	return true
}

func (r *run) nothingToDo() bool {
	for i, v := range r.views {
		if !v.Quiet && !(i == 0 && r.oneWay()) {
			return false
		}
	}
	return r.agree() && r.equal()
}

// finish ends a run that found nothing to do. Only a first meeting leaves a
// trace: trees remember each other, and so does one after which much can be
// forgotten. What cannot be on a tree is a problem of this
// run as of every other.
func (r *run) finish(ctx context.Context) (*peer.Report, error) {
	for i, v := range r.views {
		if i == 0 && r.oneWay() {
			continue
		}
		for _, h := range v.Held {
			r.problem(i, h)
		}
	}
	if !r.o.Dry && (!r.acquainted() || r.untidy()) {
		r.begun = true
		for i, t := range r.trees {
			var err error
			if i == 0 && r.oneWay() {
				err = r.finishFirst(ctx)
			} else {
				_, err = t.Replica.Finish(ctx)
			}
			if err != nil {
				return r.report(), err
			}
		}
	}
	return r.report(), nil
}

// untidy tells whether it is worth a run's end that a tree is told what the
// others know.
func (r *run) untidy() bool {
	return slices.ContainsFunc(r.views, func(v *peer.View) bool { return v.Untidy })
}

func (r *run) acquainted() bool {
	for i, w := range r.welcomes {
		if w.Group != r.group {
			return false
		}
		for j, o := range r.welcomes {
			if i == j {
				continue
			}
			met := slices.IndexFunc(w.Remembers, func(t peer.Tree) bool { return t.Peer == o.Peer })
			if met < 0 || w.Remembers[met].Place.Path != o.Place.Path {
				return false
			}
		}
	}
	return true
}
