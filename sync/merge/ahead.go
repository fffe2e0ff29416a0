package merge

import (
	"slices"
	"strings"
	"sync"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/tree"
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
	case plan.Mkdir:
		if s.staged.name == "" && act.Old.Kind == index.Absent {
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
	many := tree.Parallel(a.Tree, 1)
	for len(batch) > 0 {
		n := 1
		if c := classOf(batch[0]); c != alone && many > 1 {
			for n < len(batch) && classOf(batch[n]) == c {
				n++
			}
			for _, level := range levels(batch[:n], c) {
				a.together(level, many)
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
func levels(steps []*step, c class) [][]*step {
	if c != mkdirs && c != rmdirs {
		return [][]*step{steps}
	}
	by := map[int][]*step{}
	for _, s := range steps {
		d := strings.Count(string(s.act.Path), "/")
		by[d] = append(by[d], s)
	}
	var depths []int
	for d := range by {
		depths = append(depths, d)
	}
	slices.Sort(depths)
	if c == rmdirs {
		slices.Reverse(depths)
	}
	var all [][]*step
	for _, d := range depths {
		all = append(all, by[d])
	}
	return all
}

// together does steps at the same time, and leaves to carryOut what came of them.
func (a *applier) together(steps []*step, many int) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, many)
	for _, s := range steps {
		slots <- struct{}{}
		wg.Go(func() {
			s.w, s.err = a.do(s)
			s.tried = true
			<-slots
		})
	}
	wg.Wait()
}
