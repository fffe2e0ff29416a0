package plan

import (
	"latus/index"
)

// author makes of e, which shows stands, what it was before. nil: it is so
// already, or will be without being told.
func (u *undo) author(n *undoing, e *index.Entry, stands index.Head) *index.Entry {
	b := &n.before
	x := *e
	x.Have, x.Pending = e.Acked(), true
	if b.Kind == index.Dir {
		b.Size, b.Mtime = 0, 0
	}
	h := index.Head{Gen: b.Gen, Kind: b.Kind, Size: b.Size, Mtime: b.Mtime, Target: b.Target, Hash: b.hash, Clock: u.a.Clock}
	switch {
	case b.Kind == index.Absent:
		if _, named := Display(e.Heads); !named && stands.Gen == (index.GenID{}) {
			return nil // an implied directory goes with what it was needed for
		}
		h = index.Head{Kind: index.Deleted}
	case b.same:
		h = stands
		if h.Kind != index.Dir {
			h.Mtime, h.Clock = b.Mtime, u.a.Clock
		}
	case b.moved != "":
		now := shownBy(u.entry(b.moved))
		h.Gen, h.Hash = now.Gen, now.Hash
	}
	x.Mode, x.Owner, x.Attrs = u.mode(e, b), u.owner(e, b), u.attrs(e, b)
	if b.same && h.Mtime == stands.Mtime {
		if x.Sets() == e.Sets() {
			return nil
		}
		return &x
	}
	s := successor(n.path, h, x.Have, u.a)
	if b.moved != "" && h.Gen != (index.GenID{}) {
		s.Origin = &index.Origin{Path: b.moved, Gen: h.Gen}
	}
	supersede(&x, x.Have, s)
	if b.Kind != index.File {
		uncover(&x, e.Heads, u.a)
	}
	return &x
}

// owner is the owner register of e once it belongs again to whom b belonged.
func (u *undo) owner(e *index.Entry, b *former) index.OwnerReg {
	if u.a.Owners == nil || !b.Kind.Live() || !b.Owner.Known() {
		return e.Owner
	}
	if e.Owner.Value != "" && u.a.Owners.Want(e.Owner.Value, b.Owner) == b.Owner {
		return e.Owner
	}
	return set(e.Owner, u.a.Owners.Name(b.Owner), u.a)
}

// attrs is the register of the extended attributes of e once it has those of b again.
func (u *undo) attrs(e *index.Entry, b *former) index.AttrsReg {
	if !u.a.Attrs || !b.Kind.Live() || b.Attrs == "" || e.Attrs.Value == b.Attrs || !e.Attrs.Set() && b.Attrs == index.NoAttrs {
		return e.Attrs
	}
	return set(e.Attrs, b.Attrs, u.a)
}

// mode is the mode register of e once it has the permission bits of b again.
func (u *undo) mode(e *index.Entry, b *former) index.ModeReg {
	if b.Kind != index.File && b.Kind != index.Dir {
		return e.Mode
	}
	old, unset := e.Mode.Value, !e.Mode.Set()
	if unset {
		old = UsualMode(b.Kind)
	}
	if (old^b.Mode)&sticking(u.a.ModeBits, b.Kind) == 0 {
		return e.Mode
	}
	stamp := min(u.a.Now, index.MaxTime)
	if !unset {
		stamp = u.a.after(e.Mode.Stamp)
	}
	return index.ModeReg{Value: old&^u.a.ModeBits | b.Mode&u.a.ModeBits, Stamp: stamp, Gen: u.a.Gen}
}
