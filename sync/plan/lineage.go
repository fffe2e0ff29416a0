package plan

import (
	"slices"

	"latus/index"
)

// supersede puts h in the place of parents.
func supersede(e *index.Entry, parents []index.Head, h index.Head) {
	heads := make([]index.Head, 0, len(e.Heads)+1)
	for _, o := range e.Heads {
		if !hasGen(parents, o.Gen) {
			heads = append(heads, o)
		}
	}
	e.Heads = append(heads, h)
	sortHeads(e.Heads)
}

// lineage lists what a successor of parents descends from, newest first.
func lineage(parents []index.Head) []index.Ancestor {
	var line []index.Ancestor
	add := func(a index.Ancestor) {
		if len(line) < index.MaxLineage && !slices.Contains(line, a) {
			line = append(line, a)
		}
	}
	parents = slices.Clone(parents)
	slices.SortFunc(parents, func(a, b index.Head) int { return Compare(b, a) })
	for _, p := range parents {
		switch {
		case p.Kind != index.File:
		case p.Hash.Known():
			add(index.Ancestor{Hash: p.Hash.Short()})
		default:
			add(index.Ancestor{Size: p.Size, Mtime: p.Mtime})
		}
	}
	for _, p := range parents {
		for _, a := range p.Lineage {
			add(a)
		}
	}
	return line
}

// insteadOf notes in a lineage that the new version looks as its parent did and is
// not the same: nobody is to take one for the other by size and mtime.
func insteadOf(line []index.Ancestor, parent index.Head) []index.Ancestor {
	look := index.Ancestor{Size: parent.Size, Mtime: parent.Mtime}
	if slices.Contains(line, look) {
		return line
	}
	line = slices.Insert(line, min(1, len(line)), look)
	return line[:min(len(line), index.MaxLineage)]
}

// annotated is the head whose hash was learnt by reading the unchanged file.
func annotated(acked []index.Head, shown index.Head, f Found) *index.Head {
	if !f.Hash.Known() || shown.Kind != index.File || shown.Hash.Known() || f.Witness.Kind != index.File {
		return nil
	}
	if !hasGen(acked, shown.Gen) {
		return nil
	}
	shown.Hash = f.Hash
	return &shown
}

// ReplaceHash is heads where the version of h, if it is among them, has the hash of h.
func ReplaceHash(heads []index.Head, h index.Head) []index.Head {
	i := slices.IndexFunc(heads, func(o index.Head) bool { return o.Gen == h.Gen })
	if i < 0 {
		return heads
	}
	heads = slices.Clone(heads)
	heads[i].Hash = h.Hash
	return heads
}
