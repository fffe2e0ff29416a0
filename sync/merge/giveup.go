package merge

import (
	"cmp"
	"errors"
	"io/fs"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/trash"
	"latus/sync/tree"
)

// promise tells the trash what a plan line fills. It knows that already, unless
// its list was damaged.
func (r *recovery) promise(i index.Intent) error {
	id := trash.SlotID(i.Trash)
	if id == "" {
		return nil
	}
	it := trash.Item{ID: id, Path: i.Path, Run: i.Run, Why: "replaced"}
	w := i.Old
	e := r.index.Get(i.Path)
	switch {
	case i.Op == plan.Keep.String():
		w, it.Gen, it.Hash, it.Why = i.New, i.Gen, i.Hash, "lost a conflict"
	case e != nil && e.Witness.Kind == w.Kind && e.Witness.Size == w.Size && e.Witness.Mtime == w.Mtime:
		if h, ok := plan.Display(e.Acked()); ok && h.Kind == w.Kind {
			it.Gen, it.Hash = h.Gen, h.Hash
		}
	}
	if i.Op == plan.Delete.String() {
		it.Why = "deleted"
	}
	if !live(w) {
		return nil
	}
	it.Kind, it.Size, it.Mtime, it.Mode = w.Kind, w.Size, w.Mtime, w.Mode
	if it.Kind == index.Link {
		it.Size = 0
	}
	there, err := r.trash.Look(id)
	if err != nil && !tree.IsNotExist(err) {
		return err
	}
	if err != nil || r.same(there, w) {
		r.trash.Promise(it)
	}
	return nil
}

// isOfPath tells whether an error says how things are at a path, rather than that
// the disk fails.
func isOfPath(err error) bool {
	for _, is := range []error{
		tree.ErrUnsupported, tree.ErrNotEmpty, tree.ErrIsDir, tree.ErrNotDir, tree.ErrIsLink, errChanged, fs.ErrInvalid, fs.ErrPermission,
	} {
		if errors.Is(err, is) {
			return true
		}
	}
	return tree.IsExist(err) || tree.IsNotExist(err)
}

// giveUp lets go of a plan line that no rule fits. What it has in staging goes to
// the trash. If not even that can be done it stays there, and so does the plan line.
func (r *recovery) giveUp(i index.Intent) error {
	r.note(line{path: i.Path, what: settled})
	for _, p := range []index.Path{i.Path, i.From} {
		if p == "" {
			continue
		}
		if dir, name, err := r.dirs.of(p); err == nil {
			if now, err := look(dir, name); err != nil || now.Kind != index.Absent {
				continue
			}
		}
		// Else the next scan takes it for deleted.
		r.note(line{path: p, what: moved})
	}
	if i.Staged == "" {
		return nil
	}
	up, err := look(r.stage.Dir(), i.Staged)
	if err != nil || !live(up.Witness) && i.Op != plan.Move.String() || up.Kind == index.Absent {
		return err
	}
	if err := r.shelve(i, cmp.Or(i.From, i.Path)); err != nil {
		if !isOfPath(err) {
			return err
		}
		r.stranded[i.Path], r.kept[i.Staged] = true, true
	}
	return nil
}
