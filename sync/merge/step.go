package merge

import (
	"context"
	"errors"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/plan"
	"latus/sync/stage"
	"latus/sync/tree"
)

// stepOp is what a step does of its action.
type stepOp uint8

const (
	whole   stepOp = iota // all of it
	lifting               // take the source of a move into staging
	closing               // set the mode of a directory that keeps its owner out
)

// step is one action, or a part of one, in a batch.
type step struct {
	n      int
	act    *plan.Action
	op     stepOp
	staged stage.Staged // name "": nothing is staged
	slot   string       // in the trash, for what is displaced; "": nothing is
	failed bool
	of     *step       // the move that this touch ends; nil: none
	bundle *bundle     // that it belongs to; nil: none
	moved  bool        // something stands at the path of a move that stood at its source
	had    index.Attrs // what it changes the extended attributes from; "": nobody knows, or it does not
	room   roomMade

	raw   bool // it is still to be prepared
	tried bool // ahead of its turn, with others; what came of it:
	w     index.Witness
	err   error
}

// roomMade is what a step found of the directory that it removed to make room.
type roomMade struct {
	bits uint32 // permission bits; 0: nobody knows
	none bool   // there was no directory any more
}

// acknowledge notes what needs nothing done to the disk.
func (a *applier) acknowledge() {
	for _, p := range a.Plan.Acks {
		if e := a.Index.Get(p); e != nil {
			a.note(line{path: p, w: e.Witness, what: wholly})
		}
	}
	for _, p := range a.Plan.Shown {
		if e := a.Index.Get(p); e != nil {
			a.note(line{path: p, w: e.Witness, what: shown})
		}
	}
}

// putAside lifts what must not be where it is when the plan begins.
func (a *applier) putAside(ctx context.Context) error {
	for n := range a.Plan.Actions {
		if act := &a.Plan.Actions[n]; act.Op == plan.Move && act.Aside {
			a.steps = append(a.steps, &step{n: n, act: act, op: lifting})
			a.asides[n] = act.From
			if len(a.steps) >= batchSteps {
				if err := a.flush(ctx); err != nil {
					return err
				}
			}
		}
	}
	return a.flush(ctx)
}

// add stages what action n needs from this tree, unless that is better done with
// others, and puts it into the batch.
func (a *applier) add(ctx context.Context, n int) error {
	if a.fates[n] != untried {
		return nil
	}
	act, b := &a.Plan.Actions[n], a.bundle(n)
	if o := a.inside(act.Path); o != nil && act.Op != plan.Keep {
		o.after = append(o.after, n)
		return nil
	}
	if b != nil && n == b.n {
		return a.board(ctx, b)
	}
	if act.Op == plan.Touch && a.shutsOut(act) {
		a.late = append(a.late, &step{n: n, act: act, op: closing})
		return nil
	}
	if (act.Op == plan.Touch || live(act.Old)) && a.comesAlong(act.Path) {
		// Else a power loss could keep this and lose the move.
		if err := a.flush(ctx); err != nil {
			return err
		}
	}
	if act.Op == plan.Move && act.Head.Kind == index.Dir {
		if err := a.cleared(ctx, n); err != nil {
			return err
		}
		if a.fates[n] != untried {
			return nil
		}
	}
	s := &step{n: n, act: act, bundle: b}
	if s.raw = a.laborious(act); s.raw {
		a.bytes += act.Head.Size
	} else if err := a.prepare(ctx, s); err != nil && !a.unprepared(ctx, s, err) {
		return nil
	}
	return a.enter(ctx, s)
}

// enter puts a step into the batch, and carries that out if it is full.
func (a *applier) enter(ctx context.Context, s *step) error {
	if a.put(s); a.full() {
		return a.flush(ctx)
	}
	return nil
}

