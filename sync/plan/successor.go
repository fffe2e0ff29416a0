package plan

import (
	"slices"

	"latus/index"
)

// Supersede authors, for a mirror, what makes a path of this tree as theirs (the
// first tree's, nil: nothing there). Where their display is among the versions here,
// a deletion supersedes all others: it stays the version that it is, whose user may
// be at work on it while its bytes are far away. Else it is a version with the content
// of their display, or a deletion. nil: it is so already, as r has it. What was read and
// has other bytes than theirs is not so, though it may be the same version. Permission bits
// of theirs that nobody ever set count where their value is told (plan.Showing).
func Supersede(mine, theirs *index.Entry, r MergeRule, a Authoring) *index.Entry {
	var n, other index.Entry
	if mine != nil {
		n = *mine
	}
	if theirs != nil {
		other = *theirs
		n.Path = other.Path
	}
	d, live := Display(other.Heads)
	own, ownLive := Display(n.Heads)
	was := n
	implied := !live && !ownLive && n.Witness.Kind == index.Dir // it stands for what is in it
	misread := live && ownLive && r.Checksum && (own.Gen == d.Gen || took(&own, n.Path, d.Gen)) && differ(own, d)
	if live || implied {
		n.Mode = put(n.Mode, other.Mode, other.Mode.Set() || other.Mode.Value != 0, a)
		n.Owner = put(n.Owner, other.Owner, other.Owner.Value != "", a)
		n.Attrs = put(n.Attrs, other.Attrs, other.Attrs.Value != "", a)
	}
	n.Have = n.Acked()
	n.Pending = true
	switch {
	case misread:
		a.Now = d.Utime
		h := successor(n.Path, d, n.Heads, a)
		h.Origin = nil // by that name this disk has other bytes
		supersede(&n, n.Heads, h)
	case live && own.Gen == d.Gen && waitsFor(&was, d.Gen):
		// Decided already, and some version that lost is to come all the same: one that a
		// mirror cut short had put back, perhaps, and that was edited since.
		others := slices.DeleteFunc(slices.Clone(n.Heads), func(h index.Head) bool { return h.Gen == d.Gen })
		supersede(&n, others, successor(n.Path, index.Head{Kind: index.Deleted}, others, a))
	case live == ownLive && (!live || own.Gen == d.Gen || Dated(own, d) && (took(&own, n.Path, d.Gen) || compareContent(own, d, r) == equal)):
		if n.Sets() == was.Sets() {
			return nil
		}
	case live && d.Kind != index.Dir && slices.ContainsFunc(n.Heads, func(h index.Head) bool { return h.Gen == d.Gen }):
		others := slices.DeleteFunc(slices.Clone(n.Heads), func(h index.Head) bool { return h.Gen == d.Gen })
		supersede(&n, others, successor(n.Path, index.Head{Kind: index.Deleted}, others, a))
	case live:
		// As late as what it takes the place of, and no later: what the first tree's user
		// edits meanwhile is later than that.
		a.Now = d.Utime
		supersede(&n, n.Heads, successor(n.Path, d, n.Heads, a))
	default:
		supersede(&n, n.Heads, successor(n.Path, index.Head{Kind: index.Deleted}, n.Heads, a))
	}
	if !other.Mode.Set() {
		uncover(&n, was.Heads, a)
	}
	return &n
}

// differ tells whether two files are known to have different bytes.
func differ(a, b index.Head) bool {
	return a.Kind == index.File && b.Kind == index.File && a.Hash.Known() && b.Hash.Known() && a.Hash != b.Hash
}

// Dated tells whether two things of one content have one mtime.
func Dated(a, b index.Head) bool {
	return a.Kind == index.Dir || near(a.Mtime, b.Mtime, max(a.Clock, b.Clock))
}

// waitsFor tells whether e has live versions beside gen that its disk has not acknowledged:
// their bytes are still to come.
func waitsFor(e *index.Entry, gen index.GenID) bool {
	return slices.ContainsFunc(e.Heads, func(h index.Head) bool {
		return h.Gen != gen && h.Kind.Live() && !hasGen(e.Acked(), h.Gen)
	})
}

// put is mine with the value of theirs, if that tells one. A merge may have made mine private
// that is the same otherwise.
func put[T comparable](mine, theirs index.Reg[T], tells bool, a Authoring) index.Reg[T] {
	if tells && (mine.Set() || theirs.Set()) && mine.Value != theirs.Value {
		return set(mine, theirs.Value, a)
	}
	return mine
}

// Resolve authors the end of a conflict: a version with the content of keep, one
// of e's heads, that supersedes them all. A loser has its own bits again.
func Resolve(e *index.Entry, keep index.Head, bits Bits, a Authoring) *index.Entry {
	n := *e
	n.Have, n.Pending = e.Acked(), true
	supersede(&n, e.Heads, successor(e.Path, keep, e.Heads, a))
	n.Mode = regained(e, keep, bits, a)
	uncover(&n, e.Heads, a)
	return &n
}

// Insist authors what the disk shows at e and nobody has a version of, a directory or
// nothing, in the place of the versions there are.
func Insist(e *index.Entry, shown index.Kind, a Authoring) *index.Entry {
	n := *e
	n.Have, n.Pending = nil, false
	supersede(&n, e.Heads, successor(e.Path, index.Head{Kind: shown}, e.Heads, a))
	return &n
}

