package replica

import (
	"errors"
	"io/fs"
	"slices"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/tree"
)

// A tree that can only be read, and was one before, is in a run as long as it has nothing to
// write down but whom it met: its versions and its index are what they were. Else the run
// ends before any tree is changed. What others would be told of could not be remembered here,
// and what others have could not come here.

// unwritable is why nothing can be written down here, as far as that can be told without
// trying; nil: nothing is known against it, or there is no .latus yet.
func (r *Replica) unwritable() error {
	if r.home.Dir == nil {
		return nil
	}
	return tree.MayMake(r.home.Tree, index.Private)
}

// mustWrite refuses what has to be written down here and cannot be. A dry run says so, and
// goes on.
func (r *Replica) mustWrite(what string) error {
	err := r.unwritable()
	if err == nil {
		return nil
	}
	text := "it can only be read, and " + what
	if !r.hello.Dry {
		return r.refuse(peer.CannotUse(err), "can only be read, and %s: %v", what, tree.Reason(err))
	}
	r.refusal = "a run that is not dry would change nothing: " + text + ": " + tree.Reason(err)
	return nil
}

// mayBring is mustWrite for what was merged and planned.
func (r *Replica) mayBring() error {
	m, p := r.merged, r.plan
	joins := r.group != 0 && r.cfg.GroupID() != r.group
	if r.o.ReadOnly || r.refusal != "" || !joins && len(m.gens)+len(m.changed)+len(p.Actions)+len(p.Acks)+len(p.Shown) == 0 {
		return nil
	}
	return r.mustWrite("others have something for it")
}

// toldRefusal is held with why a run that is not dry would end here, if that was not known when
// the tree was looked at.
func (r *Replica) toldRefusal(held []plan.Held) []plan.Held {
	if r.refusal == "" || r.refusedEarly {
		return held
	}
	return append([]plan.Held{{Reason: reason.Words(r.refusal), News: true}}, held...)
}

// forgetful says that this tree will not remember the other ones; "" if it will, or does.
func (r *Replica) forgetful() string {
	if r.refusal != "" {
		r.refusedEarly = true
		return r.refusal
	}
	if r.hello.First && r.hello.Mode != peer.TwoWay {
		return "" // the run says so
	}
	known := func(o peer.Tree) bool {
		return slices.ContainsFunc(r.cfg.Remembers(), func(t peer.Tree) bool { return t.Peer == o.Peer })
	}
	err := r.unwritable()
	if err == nil || !slices.ContainsFunc(r.others, func(o peer.Tree) bool { return !known(o) }) {
		return ""
	}
	return "does not remember the other trees: " + tree.Reason(err)
}

// needless tells whether an error at the end of a run is only that whom it met, and how it
// stands, cannot be written down in a tree that nothing came to.
func (r *Replica) needless(err error) bool {
	if err == nil || r.brought || r.hello.First && r.hello.Mode != peer.TwoWay {
		return false
	}
	return errors.Is(err, tree.ErrReadOnly) || errors.Is(err, fs.ErrPermission)
}
