package replica

import (
	"cmp"
	"context"
	"slices"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/tree"
)

// UndoOptions say what Undo is to put back. The zero value is the last run.
type UndoOptions struct {
	Run       string // its id, or the beginning of one; "": the last run that changed something
	Dry       bool
	MaxDelete peer.Limit
	Conflicts string // what shows the losers of conflicts, for who looks for them; "": nobody says
}

// UndoObserver is told what an Undo does.
type UndoObserver interface {
	peer.Observer
	// Undoing comes before anything is done: paths of the run will be put back,
	// by which this tree loses files, and others with the next runs.
	Undoing(run *mergelog.Start, paths, deletions int)
}

// UndoError says why a run cannot be undone.
type UndoError struct {
	Run  string // as the user named it
	Text string
	Like []string // runs that may be meant; nil: that is not the question
}

func (e *UndoError) Error() string { return e.Run + ": " + e.Text }

// Undo puts back what a run changed in the tree at path, as far as it is still as
// that run left it: a new generation supersedes what the run installed, and
// travels like any other. What stays is told as problems. An Undo is a run
// itself: it is logged, can be undone, and is finished by the next run if it is
// killed. Errors are as those of Run, or an *UndoError.
func Undo(ctx context.Context, path string, o UndoOptions, local Options, ob UndoObserver) (*peer.Report, error) {
	r, err := Open(path, local)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	ob.Phase(peer.Scanning)
	if _, err := r.Hello(ctx, peer.Hello{Dry: o.Dry, First: true, MaxDelete: o.MaxDelete}); err != nil {
		return nil, err
	}
	if r.fresh {
		return nil, r.noTree()
	}
	run, stood, err := r.findRun(o.Run)
	if err != nil {
		return nil, err
	}
	if run == nil {
		ob.Notice(0, peer.Problem{Reason: reason.Words("the log has no run that changed this tree")})
		return &peer.Report{Trees: []peer.TreeReport{{}}}, nil
	}
	if !undoable(run) {
		kept, err := r.onlyKept(run, o)
		if err == nil {
			ob.Notice(0, kept)
		}
		return &peer.Report{Trees: []peer.TreeReport{{}}}, err
	}
	return r.undo(ctx, run, stood, o, ob)
}

// undo puts back what run changed.
func (r *Replica) undo(ctx context.Context, run *mergelog.Run, stood map[index.Path]mergelog.Former, o UndoOptions, ob UndoObserver) (*peer.Report, error) {
	r.lookAs(run)
	r.narrowed = aboutRun(run)
	v, err := r.Look(ctx, peer.LookQuery{Group: r.cfg.GroupID()})
	if err != nil {
		return nil, err
	}
	r.narrowed.count(v, r.x)
	ob.Phase(peer.Comparing)
	u := r.planUndo(run, stood)
	if err := r.trash.Err(); err != nil {
		return nil, r.noTrash(err)
	}
	r.left = len(u.Left)
	rep := &peer.Report{
		Problems: len(u.Left), Files: v.Files, Bytes: v.Bytes,
		Trees: []peer.TreeReport{{Peer: r.cfg.PeerID(), Name: r.cfg.Name, Changes: map[string]int{}}},
	}
	p := &peer.Proposal{}
	if u.Paths > 0 { // else what the plan has is for other runs
		p = r.proposal()
	}
	if p.Refused != "" {
		return nil, r.refuse(peer.MassDelete, "%s", p.Refused)
	}
	ob.Undoing(&run.Start, u.Paths, p.Losses)
	for _, h := range u.Left {
		ob.Problem(0, peer.Problem{Path: h.Path, Reason: h.Reason})
	}
	ob.Planned(0, p)
	if p.Counts != nil {
		rep.Trees[0].Changes = p.Counts
	}
	switch {
	case o.Dry:
		for _, c := range p.Actions {
			ob.Change(0, c)
		}
		rep.Changes = len(p.Actions)
		return rep, nil
	case u.Paths == 0:
		return rep, nil
	}
	return rep, r.carryOutUndo(ctx, p, ob, rep)
}

// lookAs has owners and attributes looked at as run did: who was given something since
// keeps it.
func (r *Replica) lookAs(run *mergelog.Run) {
	owners := slices.ContainsFunc(run.Records, func(rec mergelog.Record) bool { return rec.Owner.Known() || rec.Was.Owner.Known() })
	attrs := slices.ContainsFunc(run.Records, func(rec mergelog.Record) bool { return rec.Attrs != "" || rec.Was.Attrs != "" })
	if !owners && !attrs {
		return
	}
	r.endScan()
	if owners {
		r.home.LookAtOwners()
	}
	r.hello.Xattrs = attrs
	r.beginScan()
}