// GiveUp authors the end of waiting for versions whose bytes are nowhere to be
// had: a version with the content of the greatest other one, else with what the
// disk shows, else a deletion, that supersedes them. nil: none of e's heads is
// gone.
func GiveUp(e *index.Entry, gone func(index.Head) bool, bits Bits, a Authoring) *index.Entry {
	var parents, rest []index.Head
	for _, h := range e.Heads {
		switch {
		case h.Kind == index.File && gone(h):
			parents = append(parents, h)
		case h.Kind.Live():
			rest = append(rest, h)
		}
	}
	if len(parents) == 0 {
		return nil
	}
	mode := e.Mode
	keep, live := Display(rest)
	if live {
		parents = append(parents, keep)
		mode = regained(e, keep, bits, a)
	} else if keep, live = Display(e.Acked()); !live || keep.Kind != e.Witness.Kind {
		keep = index.Head{Kind: index.Deleted}
	}
	n := *e
	n.Have, n.Pending, n.Mode = e.Acked(), true, mode
	supersede(&n, parents, successor(e.Path, keep, parents, a))
	return &n
}

// Outlive has the version that a scan found at e supersede those that are gone as well. nil:
// none of e's heads is gone.
func Outlive(e *index.Entry, gone func(index.Head) bool, a Authoring) *index.Entry {
	n := *e
	n.Heads = slices.DeleteFunc(slices.Clone(e.Heads), func(h index.Head) bool {
		return h.Kind == index.File && h.Gen != a.Gen && gone(h)
	})
	if len(n.Heads) == len(e.Heads) {
		return nil
	}
	return &n
}

// KeepApart authors the end of a conflict in which the loser gets a name of its
// own: kept is the entry under the new name, next the one at the old path, where a
// deletion supersedes the loser and nothing else. What is displayed there stays the
// version that it is: its bytes may be far away, and its user at work on it. Only the
// tree whose disk holds the loser may do so, or each would. host names the loser's
// tree; taken tells whether a name is in use.
func KeepApart(e *index.Entry, loser index.Head, host string, a Authoring, taken func(index.Path) bool) (kept, next *index.Entry) {
	n := *e
	n.Have, n.Pending = e.Acked(), true
	parents := []index.Head{loser}
	supersede(&n, parents, successor(e.Path, index.Head{Kind: index.Deleted}, parents, a))

	h := successor(e.Path, loser, parents, a)
	h.Origin = &index.Origin{Path: e.Path, Gen: loser.Gen} // by that name the disk holds it
	kept = &index.Entry{
		Path:    conflictName(e.Path, loser, host, taken),
		Heads:   []index.Head{h},
		Pending: true,
		Mode:    ownMode(e, loser, a),
		Owner:   ownOwner(e, a),
		Attrs:   ownAttrs(e, a),
	}
	return kept, &n
}

// ownMode is the mode register of a version that the disk shows at e and that gets a
// name of its own: its own bits, as far as they stick there, and not those that the path
// has by now.
func ownMode(e *index.Entry, shown index.Head, a Authoring) index.ModeReg {
	own := e.Mode
	if !own.Set() {
		own.Value = UsualMode(shown.Kind)
	}
	if shown.Kind == index.File && e.Witness.Kind == index.File && (own.Value^e.Witness.Mode)&a.ModeBits != 0 {
		return set(e.Mode, own.Value&^a.ModeBits|e.Witness.Mode&a.ModeBits, a)
	}
	return again(e.Mode, a)
}

// again is r, if it was ever set, as a has it of a path of its own.
func again[T comparable](r index.Reg[T], a Authoring) index.Reg[T] {
	if r.Set() {
		r.Gen = a.Gen
	}
	return r
}

// ownOwner is the owner register of such a version, in the same way.
func ownOwner(e *index.Entry, a Authoring) index.OwnerReg {
	if w := e.Witness; w.Kind == index.File && disowned(e.Owner, w, a) {
		return set(e.Owner, a.Owners.Name(w.Owner), a)
	}
	return again(e.Owner, a)
}

// ownAttrs is the register of extended attributes of such a version. Which ones the disk
// has is not known where they are not those of the path: nobody has told then.
func ownAttrs(e *index.Entry, a Authoring) index.AttrsReg {
	if w := e.Witness; w.Kind == index.File && unlike(e.Attrs, w) {
		return set(e.Attrs, "", a)
	}
	return again(e.Attrs, a)
}

// Decided is the version that h, which stands at p, was decided to take the content of:
// a winner that was confirmed, a loser that got a name of its own. Zero: h is nobody's
// decision but an edit.
func Decided(p index.Path, h index.Head) (made index.GenID) {
	o := h.Origin
	if o == nil || o.Path != p && !namedApart(p, o.Path, h) {
		return made
	}
	return o.Gen
}

// successor is a new version with the content of h, found at p.
func successor(p index.Path, h index.Head, parents []index.Head, a Authoring) index.Head {
	n := h
	n.Gen, n.First, n.Lineage, n.Origin = a.Gen, false, lineage(parents), nil
	n.Clock = max(n.Clock, 1)
	switch {
	case h.Origin != nil && h.Origin.Path == p:
		n.Origin = h.Origin // of a decision: the bytes still go by the older name
	case h.Gen != (index.GenID{}):
		n.Origin = &index.Origin{Path: p, Gen: h.Gen}
	}
	n.Utime = min(a.Now, index.MaxTime)
	for _, o := range parents {
		n.Utime = max(n.Utime, next(o.Utime))
	}
	return n
}
