package scan

import (
	"latus/index"
	"latus/sync/plan"
)

// identity is what a file keeps when it is renamed. The birth time tells it from
// a new file that got the number of a deleted one.
type identity struct {
	kind  index.Kind
	inode uint64
	birth int64
	size  int64
	mtime int64
}

// identify fails where the filesystem has no lasting inodes or no birth times:
// witnesses are without them there.
func identify(w index.Witness) (identity, bool) {
	known := (w.Kind == index.File || w.Kind == index.Link) && w.Inode != 0 && w.Btime != 0
	id := identity{kind: w.Kind, inode: w.Inode, birth: w.Btime, mtime: w.Mtime}
	if w.Kind == index.File {
		id.size = w.Size
	}
	return id, known
}

// findMoves gives files and links that are new the origin they were renamed
// from. Each name that is gone serves one; a name that is still there, another
// link to the same file, serves none.
func (w *walk) findMoves(changed []Found) {
	gone := map[identity][]*index.Entry{}
	for i := range changed {
		if changed[i].Witness.Kind != index.Absent {
			continue
		}
		e := w.index.Get(changed[i].Path)
		if id, ok := identify(e.Witness); ok {
			gone[id] = append(gone[id], e)
		}
	}
	if len(gone) == 0 {
		return
	}
	for i := range changed {
		f := &changed[i]
		id, ok := identify(f.Witness)
		if !ok || len(gone[id]) == 0 {
			continue
		}
		if e := w.index.Get(f.Path); e != nil && e.Witness.Kind != index.Absent {
			continue
		}
		from := gone[id][0]
		head, ok := plan.Display(from.Acked())
		if !ok || head.Kind != f.Witness.Kind {
			continue
		}
		gone[id] = gone[id][1:]
		f.Origin = &index.Origin{Path: from.Path, Gen: head.Gen}
		if !f.Hash.Known() {
			f.Hash = head.Hash
		}
	}
}
