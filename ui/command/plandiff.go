package command

import (
	"fmt"
	"slices"

	"latus/index"
	latussync "latus/sync"
)

// difference is what keeps a plan from being carried out, at one path.
type difference struct {
	path index.Path
	text string
}

// differences says what keeps now from being what p was made of: nothing if a run
// does what p says. p was checked.
func (p *planFile) differences(now *latussync.Outlook) []string {
	ds := p.otherTrees(now)
	fresh := newPlanFile(now, p.specs())
	paths := slices.Concat(p.otherActions(fresh), p.otherSights(fresh))
	slices.SortStableFunc(paths, func(a, b difference) int { return index.Compare(a.path, b.path) })
	// One line a path is enough: of several the first, which is of an action if there is any.
	for _, d := range slices.CompactFunc(paths, func(a, b difference) bool { return a.path == b.path }) {
		ds = append(ds, d.text)
	}
	return ds
}

// otherTrees says which trees are not those that p was made for.
func (p *planFile) otherTrees(now *latussync.Outlook) (ds []string) {
	for i, t := range p.Trees {
		switch peer := now.Trees[i].Peer; {
		case t.Peer == "" && peer != 0:
			ds = append(ds, fmt.Sprintf("%s is a tree by now", t.Tree))
		case t.Peer != "" && peer == 0:
			ds = append(ds, fmt.Sprintf("%s is no tree any more", t.Tree))
		case t.Peer != "" && t.Peer != peer.String():
			ds = append(ds, fmt.Sprintf("%s is another tree by now", t.Tree))
		}
	}
	return ds
}

// otherActions are the differences of the actions of p and fresh, tree by tree.
func (p *planFile) otherActions(fresh *planFile) (ds []difference) {
	keyOf := func(a planAction) planKey {
		path, _ := pathOf(a.JSONPath)
		return planKey{a.Tree, path}
	}
	say := func(path index.Path, format string, args ...any) {
		ds = append(ds, difference{path, fmt.Sprintf(format, args...)})
	}
	planned := map[planKey]planAction{}
	for _, a := range p.Actions {
		planned[keyOf(a)] = a
	}
	for _, a := range fresh.Actions {
		k := keyOf(a)
		was, ok := planned[k]
		delete(planned, k)
		switch {
		case !ok:
			say(k.path, "%s: %s %s is not in it", a.Tree, a.Action, k.path)
		case a.Action != was.Action:
			say(k.path, "%s: %s %s, not %s", a.Tree, a.Action, k.path, was.Action)
		case a != was:
			say(k.path, "%s has changed since", k.path)
		}
	}
	for _, a := range p.Actions {
		if k := keyOf(a); planned[k] == a {
			say(k.path, "%s: %s %s is not to be done now", a.Tree, a.Action, k.path)
		}
	}
	return ds
}

// otherSights are the differences of what p and fresh saw at paths without an action.
func (p *planFile) otherSights(fresh *planFile) (ds []difference) {
	seen := map[index.Path]string{}
	for _, s := range p.Seen {
		path, _ := pathOf(s.JSONPath)
		seen[path] = s.State
	}
	for _, s := range fresh.Seen {
		path, _ := pathOf(s.JSONPath)
		if seen[path] != s.State {
			ds = append(ds, difference{path, fmt.Sprintf("%s has changed since", path)})
		}
		delete(seen, path)
	}
	for path := range seen { // in any order: there is one of a path
		ds = append(ds, difference{path, fmt.Sprintf("%s has changed since", path)})
	}
	return ds
}
