package merge

import (
	"errors"
	"fmt"

	"latus/index"
	"latus/sync/plan"
)

// A file that moves away, and whose place is to be taken by content from elsewhere, waits for
// that content: should it not come, nothing would stand where both versions were wanted.

// vacating finds which moves make room, which of them wait for which want, and the other way
// round.
func (a *applier) vacating() {
	for n := range a.Plan.Actions {
		if act := &a.Plan.Actions[n]; act.Op == plan.Move && act.Head.Kind != index.Dir {
			a.leaving[act.From] = n
		}
		if w, waits := a.filling(n); waits {
			if a.vacate == nil {
				a.vacate, a.movers, a.filled = map[int]int{}, map[int][]int{}, map[int]error{}
			}
			a.vacate[n] = w
			a.movers[w] = append(a.movers[w], n)
		}
	}
}

// filling is the want whose content comes to where action n takes a file away: at once, or at
// the end of a chain of such moves. Who is put aside does not wait, so that rings come undone.
func (a *applier) filling(n int) (want int, waits bool) {
	for range len(a.Plan.Actions) { // no chain is longer
		act := &a.Plan.Actions[n]
		if act.Op != plan.Move || act.Aside || act.Head.Kind == index.Dir {
			return 0, false
		}
		at := a.paths[act.From]
		if at == nil || at.main < 0 {
			return 0, false
		}
		n = at.main
		if next := &a.Plan.Actions[n]; next.Want >= 0 && next.Want < len(a.users) {
			return next.Want, true
		}
	}
	return 0, false
}

// held tells whether move n has to wait, and leaves it if what it waited for did not come.
func (a *applier) held(n int) bool {
	w, waits := a.vacate[n]
	if !waits {
		return false
	}
	err, ended := a.filled[w]
	switch {
	case !ended:
		a.waiting[n] = true
		return true
	case err != nil:
		a.leave(n, fmt.Errorf("%w: %w", errNotFilled, err))
		return true
	}
	return false
}

// fill takes note that want w has ended, and returns the moves that can go now.
func (a *applier) fill(w int, err error) (ready []int) {
	movers := a.movers[w]
	if len(movers) > 0 {
		a.filled[w] = err
	}
	for _, n := range movers {
		if !a.waiting[n] {
			continue
		}
		delete(a.waiting, n)
		if !a.held(n) {
			ready = append(ready, n)
		}
	}
	return ready
}

var errNotFilled = errors.New("kept, because what is to take its place could not be brought")

// taken tells whether a file that should have moved away from the path of act is gone, and not
// by that move: its user did something else with it. If anything came to that path now, no scan
// would see it, and the version that was to get its bytes from there would wait for ever.
func (a *applier) taken(act *plan.Action) bool {
	n, moves := a.leaving[act.Path]
	return moves && act.Old.Kind == index.Absent && a.fates[n] == left
}

// othersWait tells whether another name of the file of a touch is a move that waits.
func (a *applier) othersWait(act *plan.Action) bool {
	if act.Old.Kind != index.File || act.Old.Inode == 0 {
		return false
	}
	for n := range a.vacate {
		if a.waiting[n] && a.from[n].w.Inode == act.Old.Inode {
			return true
		}
	}
	return false
}