// cleared sees to it that what must not come along with the directory of move n is
// gone from it, for good, and leaves the directory if that could not be done. A
// plan begins with such deletions.
func (a *applier) cleared(ctx context.Context, n int) error {
	from := a.Plan.Actions[n].From
	below, flushed := 0, false
	for m := range a.Plan.Actions[:n] {
		act := &a.Plan.Actions[m]
		if act.Op != plan.Delete && act.Op != plan.Rmdir {
			break
		}
		if !act.Path.Under(from) {
			continue
		}
		if below++; !flushed {
			if err := a.flush(ctx); err != nil {
				return err
			}
			flushed = true
		}
		if a.fates[m] != carried {
			a.leave(n, errNotCleared)
			return nil
		}
	}
	for m, act := range a.asides {
		if act.Under(from) && a.fates[m] == left {
			a.leave(n, errNotCleared)
			return nil
		}
	}
	if below == 0 {
		return nil
	}
	return a.secure()
}

var errNotCleared = errors.New("not moved: it still holds something that is not part of the move")

// shutsOut tells whether a directory's mode keeps its owner from working in it:
// such a mode is set last.
func (a *applier) shutsOut(act *plan.Action) bool {
	const owner = 0o700
	return act.Head.Kind == index.Dir && a.stage.Traits().ModeBits&owner == owner && act.Mode&owner != owner
}

// prepare stages a step.
func (a *applier) prepare(ctx context.Context, s *step) (err error) {
	act, name := s.act, stage.LocalName(a.Run, "", s.n)
	switch act.Op {
	case plan.Delete, plan.Rmdir:
		return nil
	case plan.Touch:
		return a.detach(ctx, s)
	case plan.Move:
		s.staged = a.lifted[s.n]
		return nil
	case plan.Mkdir:
		if live(act.Old) {
			s.staged, err = a.stage.Folder(name, a.openMeta(act))
		}
		return err
	case plan.MakeLink:
		s.staged, err = a.stage.Link(name, act.Head.Target, metaOf(act))
		return err
	case plan.Copy:
		if act.FromGen != (index.GenID{}) && a.stands(act.From) != act.FromGen {
			return fetch.ErrChanged
		}
		dir, from, err := a.find(s.n)
		if err != nil {
			return err
		}
		if act.Linked && a.join(s, dir, from) {
			return nil
		}
		f, err := dir.Read(from)
		if err != nil {
			return err
		}
		return a.copy(ctx, s, f, a.from[s.n].w, a.from[s.n].hash, false)
	case plan.Undelete:
		f, err := a.Trash.Read(act.Trash)
		if err != nil {
			return err
		}
		it, _ := a.Trash.Get(act.Trash)
		return a.copy(ctx, s, f, it.Witness(), it.Hash, true)
	}
	switch out, here := a.arrived[s.n]; {
	case here:
		s.staged = out
		delete(a.arrived, s.n)
	case act.Head.Kind == index.Link: // a Keep
		s.staged, err = a.stage.Link(name, act.Head.Target, metaOf(act))
	default:
		err = errNoContent
	}
	return err
}

var errNoContent = errors.New("no tree could provide its content")

// copy stages the content of an open file, of which hash is recorded. What has lain
// in the trash for long is verified where it must be read anyway.
func (a *applier) copy(ctx context.Context, s *step, f tree.File, w index.Witness, hash index.Hash, verify bool) error {
	if w.Size != s.act.Head.Size {
		f.Close()
		return fetch.ErrChanged
	}
	out, err := a.stage.Copy(ctx, f, w, verify, stage.LocalName(a.Run, "", s.n), metaOf(s.act))
	if err != nil {
		return err
	}
	for _, known := range []index.Hash{s.act.Head.Hash, hash} {
		switch {
		case !known.Known():
		case !out.Hash.Known():
			out.Hash = known // nobody read it
		case out.Hash != known:
			a.stage.Remove(out.Name)
			return stage.ErrWrongHash
		}
	}
	s.staged = out
	return nil
}

// openMode is the mode that a directory gets first.
func (a *applier) openMode(act *plan.Action) uint32 {
	if a.shutsOut(act) {
		return act.Mode | 0o700
	}
	return act.Mode
}

// openMeta is what it gets with that.
func (a *applier) openMeta(act *plan.Action) stage.Meta {
	m := metaOf(act)
	m.Mode = a.openMode(act)
	return m
}
