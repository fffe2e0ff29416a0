package plan

import (
	"slices"

	"latus/index"
)

// Open returns the paths where it is not decided yet whether a version has lost, or where
// the bytes of one cannot be had, once for each such version, in order.
func (p *Plan) Open() []index.Path {
	paths := make([]index.Path, len(p.open))
	for i, q := range p.open {
		paths[i] = q.Path
	}
	return paths
}

// keeps tells whether a Keep of this plan has still to bring version gen of path,
// or it is not decided yet whether one is needed, or none can.
func (p *Plan) keeps(path index.Path, gen index.GenID) bool {
	keep, _ := slices.BinarySearchFunc(p.Actions, path, func(a Action, path index.Path) int {
		if a.Op != Keep {
			return -1
		}
		return index.Compare(a.Path, path)
	})
	for ; keep < len(p.Actions) && p.Actions[keep].Path == path; keep++ {
		if p.Actions[keep].Head.Gen == gen {
			return true
		}
	}
	open, _ := slices.BinarySearchFunc(p.open, path, func(q Question, path index.Path) int {
		return index.Compare(q.Path, path)
	})
	for ; open < len(p.open) && p.open[open].Path == path; open++ {
		if p.open[open].Gen == gen {
			return true
		}
	}
	return false
}
