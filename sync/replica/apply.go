package replica

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/merge"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/site"
	"latus/sync/stage"
	"latus/sync/tree"
)

// Apply implements peer.Replica.
func (r *Replica) Apply(ctx context.Context, src fetch.Source, w peer.Follower) (*peer.Outcome, error) {
	return r.apply(ctx, "sync", src, w)
}

// apply is Apply under the name of the command that the log is to show.
func (r *Replica) apply(ctx context.Context, command string, src fetch.Source, w peer.Follower) (*peer.Outcome, error) {
	if err := r.commit(r.plan); err != nil {
		return nil, err
	}
	out := &peer.Outcome{}
	if len(r.plan.Actions)+len(r.plan.Acks)+len(r.plan.Shown) == 0 {
		return out, r.conclude(out)
	}
	defer r.outlastTick(r.plan) // which will be another one by then, if something is left
	log, run, err := r.beginLog()
	if err != nil {
		return nil, err
	}
	defer log.Close()
	logged := len(r.plan.Actions) > 0
	if logged {
		out.Run = run
		if err := r.logStart(log, run, command); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	r.carrying = run
	r.mu.Unlock()
	job := merge.Job{
		Tree: r.home.Tree, Index: r.x, Trash: r.trash, Log: log, Run: run,
		Plan: r.plan, Wants: r.wants, Bases: r.bases, Source: src, Author: r.nameOfHead, Now: r.now,
		Fold: r.home.Tree.Traits().Fold(), Ignored: r.rules.Ignored,
	}
	if w != nil {
		job.Applied, job.Progress = r.listed(w.Applied), w.Progress
	}
	res, failed := merge.Apply(ctx, job)
	if res != nil {
		out.Changes, out.Bytes, out.Trashed, out.Saved = res.Done, res.Bytes, res.Trashed, res.Saved
		for _, p := range res.Problems {
			out.Problems = append(out.Problems, peer.Problem{Path: p.Path, Reason: p.Reason})
		}
		// They came as content arrived, or did not.
		slices.SortStableFunc(out.Problems, func(a, b peer.Problem) int { return index.Compare(a.Path, b.Path) })
	}
	if failed == nil && r.narrowed == nil { // else it is about its paths alone
		out.Problems = append(out.Problems, r.unignored()...)
	}
	if logged {
		r.logEnd(ctx, log, out, failed)
	}
	return out, cmp.Or(failed, log.Flush(false), r.conclude(out))
}

// listed passes on only those actions that a Proposal lists: what goes to the
// trash alone (plan.Keep, last in every plan) is no change to a user.
func (r *Replica) listed(applied func(int)) func(int) {
	return func(n int) {
		if r.plan.Actions[n].Op != plan.Keep {
			applied(n)
		}
	}
}

// Finish implements peer.Replica.
func (r *Replica) Finish(ctx context.Context) (*peer.Outcome, error) {
	if err := r.commit(nil); err != nil {
		return nil, err
	}
	out := &peer.Outcome{}
	return out, r.conclude(out)
}

// commit makes what was merged the tree's own knowledge. What is to be carried out
// needs nothing done where the disk shows the right thing already: that is written down
// along with it.
func (r *Replica) commit(next *plan.Plan) error {
	r.joined = true
	if r.o.ReadOnly {
		return nil
	}
	if r.brought = len(r.merged.gens)+len(r.merged.changed) > 0; !r.brought {
		return nil
	}
	if err := r.lease(); err != nil {
		return err
	}
	if err := r.learnMerged(); err != nil {
		return err
	}
	shown := next != nil && len(next.Acks) > 0 && len(r.x.Intents()) == 0
	if shown {
		if err := r.home.Tree.Sync(); err != nil && !errors.Is(err, tree.ErrUnsupported) {
			return fmt.Errorf("%s: cannot be synced: %w", r.o.Spec, err)
		}
	}
	r.deciding.Lock()
	defer r.deciding.Unlock()
	if shown {
		r.merged.acknowledge(next)
	}
	if err := r.merged.commit(); err != nil {
		return fmt.Errorf("%s: cannot write the index: %w", r.o.Spec, err)
	}
	return nil
}

// learnMerged notes what others know of the bytes in this tree's trash. By their
// hash they are still found when their version was dropped for an equal one.
func (r *Replica) learnMerged() error {
	if r.trash.Empty() {
		return nil
	}
	for old, e := range newMerged(r.x).beside(r.merged.changed) {
		for _, heads := range [][]index.Head{e.Heads, e.Have} {
			for _, h := range heads {
				if h.Hash.Known() && !nothingToLearn(old, h.Gen) {
					r.trash.Learn(e.Path, h.Gen, h.Hash)
				}
			}
		}
	}
	return r.trash.Commit()
}

// nothingToLearn tells that the trash has nothing to learn of a version of e: its hash is
// known, or its bytes stand in the tree.
func nothingToLearn(e *index.Entry, g index.GenID) bool {
	if e == nil {
		return false
	}
	if here, live := plan.Display(e.Acked()); live && here.Gen == g {
		return true
	}
	h, _ := e.Head(g)
	return h.Hash.Known()
}

// conclude brings config.json, status.txt and the index's size up to date.
func (r *Replica) conclude(out *peer.Outcome) error {
	err := r.writeDown(out)
	if r.needless(err) {
		s := r.status()
		out.Files, out.Size = int64(s.Files+s.Links), s.Bytes
		return nil
	}
	return err
}

func (r *Replica) writeDown(out *peer.Outcome) error {
	out.Digest = r.x.Digest()
	if r.o.ReadOnly {
		// What was merged, and will be forgotten, is what the others have too.
		out.Digest = r.merged.digest()
	}
	r.recogniseLate()
	r.noteHome()
	r.meet(out.Run)
	r.noteUnlike()
	if err := r.writeMet(); err != nil {
		return err
	}
	if r.plan != nil && len(r.wants) == 0 && len(r.x.Intents()) == 0 {
		// What an earlier run had begun to fetch, and nobody waits for any more.
		if err := stage.Clean(r.home.Tree, r.x); err != nil {
			return fmt.Errorf("%s: cannot empty the staging area: %w", r.o.Spec, err)
		}
	}
	if err := r.collect(); err != nil {
		return err
	}
	if err := r.x.Compact(); err != nil {
		return fmt.Errorf("%s: cannot compact the index: %w", r.o.Spec, err)
	}
	r.narrowed = nil // what waits is not about it
	s := r.status()
	out.Files, out.Size = int64(s.Files+s.Links), s.Bytes
	if r.o.StatusText == nil {
		return nil
	}
	return r.home.Write(site.StatusFile, r.o.StatusText(s), false)
}
