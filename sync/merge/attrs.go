package merge

import (
	"latus/index"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/tree"
)

// complain makes a problem of what path lacks, now that it has all else.
func (a *applier) complain(p index.Path) {
	if why := a.lacking(p); why != nil {
		a.res.Problems = append(a.res.Problems, Problem{Path: p, Reason: reason.Of(why)})
	}
}

// regiven tells whether somebody has changed the extended attributes of name, which shall
// get others than was. The change time need not tell: one that was new when the scan looked
// is not remembered.
func regiven(dir tree.Dir, name string, was index.Sum, shall index.Attrs) bool {
	if shall == "" || !was.Known() || was == shall.Sum() {
		return false
	}
	has, err := dir.Attrs(name)
	return err == nil && has.Sum() != was && has != shall
}

// attrsBefore is what an action that changes extended attributes changes them from, for
// the log.
func (a *applier) attrsBefore(act *plan.Action) index.Attrs {
	switch was := act.Old.Attrs; {
	case a.Log == nil || act.Attrs == "" || !was.Known():
		return ""
	case was == act.Attrs.Sum():
		return act.Attrs
	case was == index.NoAttrs.Sum():
		return index.NoAttrs
	}
	dir, name, err := a.dirs.of(act.Path)
	if err != nil {
		return ""
	}
	had, err := dir.Attrs(name)
	if err != nil || had.Sum() != act.Old.Attrs {
		return ""
	}
	return had
}
