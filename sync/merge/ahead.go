package merge

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"latus/index"
	"latus/sync/plan"
)

// class tells which steps may be carried out at the same time: neighbours of one
// class, unless it is none.
type class uint8

const (
	alone class = iota
	puts        // a file or link gets its name
	takes       // one goes to the trash
	keeps
	touches
	moves  // a file or link that nothing stands in the way of: each after those that it meets
	mkdirs // level by level, from the top
	rmdirs // level by level, from the bottom
)

func classOf(s *step) class {
	act := s.act
	if s.op != whole || s.failed {
		return alone
	}
	switch act.Op {
	case plan.Create, plan.Update, plan.MakeLink, plan.Copy, plan.Undelete:
		if act.Old.Kind != index.Dir {
			return puts
		}
	case plan.Delete:
		return takes
	case plan.Keep:
		return keeps
	case plan.Touch:
		if act.Head.Kind != index.Dir {
			return touches
		}
	case plan.Move:
		if act.Head.Kind != index.Dir && act.Old.Kind == index.Absent && !act.Aside {
			return moves
		}
	case plan.Mkdir:
		if s.staged.Name == "" && act.Old.Kind == index.Absent {
			return mkdirs
		}
	case plan.Rmdir:
		return rmdirs
	}
	return alone
}

// carryOutAll carries out a batch in its order. To a distant tree neighbours of one
// class go at the same time; what came of them is still noted in order.
func (a *applier) carryOutAll(batch []*step) error {
	for len(batch) > 0 {
		n := 1
		if c := classOf(batch[0]); c != alone && a.many > 1 {
			for n < len(batch) && classOf(batch[n]) == c {
				n++
			}
			for _, level := range a.levels(batch[:n], c) {
				if !a.together(level) {
					break // what needs a directory unlocked comes first
				}
			}
		}
		for _, s := range batch[:n] {
			if !s.failed {
				if err := a.carryOut(s); err != nil {
					return err
				}
			}
		}
		batch = batch[n:]
	}
	return nil
}

// levels are the steps in the order in which they may go: all of one level at the
// same time.
func (a *applier) levels(steps []*step, c class) [][]*step {
	switch c {
	case mkdirs, rmdirs:
		return byDepth(steps, c == rmdirs)
	case moves:
		return a.apart(steps)
	}
	return [][]*step{steps}
}

func byDepth(steps []*step, deepest bool) (all [][]*step) {
	by := map[int][]*step{}
	for _, s := range steps {
		d := strings.Count(string(s.act.Path), "/")
		by[d] = append(by[d], s)
	}
	depths := slices.Sorted(maps.Keys(by))
	if deepest {
		slices.Reverse(depths)
	}
	for _, d := range depths {
		all = append(all, by[d])
	}
	return all
}

// apart puts each move on the first level above all moves before it that leave the
// place it goes to, or took the place that it leaves.
func (a *applier) apart(steps []*step) (all [][]*step) {
	free := map[string]int{} // the first level on which a place may be used
	for _, s := range steps {
		from, to := a.spot(s.act.From), a.spot(s.act.Path)
		level := max(free[from], free[to])
		free[from], free[to] = level+1, level+1
		if level == len(all) {
			all = append(all, nil)
		}
		all[level] = append(all[level], s)
	}
	return all
}

// spot is p as the filesystem tells names apart.
func (a *applier) spot(p index.Path) string {
	if a.Fold == nil {
		return string(p)
	}
	return a.Fold(string(p))
}

// together does steps at the same time, and leaves to carryOut what came of them. It
// tells whether no directory was in the way that is read-only.
func (a *applier) together(steps []*step) bool {
	each(steps, a.many, func(s *step) {
		if s.act.Op == plan.Move {
			s.w, s.err = a.shift(s)
		} else {
			s.w, s.err = a.do(s)
		}
		s.tried = true
	})
	return !slices.ContainsFunc(steps, func(s *step) bool { return errors.Is(s.err, fs.ErrPermission) })
}

// each calls do for steps, for so many at a time.
func each(steps []*step, many int, do func(*step)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, many)
	for _, s := range steps {
		slots <- struct{}{}
		wg.Go(func() {
			do(s)
			<-slots
		})
	}
	wg.Wait()
}

// laborious tells whether what an action needs from this tree takes several calls to a
// distant one.
func (a *applier) laborious(act *plan.Action) bool {
	switch act.Op {
	case plan.MakeLink, plan.Copy, plan.Undelete, plan.Touch:
		return a.many > 1
	case plan.Mkdir:
		return a.many > 1 && live(act.Old)
	}
	return false
}

// ready prepares the steps of the batch that are still to be, at the same time. A copy
// takes two open files, while content from elsewhere is written to as many as may be.
func (a *applier) ready(ctx context.Context) {
	if a.unready == 0 {
		return
	}
	a.unready = 0
	const share = 4
	var raw, copies, others []*step
	for _, s := range a.steps {
		switch {
		case !s.raw:
			continue
		case s.act.Op == plan.Copy || s.act.Op == plan.Undelete:
			copies = append(copies, s)
		default:
			others = append(others, s)
		}
		raw = append(raw, s)
	}
	each(others, a.many, func(s *step) { s.err = a.prepare(ctx, s) })
	each(copies, max(1, a.many/share), func(s *step) { s.err = a.prepare(ctx, s) })
	void := map[*step]bool{}
	for _, s := range raw {
		if s.raw = false; s.err != nil && !a.unprepared(ctx, s, s.err) {
			void[s] = true
		}
	}
	a.steps = slices.DeleteFunc(a.steps, func(s *step) bool { return void[s] })
}

// unprepared has a step take what it should have had from this tree out of the trash, or
// asks others for it, or leaves its action. It tells whether the step can be carried out.
func (a *applier) unprepared(ctx context.Context, s *step, err error) bool {
	if s.act.Op == plan.Copy && s.act.Trash != "" && elsewhere(err) && ctx.Err() == nil {
		s.act.Op, s.act.From, s.act.Linked = plan.Undelete, "", false
		if err = a.prepare(ctx, s); err == nil {
			return true
		}
	}
	if !a.askInstead(ctx, s.n, err) {
		a.leave(s.n, err)
	}
	return false
}