// carryOutUndo carries out p, and adds to rep what came of it.
func (r *Replica) carryOutUndo(ctx context.Context, p *peer.Proposal, ob UndoObserver, rep *peer.Report) error {
	ob.Phase(peer.Transferring)
	more := *r.narrowed
	out, err := r.apply(ctx, "undo", r.files(), &undoWatcher{ob, p})
	ob.Phase(peer.Finishing)
	if out != nil {
		for _, p := range out.Problems {
			rep.Problems++
			ob.Problem(0, p)
		}
		rep.Changes, rep.Files, rep.Bytes = out.Changes, out.Files+more.moreFiles, out.Size+more.moreBytes
		t := &rep.Trees[0]
		t.Run, t.Trashed, t.Saved = out.Run, out.Trashed, out.Saved
	}
	return cmp.Or(ctx.Err(), err)
}

// proposal is propose for a plan that is made already.
func (r *Replica) proposal() *peer.Proposal {
	p := &peer.Proposal{Counts: map[string]int{}, Losses: r.plan.Losses, Files: r.plan.Files}
	for i := range r.plan.Actions {
		a := &r.plan.Actions[i]
		p.Counts[a.Op.String()]++
		p.Actions = append(p.Actions, change(a))
	}
	if err := plan.Guard(p.Files, p.Losses, r.hello.MaxDelete); err != nil {
		p.Refused = err.Error()
	}
	return p
}

type undoWatcher struct {
	ob UndoObserver
	p  *peer.Proposal
}

func (w *undoWatcher) Applied(n int) { w.ob.Change(0, w.p.Actions[n]) }

func (w *undoWatcher) Progress(files, bytes int64) {
	w.ob.Progress(peer.Progress{Files: files, TotalFiles: int64(len(w.p.Actions))})
}

// planUndo authors, in memory, and plans. What cannot be put back for the disk's
// sake, or because its content is nowhere in this tree, is left by another try.
func (r *Replica) planUndo(run *mergelog.Run, stood map[index.Path]mergelog.Former) *plan.Undone {
	g := r.generation(r.x.Knowledge())
	a := r.authoring(g, false)
	left := map[index.Path]reason.Reason{}
	for {
		u := plan.Undo(plan.Undoing{
			Records: run.Records, Get: r.x.Get, Below: r.x.Below, Old: r.displaced, Stood: stood, Left: left,
		}, a)
		n := r.narrowed
		n.gen, n.trash, n.goes, n.decided = g.GenID, u.Trash, u.Goes, map[index.Path]bool{}
		for _, e := range u.Entries {
			n.decided[e.Path] = true
		}
		r.merged = newMerged(r.x)
		r.decide(g, u.Entries)
		r.makePlan()
		before := len(left)
		for i := range r.plan.Actions {
			if a := &r.plan.Actions[i]; a.Want >= 0 {
				left[a.Path] = noVersion
			}
		}
		for _, h := range r.plan.Held {
			if n.decided[h.Path] {
				left[h.Path] = h.Reason
			}
		}
		if len(left) == before {
			return u
		}
	}
}

var noVersion = reason.Words("its old version is no longer in the trash")

// displaced is the version that a record of the merge log displaced.
func (r *Replica) displaced(rec *mergelog.Record) (h index.Head, mode uint32, why reason.Reason) {
	it, ok := r.trash.Get(rec.Trash)
	if !ok {
		it, ok = r.trash.Find(rec.Path, rec.OldGen)
	}
	switch {
	case !ok && rec.Was.Kind == index.Link:
		return index.Head{Kind: index.Link, Gen: rec.OldGen, Mtime: rec.Was.Mtime, Target: rec.Was.Target}, rec.Was.Mode, why
	case !ok:
		return h, 0, noVersion
	case !r.trash.Intact(it):
		return h, 0, reason.Words("its old version was changed in the trash, through another hard link")
	}
	h = index.Head{Kind: it.Kind, Gen: it.Gen, Size: it.Size, Mtime: it.Mtime, Hash: it.Hash, Target: rec.Was.Target}
	if it.Kind == index.Link && h.Target == "" {
		dir, name := it.Place().Split()
		d, err := r.home.Tree.Open(dir)
		if err == nil {
			defer d.Close()
			h.Target, err = d.Readlink(name)
		}
		if err != nil {
			return h, 0, tree.Why(err).After("its old version in the trash cannot be read: ")
		}
	}
	return h, it.Mode, why
}
