package replica

import (
	"fmt"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/reason"
	"latus/sync/tree"
)

// notices are what a user should know of the tree, and is no problem.
func (r *Replica) notices() (ns []peer.Problem) {
	for _, p := range r.found.Specials {
		ns = append(ns, peer.Problem{Path: p.Path, Reason: p.Reason})
	}
	for _, n := range r.found.Nested {
		why := reason.NestedBefore.Why()
		if n.New {
			why = reason.Words(nested)
		}
		ns = append(ns, peer.Problem{Path: n.Path, Reason: why})
	}
	ns = append(ns, r.faults()...)
	for _, n := range []string{r.unmakeable(), r.forgetful(), r.unowned(), r.attrless()} {
		if n != "" {
			ns = append(ns, peer.Problem{Reason: reason.Words(n)})
		}
	}
	if told := r.amnesia(); told != "" {
		ns = append(ns, peer.Problem{Reason: reason.Words(told)})
	} else if r.renamed != "" {
		ns = append(ns, peer.Problem{Reason: reason.Words("is a copy, or was put back from a backup, and goes on under an id of its own: " + r.renamed)})
	}
	return ns
}

// A tree inside a tree is said once, when the directory is new here, and else only to
// those who want to know more.
const nested = "is a tree itself; its files belong to this one, too, its " + index.Private + " is left alone"

// unmakeable says why a run that is not dry would end here; "" if nothing is known against it.
func (r *Replica) unmakeable() string {
	if !r.fresh || !r.hello.Dry || r.home.Missing {
		return ""
	}
	err := tree.MayMake(r.home.Tree, "")
	if err == nil {
		return ""
	}
	return fmt.Sprintf("a run that is not dry would change nothing: %s cannot be made here: %v", index.Private, tree.Reason(err))
}

// unowned says why a run that looks at owners cannot set them all here; "" if it can,
// or need not.
func (r *Replica) unowned() string {
	switch {
	case !r.hello.Owner, r.hello.First && r.hello.Mode != peer.TwoWay:
		return ""
	case r.home.Owners == nil:
		return "owners cannot be kept here"
	case !r.home.Owners.Users():
		return "owners stay as they are here, and groups that you are not in: only root may set them"
	}
	return ""
}

// attrless says why a run that looks at extended attributes cannot keep any here; "" if it
// can, or need not.
func (r *Replica) attrless() string {
	if !r.hello.Xattrs || r.looksAtAttrs() {
		return ""
	}
	return "extended attributes cannot be kept here, and stay where they are"
}

// amnesia says what the tree has forgotten of its past: that can bring deleted
// files back, and should not come as a surprise.
func (r *Replica) amnesia() string {
	switch {
	case r.damage != nil && r.damage.Middle:
		return "its index was damaged, and what was written last is lost (" + damaged(r.damage) + "); deleted files may come back"
	case len(r.counts) == 0 && r.hasMet():
		return "its index is missing or empty; deleted files may come back"
	}
	return ""
}
