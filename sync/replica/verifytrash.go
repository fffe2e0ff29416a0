package replica

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"latus/index"
	"latus/sync/reason"
	"latus/sync/trash"
	"latus/sync/tree"
)

// misled says that a link does not lead where it should. Making it anew is an edit: what
// it should be is told, and left to the user.
func (v *verification) misled(e *index.Entry, shown index.Head, is tree.Info, target string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.damaged = append(v.damaged, &damage{path: e.Path, head: shown, now: is,
		why: reason.Words(fmt.Sprintf("damaged: the link leads to %q, its time did not change, and %q is recorded", target, shown.Target))})
}

// trashed lists what of the trash can be checked, and adds it to what is to be read.
func (v *verification) trashed() []trash.Item {
	items := slices.DeleteFunc(v.r.trash.Items(), func(it trash.Item) bool { return it.Kind != index.File })
	for _, it := range items {
		v.progress.TotalBytes += it.Size
	}
	v.progress.TotalFiles += int64(len(items))
	return items
}

// readTrash compares displaced versions with their hashes. One that is damaged is said
// to be so, and stays: its bytes are nowhere else that anybody knows of.
func (v *verification) readTrash(ctx context.Context, items []trash.Item) error {
	for _, it := range items {
		err := v.r.trash.Verify(ctx, it)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case (err == nil || errors.Is(err, trash.ErrDamaged)) && !v.r.trash.Intact(it):
			v.rep.Trashed++
			v.verdict(Damaged, it.Path, "written to since it came to the trash ("+it.ID+"): by a program that had it open, or through another hard link")
		case errors.Is(err, trash.ErrDamaged):
			v.rep.Trashed++
			v.verdict(Damaged, it.Path, "damaged in the trash ("+it.ID+"): not as it was when it came there")
		case err != nil:
			v.problem(it.Path, tree.Why(err).After("cannot be read in the trash ("+it.ID+"): "))
		case !it.Hash.Known():
			v.verdict(Unchecked, it.Path, "in the trash ("+it.ID+"); never hashed")
		}
		v.advance(1, it.Size)
	}
	return nil
}
