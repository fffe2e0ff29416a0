package merge

import (
	"fmt"

	"latus/index"
	"latus/sync/stage"
	"latus/sync/trash"
)

const liftPrefix = "lift-" // in staging: taken out of the tree on its way to another place

// Lifted is where what action n of a run moves lies while it is taken out of the tree.
func Lifted(run string, n int) index.Path { return stage.Path + "/" + index.Path(liftName(run, n)) }

func liftName(run string, n int) string { return fmt.Sprintf("%s%s-%d", liftPrefix, run, n) }

// lift takes the source of a move into staging.
func (a *applier) lift(n int) error {
	from := a.Plan.Actions[n].From
	a.dirs.drop(from) // Windows moves no directory while anything below is held
	dir, name, err := a.find(n)
	if err != nil {
		return err
	}
	up := liftName(a.Run, n)
	if err := dir.Rename(name, a.stage.Dir(), up); err != nil {
		return err
	}
	if _, err := a.right(n, a.stage.Dir(), up, dir, name); err != nil {
		return err
	}
	a.dirs.drop(from) // to look for From may have held it again
	a.touched[from.Dir()] = true
	w := a.from[n].w
	w.Ctime = 0
	a.lifted[n] = stage.Staged{Name: up, Fresh: w, Hash: a.from[n].hash}
	return nil
}

// unlift puts what was lifted back where it was, or into the trash if that place is
// taken. It tells whether it found a place.
func (a *applier) unlift(n int) bool {
	up, aside := a.lifted[n]
	if !aside {
		return true
	}
	act := &a.Plan.Actions[n]
	delete(a.lifted, n)
	dir, name, err := a.dirs.of(act.From)
	if err == nil {
		err = a.stage.Dir().Rename(up.Name, dir, name)
	}
	if err != nil {
		err = shelve(a.Trash, a.Index, a.stage.Dir(), up.Name, trash.Item{Path: act.From, Run: a.Run, At: a.Now()})
		if err == nil {
			a.gone(act.From) // else the next scan takes it for deleted
		}
	}
	if err != nil {
		a.res.Problems = append(a.res.Problems, Problem{Path: act.From, Reason: why(err)})
	}
	return err == nil
}

// lower moves what was lifted.
func (a *applier) lower(s *step, up stage.Staged) (index.Witness, error) {
	s.staged = up
	if err := a.place(s); err != nil {
		return index.Witness{}, err
	}
	s.moved = true
	dir, name, err := a.dirs.of(s.act.Path)
	if err != nil {
		return index.Witness{}, err
	}
	i, err := dir.Stat(name)
	if err == nil && !a.stage.Traits().Same(i, a.from[s.n].w, false) {
		err = errChanged // else its mtime would hide the edit
	}
	if err != nil {
		return index.Witness{}, err
	}
	return a.adjustMoved(s, dir, name, i)
}

// aside tells whether what stood at p lies in staging.
func (a *applier) aside(p index.Path) bool {
	for n := range a.lifted {
		if a.Plan.Actions[n].From == p {
			return true
		}
	}
	return false
}
