package merge

import (
	"latus/index"
	"latus/sync/plan"
	"latus/sync/trash"
)

// live tells whether w is of something whose bytes must be kept.
func live(w index.Witness) bool { return w.Kind == index.File || w.Kind == index.Link }

// reserve promises a place in the trash to what the step displaces.
func (a *applier) reserve(s *step) (err error) {
	act := s.act
	it := trash.Item{Path: act.Path, Why: act.Why, Run: a.Run, At: a.Now()}
	switch {
	case s.op != whole || act.Op == plan.Touch && s.staged.Name == "":
		return nil
	case act.Op == plan.Keep:
		h := act.Head
		it.Gen, it.Kind, it.Size, it.Hash = h.Gen, h.Kind, s.staged.Fresh.Size, s.staged.Hash
		it.Mtime, it.Mode = s.staged.Fresh.Mtime, s.staged.Fresh.Mode
	case live(act.Old):
		h := act.OldHead()
		it.Gen, it.Kind, it.Size, it.Hash = h.Gen, act.Old.Kind, act.Old.Size, h.Hash
		it.Mtime, it.Mode = act.Old.Mtime, act.Old.Mode
		if it.Kind == index.Link {
			it.Size = 0
		}
	default:
		return nil
	}
	s.slot, err = a.Trash.Reserve(it)
	return err
}

// intent is the plan line of a step.
func (a *applier) intent(s *step) index.Intent {
	act := s.act
	i := index.Intent{
		Op: act.Op.String(), Path: act.Path, From: act.From, Gen: act.Head.Gen, Hash: s.staged.Hash,
		Staged: s.staged.Name, New: s.staged.Fresh, Old: act.Old, Run: a.Run,
	}
	if s.slot != "" {
		i.Trash = trash.Slot(s.slot)
	}
	if s.staged.Bundled() {
		i.Staged = "" // it is there with its directory, or not at all
	}
	switch act.Op {
	case plan.Move:
		i.Staged = liftName(a.Run, s.n)
		i.New = a.from[s.n].w
		i.New.Ctime = 0
		if i.New.Kind != index.Dir {
			i.New.Mtime = act.Head.Mtime
		}
		if i.New.Kind != index.Link {
			i.New.Mode = act.Mode
		}
		i.Hash = a.from[s.n].hash
	case plan.Touch:
		if s.staged.Name != "" {
			i.Op = plan.Update.String() // of a file that gets an inode of its own
			break
		}
		i.New = act.Old
		i.New.Ctime = 0
		if act.Old.Owner.Known() {
			i.New.Owner = act.Owner.Or(act.Old.Owner)
		}
		if act.Attrs != "" {
			i.New.Attrs = act.Attrs.Sum()
		}
		if act.Old.Kind != index.Dir {
			i.New.Mtime = act.Head.Mtime
		}
		if act.Old.Kind != index.Link {
			i.New.Mode = act.Mode
		}
	case plan.Mkdir:
		if s.staged.Name == "" {
			i.New = index.Witness{Kind: index.Dir}
		}
		i.New.Mode = act.Mode
	}
	return i
}
