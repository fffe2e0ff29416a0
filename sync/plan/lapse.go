package plan

import (
	"slices"

	"latus/index"
)

// Lapsed returns the decisions of mine, which waits for bytes, that a version in heads has
// overtaken. A mirror decided here, or where mine heard of it, that the first tree's version
// of this path counts, and before its bytes came their owner did something else with them:
// they may be nowhere any more. Had they come in time, what was done would have superseded
// the decision as well. heads is what mine becomes; known tells what mine has heard of before.
func Lapsed(mine *index.Entry, heads []index.Head, known Known) (lapsed []index.Head) {
	if !mine.Pending {
		return nil
	}
	for _, h := range mine.Heads {
		decided := h.Kind == index.File && Decided(mine.Path, h) != (index.GenID{}) && h.Origin.Path == mine.Path
		if !decided || !hasGen(heads, h.Gen) || hasGen(mine.Have, h.Gen) || Shows(mine, h.Gen) {
			continue
		}
		overtook := func(x index.Head) bool { return !known.Has(x.Gen) && cameOf(x, h) }
		if slices.ContainsFunc(heads, overtook) {
			lapsed = append(lapsed, h)
		}
	}
	return lapsed
}

// cameOf tells whether x descends from the content that was decided to be that of h, and
// not from what h took the place of.
func cameOf(x, h index.Head) bool {
	content := func(a index.Ancestor) bool {
		if a.Hash != 0 {
			return h.Hash.Known() && a.Hash == h.Hash.Short()
		}
		return a.Size == h.Size && near(a.Mtime, h.Mtime, max(h.Clock, x.Clock))
	}
	if !slices.ContainsFunc(x.Lineage, content) {
		return false
	}
	for _, a := range h.Lineage {
		if content(a) {
			break
		}
		if slices.Contains(x.Lineage, a) {
			return false
		}
	}
	return true
}

// Lapse authors the end of such versions: a deletion supersedes them, and what overtook
// them stays the version that it is.
func Lapse(e *index.Entry, lapsed []index.Head, a Authoring) *index.Entry {
	n := *e
	n.Have, n.Pending = e.Acked(), true
	supersede(&n, lapsed, successor(e.Path, index.Head{Kind: index.Deleted}, lapsed, a))
	return &n
}
