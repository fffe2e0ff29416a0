package sync

import (
	"context"
	"fmt"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/trash"
)

// Restored is what a Restore put back, and where.
type Restored struct {
	Path index.Path
	Item trash.Item
}

// Restore puts a copy of an item of the trash, the one that pick names, into the tree
// at path: at to, or where it was if that is "". It is logged as a run, and can be
// undone like one; to the next run it is an edit. Beside an error, the Restored tells
// what was to be restored, or is nil.
func Restore(ctx context.Context, path string, o LocalOptions, to index.Path, pick func(*trash.Trash) (trash.Item, error)) (*Restored, error) {
	r, err := writing(path, o)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	it, err := pick(r.trash)
	if err != nil {
		return nil, err
	}
	if to == "" {
		to = it.Path
	}
	if err := r.lease(); err != nil {
		return nil, err
	}
	log, err := index.OpenLog(r.home.store())
	if err != nil {
		return nil, fmt.Errorf("%s: cannot write the log: %w", r.o.Spec, err)
	}
	defer log.Close()
	run := runName(r.o.Now(), r.o.Rand)
	log.Start(r.runStart(run, "restore"))
	// Should it be killed, the log tells of it all the same.
	if err := log.Flush(false); err != nil {
		return nil, err
	}
	done, failed := r.trash.Restore(ctx, it.ID, to, r.now(), run)
	end := index.RunEnd{Run: run, Time: r.now(), Changes: 1}
	if failed == nil {
		log.Add(r.restored(run, it, to, done))
	} else {
		end.Changes, end.Problems, end.Exit = 0, 1, 1
	}
	log.End(end)
	return &Restored{Path: to, Item: it}, first(failed, log.Flush(true))
}

// restored is what the log tells of a restored file.
func (r *Replica) restored(run string, it trash.Item, to index.Path, done trash.Done) index.Record {
	return index.Record{
		Run: run, Time: r.now(), Op: plan.Undelete.String(), Path: to, Kind: it.Kind, Size: it.Size, Mtime: it.Mtime,
		Mode: done.Now.Mode, Hash: it.Hash, Target: done.Target, Trash: done.Displaced, Why: "from trash " + it.ID,
		Was: index.Former{Kind: done.Was.Kind, Size: done.Was.Size, Mtime: done.Was.Mtime, Mode: done.Was.Mode},
	}
}
