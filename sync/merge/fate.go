package merge

import (
	"context"
	"errors"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/trash"
)

// succeed notes that an action is carried out.
func (a *applier) succeed(s *step, w index.Witness) {
	act, p := s.act, a.path(s.act.Path)
	a.fates[s.n] = carried
	if act.Op == plan.Move && act.Attrs == "" {
		w.Attrs = 0 // nobody has told whether they go along
	}
	if act.Op != plan.Keep {
		a.complain(act.Path)
	}
	l := line{path: act.Path, w: w, gen: act.Head.Gen, hash: s.staged.Hash}
	switch {
	case act.Op == plan.Keep:
		p.keeps--
		l.what, l.w = settled, index.Witness{}
		if p.keeps == 0 && (p.main < 0 || a.fates[p.main] == carried) {
			l.what, l.gen, l.hash = wholly, index.GenID{}, index.Hash{}
			if e := a.Index.Get(act.Path); e != nil {
				l.w = a.witness(e)
			}
		}
	case p.keeps > 0:
		l.what = shown
	}
	a.note(l)
	if s.of != nil {
		s = s.of
	}
	a.count(s, w)
}

// count adds an action to the results.
func (a *applier) count(s *step, w index.Witness) {
	act := s.act
	if act.Op != plan.Keep {
		a.res.Done++
		if w.Kind == index.File || w.Kind == index.Link {
			a.files++
		}
	}
	_, filled := a.Trash.Get(s.slot)
	if filled {
		a.res.Trashed++
	}
	switch act.Op {
	case plan.Move, plan.Copy, plan.Undelete:
		a.res.Saved[act.Op.String()] += w.Size
	default:
		if act.Want >= 0 && a.users[act.Want][0] == s.n {
			came, resumed, here := a.forget(act.Want)
			a.res.Bytes += came
			if resumed > 0 {
				a.res.Saved["resume"] += resumed
			}
			if here > 0 {
				a.res.Saved["delta"] += here
			}
		}
	}
	a.record(s, w, filled)
}

// leave makes action n a problem: it was not carried out.
func (a *applier) leave(n int, err error) {
	if a.fates[n] != untried {
		return
	}
	a.fates[n] = left
	a.res.Failed[n] = true
	if act := &a.Plan.Actions[n]; act.Op == plan.Move && act.Head.Kind == index.File {
		// This name of its file does not become what the others do.
		a.namesAlike.fewer(a.inodeMetaOf(a.from[n].w.Inode, act))
	}
	quiet := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errIgnored) || errors.Is(err, errHolds)
	if !quiet {
		a.res.Problems = append(a.res.Problems, Problem{Path: a.Plan.Actions[n].Path, Reason: why(err)})
	}
}

// abandon leaves a step that was, or could have been, begun. What it has in
// staging goes back, or away.
func (a *applier) abandon(s *step, err error) {
	s.failed = true
	a.leave(s.n, err)
	if errors.Is(err, trash.ErrStranded) {
		a.kept[s.staged.Name] = true
		a.stranded[s.act.Path] = true
		return // Recover needs the plan line
	}
	if s.act.Op == plan.Move {
		if !a.unlift(s.n) {
			a.stranded[s.act.Path] = true
			return
		}
	} else if s.staged.Name != "" {
		a.stage.Remove(s.staged.Name)
	}
	a.note(line{path: s.act.Path, what: settled})
}
