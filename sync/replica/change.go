package replica

import (
	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// change is an action as people see it.
func change(a *plan.Action) peer.Change {
	c := peer.Change{Op: a.Op, Kind: a.Head.Kind, Path: a.Path, From: a.From, Size: a.Head.Size}
	switch a.Op {
	case plan.Delete, plan.Rmdir:
		c.Kind, c.Size = a.Old.Kind, a.Old.Size
		return c
	}
	if !a.Old.Kind.Live() || a.Old.Kind != a.Head.Kind {
		c.What = peer.NewPath
		return c
	}
	if a.Op != plan.Touch {
		c.What |= peer.NewContent
		if a.Old.Size != a.Head.Size {
			c.What |= peer.NewSize
		}
	}
	if a.Head.Kind != index.Dir && a.Old.Mtime != a.Head.Mtime {
		c.What |= peer.NewTime
	}
	if a.Head.Kind != index.Link && a.Old.Mode != a.Mode {
		c.What |= peer.NewMode
	}
	if a.Old.Owner.User != 0 && a.Owner.Or(a.Old.Owner).User != a.Old.Owner.User {
		c.What |= peer.NewOwner
	}
	if a.Old.Owner.Group != 0 && a.Owner.Or(a.Old.Owner).Group != a.Old.Owner.Group {
		c.What |= peer.NewGroup
	}
	if a.Attrs != "" && a.Old.Attrs.Known() && a.Attrs.Sum() != a.Old.Attrs {
		c.What |= peer.NewAttrs
	}
	return c
}
