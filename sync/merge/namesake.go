package merge

import (
	"sync"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/stage"
	"latus/sync/tree"
)

// inodeMeta is a file and what a plan makes of it.
type inodeMeta struct {
	inode uint64
	stage.Meta
}

func (a *applier) inodeMetaOf(inode uint64, act *plan.Action) inodeMeta {
	m := metaOf(act)
	m.Mode &= a.stage.Traits().ModeBits
	return inodeMeta{inode, m}
}

// namesakes is how many names of a file the plan gives the same. Steps that go together ask
// and change that, so it is for its methods alone.
type namesakes struct {
	mu    sync.Mutex
	count func() map[inodeMeta]uint32 // what the plan says: few runs ask
	of    map[inodeMeta]uint32        // nil: not counted yet
}

// number is how many names of its file are to be like m.
func (k *namesakes) number(m inodeMeta) uint32 {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.counted()
	return k.of[m]
}

// more notes that one name more is to be like m.
func (k *namesakes) more(m inodeMeta) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.counted()
	k.of[m]++
}

// fewer notes that one name less is to be like m.
func (k *namesakes) fewer(m inodeMeta) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.counted()
	k.of[m]--
}

// counted sees to it that of is there. The caller holds mu.
func (k *namesakes) counted() {
	if k.of == nil {
		k.of = k.count()
	}
}

// countNamesAlike counts the names that the plan gives the same, file by file.
func (a *applier) countNamesAlike() map[inodeMeta]uint32 {
	alike := map[inodeMeta]uint32{}
	for n := range a.Plan.Actions {
		act := &a.Plan.Actions[n]
		switch {
		case act.Head.Kind != index.File:
		case act.Op == plan.Touch:
			alike[a.inodeMetaOf(act.Old.Inode, act)]++
		case act.Op == plan.Move:
			alike[a.inodeMetaOf(a.from[n].w.Inode, act)]++
		}
	}
	return alike
}

// alike tells whether the plan gives all names that a file has by now the mode and
// the mtime of act, and nothing else.
func (a *applier) alike(i tree.Info, act *plan.Action) bool {
	return i.Inode != 0 && a.namesAlike.number(a.inodeMetaOf(i.Inode, act)) == i.Links
}
