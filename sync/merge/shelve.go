package merge

import (
	"latus/index"
	"latus/sync/plan"
	"latus/sync/trash"
	"latus/sync/tree"
)

// shelve moves dir/name into the trash: something that was lifted out of it.Path
// and can neither go on nor back. A directory goes file by file.
func shelve(tr *trash.Trash, x *index.Index, dir tree.Dir, name string, it trash.Item) error {
	i, err := dir.Stat(name)
	if err != nil {
		return err
	}
	if i.Kind != index.Dir {
		it.Why = "its place was taken"
		if e := x.Get(it.Path); e != nil {
			if h, ok := plan.Display(e.Acked()); ok && h.Kind == i.Kind && h.Size == i.Size {
				it.Gen, it.Hash = h.Gen, h.Hash
			}
		}
		return tr.Shelve(it, dir, name)
	}
	d, err := dir.OpenDir(name)
	if err != nil {
		return err
	}
	defer d.Close()
	names, err := d.List()
	if err != nil {
		return err
	}
	at := it.Path
	for _, child := range names {
		it.Path = at.Join(child)
		if err := shelve(tr, x, d, child, it); err != nil {
			return err
		}
	}
	return dir.Rmdir(name)
}
