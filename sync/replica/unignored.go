package replica

import (
	"fmt"
	"slices"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/scan"
	"latus/sync/tree"
)

// unignored is what the run has left because an ignore file said so that says so no longer, now
// that the run has changed it: the trees are not in sync yet. There is one problem for each such
// file, but for those below another one.
func (r *Replica) unignored() []peer.Problem {
	dirs := r.ruled(func(*plan.Action) bool { return true })
	if len(dirs) == 0 {
		return nil
	}
	now := r.rules.Clone()
	for _, dir := range dirs {
		if d, err := r.home.Tree.Open(dir); err == nil {
			if text, err := scan.ReadPatterns(d); err == nil {
				now.Set(dir, text)
			}
			d.Close()
		}
	}
	return r.notIgnoredBy(now, dirs)
}

// willBeUnignored is unignored for a run that only shows what it would do, as far as that can
// be said: of files that go, not of those that will say something else.
func (r *Replica) willBeUnignored() (held []plan.Held) {
	dirs := r.ruled(goes)
	if len(dirs) == 0 {
		return nil
	}
	then := r.rules.Clone()
	for _, dir := range dirs {
		then.Set(dir, nil)
	}
	for _, p := range r.notIgnoredBy(then, dirs) {
		held = append(held, plan.Held{Path: p.Path, Reason: p.Reason, Problem: true})
	}
	return held
}

// goes tells whether a leaves no file where there may have been one.
func goes(a *plan.Action) bool {
	return a.Op == plan.Delete || a.Op == plan.Mkdir || a.Op == plan.MakeLink || a.Op == plan.Move && a.From.Base() == filter.File
}

// notIgnoredBy tells of what is ignored now below these directories, and not by other rules.
func (r *Replica) notIgnoredBy(rules *filter.Filter, dirs []index.Path) (ps []peer.Problem) {
	for i, last := 0, index.Path(""); i < len(dirs); i++ {
		dir := dirs[i]
		if i > 0 && dir.Under(last) {
			continue // told with that
		}
		last = dir
		free := append(r.freeBelow(dir, rules), r.freeHeld(dir, rules)...)
		slices.SortFunc(free, index.Compare)
		free = slices.Compact(free)
		if len(free) == 0 {
			continue
		}
		why := "is not ignored any more: run again to sync it"
		if more := len(free) - 1; more > 0 {
			why = fmt.Sprintf("is not ignored any more, with %d more: run again to sync them", more)
		}
		ps = append(ps, peer.Problem{Path: free[0], Reason: reason.Words(why)})
	}
	return ps
}

// freeBelow is what is ignored now on the disk below dir, and not by other rules.
func (r *Replica) freeBelow(dir index.Path, rules *filter.Filter) []index.Path {
	kept := r.found.KeptIn(dir)
	if dir == "" { // of which nobody asks whether it can go
		kept = append([]index.Path{""}, kept...)
	}
	free := make([][]index.Path, len(kept))
	looks := make([]func(), len(kept))
	for i, d := range kept {
		looks[i] = func() { free[i], _ = r.freeIn(d, rules.Ignored) } // what cannot be read now, or is gone, the next run tells
	}
	tree.Together(r.home.Tree, looks...)
	return slices.Concat(free...)
}

// freeHeld is what the run left below dir as it is ignored now, and is not by other rules. It
// may not be on this disk.
func (r *Replica) freeHeld(dir index.Path, rules *filter.Filter) (free []index.Path) {
	held := r.plan.Held
	from, _ := slices.BinarySearchFunc(held, dir, func(h plan.Held, p index.Path) int { return index.Compare(h.Path, p) })
	for _, h := range held[from:] {
		if h.Path != dir && !h.Path.Under(dir) {
			break
		}
		if h.Path == dir || h.Reason.Code != reason.Ignored {
			continue
		}
		isDir := false
		if e := r.merged.get(h.Path); e != nil {
			shown, live := plan.Display(e.Heads)
			isDir = live && shown.Kind == index.Dir || !live && e.Witness.Kind == index.Dir
		}
		// A directory may be needed by nothing but what is ignored in it, and be ignored by no rule.
		if r.rules.Ignored(h.Path, isDir) && !rules.Ignored(h.Path, isDir) {
			free = append(free, h.Path)
		}
	}
	return free
}

// ruled are the directories whose ignore files are changed by those actions of the plan for
// which ok says yes, outer ones first.
func (r *Replica) ruled(ok func(*plan.Action) bool) []index.Path {
	var dirs []index.Path
	for i := range r.plan.Actions {
		a := &r.plan.Actions[i]
		for _, p := range []index.Path{a.Path, a.From} {
			if p.Base() == filter.File && a.Op != plan.Keep && ok(a) {
				dirs = append(dirs, p.Dir())
			}
		}
	}
	slices.SortFunc(dirs, index.Compare)
	return slices.Compact(dirs)
}
