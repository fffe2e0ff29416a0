package ui

import (
	"slices"
	"strings"
	"time"

	"latus/index"
	"latus/sync/plan"
)

func (t *Text) Conflict(c plan.Conflict) {
	if t.o.Conflict != plan.KeepBoth && t.open == "" {
		t.open, t.held, t.loser = c.Path, c.Winner.Kind == index.Dir, t.loserOf(c)
	}
	if t.o.Quiet {
		return
	}
	t.out(paint(t.screen.OutColor, yellow, "conflict:") + " " + Name(c.Path) + ": " + t.decision(c))
}

// settling is what to do about conflicts that stay open.
func (t *Text) settling() string {
	tree := 0
	if t.o.OneWay {
		tree = 1 // the first one takes no part in them
	}
	typed, path := typer(t.o.Command, tree), NoFlag(string(t.open))
	if t.o.Conflict == plan.Fail {
		return "`" + typed("conflicts") + "` lists the versions. An edit settles it, and so does `" + typed("resolve", path, "--keep", "N") +
			"` in a tree that has the bytes, or a sync without --conflict fail"
	}
	if t.held {
		return "`" + typed("conflicts") + "` lists the versions, `" + typed("resolve", path, "--keep", "1") + "` settles for the directory, `" +
			typer(t.o.Command, max(t.loser, tree))("trash restore", path, "--to", "NAME") + "` puts the other one beside it"
	}
	return "`" + typed("conflicts") + "` lists the versions, `" + typed("resolve", path, "--keep", "2") + "` takes the other one"
}

// loserOf is the tree that made the version which lost, if only its trash has that: the
// bytes of files are in the trash of all, links are not. -1: any tree will do, or none of
// them made it.
func (t *Text) loserOf(c plan.Conflict) int {
	if t.o.Maker == nil || len(c.Losers) == 0 || c.Losers[0].Kind != index.Link {
		return -1
	}
	return slices.Index(t.o.Trees, t.o.Maker(c.Losers[0]))
}

func (t *Text) decision(c plan.Conflict) string {
	heads := append([]index.Head{c.Winner}, c.Losers...)
	all := Versions(heads, t.o.Zone)
	for i, h := range heads {
		if t.o.Maker != nil && h.Kind != index.Dir { // what is in it is everybody's
			if tree := t.o.Maker(h); tree != "" {
				all[i] += " from " + Safe(tree)
			}
		}
	}
	winner, others := all[0], strings.Join(all[1:], "; ")
	implied := c.Winner.Kind == index.Dir && c.Winner.Gen == (index.GenID{}) // nobody here could give it a name of its own
	switch {
	case t.o.Conflict == plan.Fail:
		return "left alone: " + winner + "; " + others
	case t.o.Conflict == plan.KeepBoth && t.o.OneWay && !implied:
		// The first tree is not written: what it lost stays where it is.
		return "kept " + winner + "; in the trash, or under a name of its own where it stood: " + others
	case t.o.Conflict == plan.KeepBoth && !implied:
		return "kept both: " + winner + "; under a name of its own: " + others
	}
	text := "kept " + winner + "; in the trash: " + others
	if implied {
		text += ", which comes back when nothing is in the directory any more"
	}
	return text
}

// Version describes one version of a path: what, how big, of when.
func Version(h index.Head, zone *time.Location) string {
	switch h.Kind {
	case index.Dir:
		return "a directory"
	case index.Link:
		return "a link to " + Safe(h.Target)
	case index.Deleted:
		return "a deletion"
	}
	return Bytes(h.Size) + " of " + Moment(h.Mtime, zone)
}
