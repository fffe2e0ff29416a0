package ui

import (
	"fmt"
	"strings"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/peer"
	"latus/sync/plan"
)

// differences are the names of what changes about a path, in the order of rsync's column.
var differences = []struct {
	what peer.Difference
	name string
}{
	{peer.NewContent, "content"}, {peer.NewSize, "size"}, {peer.NewTime, "mtime"}, {peer.NewMode, "mode"},
	{peer.NewOwner, "owner"}, {peer.NewGroup, "group"}, {peer.NewAttrs, "xattrs"},
}

// whatChanges names what changes about a path that is there before and after; nothing for
// one that comes.
func whatChanges(d peer.Difference) (names []string) {
	if d&peer.NewPath != 0 {
		return nil
	}
	for _, each := range differences {
		if d&each.what != 0 {
			names = append(names, each.name)
		}
	}
	return names
}

// details is what a line says of a change besides its path: how big a file is that comes,
// or which attributes change.
func details(c peer.Change) string {
	switch {
	case (c.Op == plan.Create || c.Op == plan.Update) && c.Kind == index.File:
		return inParentheses([]string{Bytes(c.Size)})
	case c.Op == plan.Touch:
		return inParentheses(whatChanges(c.What))
	}
	return ""
}

func inParentheses(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// recordDifference is what a record of the log tells of the attributes of a path that was
// there before; nothing if the log does not say what stood there.
func recordDifference(r mergelog.Record) (d peer.Difference) {
	if r.Op != plan.Touch.String() || r.Was.Kind != r.Kind {
		return 0
	}
	if r.Kind != index.Dir && r.Was.Mtime != r.Mtime {
		d |= peer.NewTime
	}
	if r.Kind != index.Link && r.Was.Mode != r.Mode {
		d |= peer.NewMode
	}
	if r.Owner.User != 0 && r.Was.Owner.User != 0 && r.Was.Owner.User != r.Owner.User {
		d |= peer.NewOwner
	}
	if r.Owner.Group != 0 && r.Was.Owner.Group != 0 && r.Was.Owner.Group != r.Owner.Group {
		d |= peer.NewGroup
	}
	if r.Attrs != "" && r.Was.Attrs != "" && r.Was.Attrs != r.Attrs {
		d |= peer.NewAttrs
	}
	return d
}

// recordDetails is what a line of the log says of an action besides its path.
func recordDetails(r mergelog.Record) string {
	parts := whatChanges(recordDifference(r))
	for i, name := range parts {
		if name == "mode" {
			parts[i] = fmt.Sprintf("mode %04o -> %04o", r.Was.Mode, r.Mode)
		}
	}
	if len(parts) == 0 && r.Kind == index.File && r.Size > 0 {
		parts = []string{Bytes(r.Size)}
	}
	return inParentheses(parts)
}
