package replica

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/tree"
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

// disk is what planning has to know of a filesystem.
func disk(t tree.Traits) plan.Disk {
	d := plan.Disk{Clock: t.Clock, ModeBits: t.ModeBits, Links: t.Links, Times: t.LinkTimes}
	if t.FoldsCase || t.Normalizes {
		d.Fold = func(name string) string { return fold(name, t) }
	}
	if t.DOSNames || t.UTF8Names {
		d.Legal = func(name string) bool {
			return (!t.DOSNames || legalDOS(name)) && (!t.UTF8Names || utf8.ValidString(name))
		}
	}
	return d
}

// fold maps names that the filesystem takes for one to one text.
func fold(name string, t tree.Traits) string {
	ascii := true
	for i := 0; i < len(name); i++ {
		if name[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if !ascii && t.Normalizes {
		name = norm.NFC.String(name)
	}
	if t.FoldsCase {
		if ascii {
			return strings.ToLower(name)
		}
		name = cases.Fold().String(name)
	}
	return name
}

// legalDOS tells whether FAT, NTFS and their kin can hold a name.
func legalDOS(name string) bool {
	if strings.ContainsAny(name, "\\:*?\"<>|") || strings.HasSuffix(name, " ") || strings.HasSuffix(name, ".") {
		return false
	}
	for i := 0; i < len(name); i++ {
		if name[i] < 0x20 {
			return false
		}
	}
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch stem {
	case "con", "prn", "aux", "nul":
		return false
	}
	if len(stem) == 4 && (stem[:3] == "com" || stem[:3] == "lpt") && stem[3] >= '1' && stem[3] <= '9' {
		return false
	}
	return true
}
