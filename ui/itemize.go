package ui

import (
	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// Itemized is a TextOptions.Line that shows changes as Itemize does. With more
// than two trees, lines for one tree stand below its name.
func Itemized(trees []string) ChangeLine {
	last := -1
	return func(tree int, c peer.Change) string {
		line := Itemize(tree, c)
		if len(trees) > 2 && tree != last {
			last = tree
			line = treeName(trees, tree) + ":\n" + line
		}
		return line
	}
}

// Itemize shows a change as rsync -i does: eleven characters and the path. ">"
// is content that comes to the first tree, "<" content that goes to another one,
// "c" a directory or link that is made, "." a change of attributes only.
func Itemize(tree int, c peer.Change) string {
	name := Name(c.Path)
	if c.Kind == index.Dir || c.Op == plan.Mkdir || c.Op == plan.Rmdir {
		name += "/"
	}
	if c.Op == plan.Delete || c.Op == plan.Rmdir {
		return "*deleting   " + name
	}
	if c.From != "" {
		name += " <- " + Name(c.From)
	}
	return column(tree, c) + " " + name
}

func column(tree int, c peer.Change) string {
	col := []byte(".f.........")
	switch {
	case c.Op == plan.Touch:
	case c.Kind != index.File:
		col[0] = 'c'
	case tree == 0:
		col[0] = '>'
	default:
		col[0] = '<'
	}
	switch {
	case c.Kind == index.Dir || c.Op == plan.Mkdir:
		col[1] = 'd'
	case c.Kind == index.Link || c.Op == plan.MakeLink:
		col[1] = 'L'
	}
	if c.What&peer.NewPath != 0 {
		return string(col[:2]) + "+++++++++"
	}
	for i, d := range []peer.Difference{peer.NewContent, peer.NewSize, peer.NewTime, peer.NewMode, peer.NewOwner, peer.NewGroup, 0, peer.NewAttrs} {
		if c.What&d != 0 {
			col[2+i] = "cstpogax"[i]
		}
	}
	return string(col)
}
