package replica

import (
	"fmt"
	"maps"
	"slices"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/scan"
)

// unignored is what the run has left because an ignore file said so that says so no longer, now
// that the run has changed it: the trees are not in sync yet. There is one problem for each such
// file.
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

// notIgnoredBy tells of what is ignored now in these directories, and not by other rules.
func (r *Replica) notIgnoredBy(rules *filter.Filter, dirs []index.Path) (ps []peer.Problem) {
	told := map[index.Path]bool{}
	for _, dir := range dirs {
		var free []index.Path
		add := func(p index.Path, isDir bool) {
			if !told[p] && !rules.Ignored(p, isDir) {
				told[p] = true
				free = append(free, p)
			}
		}
		kept := r.found.KeptIn(dir)
		if dir == "" { // of which nobody asks whether it can go
			kept = append([]index.Path{""}, kept...)
		}
		for _, kept := range kept {
			_ = r.ignoredIn(kept, add) // what cannot be read now, or is gone, the next run tells
		}
		for _, h := range r.plan.Held { // and may not be on this disk, so nobody knows what it is
			if h.Reason.Code == reason.Ignored && h.Path.Under(dir) && !rules.Ignored(h.Path, true) {
				add(h.Path, false)
			}
		}
		if len(free) == 0 {
			continue
		}
		why := "is not ignored any more: run again to sync it"
		if more := len(free) - 1; more > 0 {
			why = fmt.Sprintf("is not ignored any more, with %d more: run again to sync them", more)
		}
		ps = append(ps, peer.Problem{Path: slices.MinFunc(free, index.Compare), Reason: reason.Words(why)})
	}
	return ps
}

// ruled are the directories whose ignore files are changed by those actions of the plan for
// which ok says yes, outer ones first.
func (r *Replica) ruled(ok func(*plan.Action) bool) []index.Path {
	dirs := map[index.Path]bool{}
	for i := range r.plan.Actions {
		a := &r.plan.Actions[i]
		for _, p := range []index.Path{a.Path, a.From} {
			if p.Base() == filter.File && a.Op != plan.Keep && ok(a) {
				dirs[p.Dir()] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(dirs), index.Compare)
}
