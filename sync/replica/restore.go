package replica

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/trash"
	"latus/sync/tree"
)

// Restored is what a Restore put back, and where.
type Restored struct {
	Path  index.Path
	Item  trash.Item
	Lacks []string // why it does not have its extended attributes, or its owner: problems of the path
}

// Restore puts a copy of an item of the trash, the one that pick names, into the tree
// at path: at to, in to if that is a directory, or where it was if to is "". It is
// logged as a run, and can be undone like one; to the next run it is an edit. Beside
// an error, the Restored tells what was to be restored, or is nil.
func Restore(ctx context.Context, path string, o Options, to index.Path, pick func(*trash.Trash) (trash.Item, error)) (put *Restored, err error) {
	r, err := holding(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, r.Close()) }()
	if err := r.readTrash(); err != nil {
		return nil, err
	}
	it, err := pick(r.trash)
	if err != nil {
		return nil, err
	}
	if to, err = r.restoreAt(it, to); err != nil {
		return nil, err
	}
	log, run, err := r.beginLog()
	if err != nil {
		return nil, err
	}
	defer log.Close()
	log.Start(r.runStart(run, index.CommandRestore))
	// Should it be killed, the log tells of it all the same.
	if err := log.Flush(false); err != nil {
		return nil, err
	}
	done, failed := r.trash.Restore(ctx, it.ID, to, r.now(), run, r.versionAt(to))
	end := index.RunEnd{Run: run, Time: r.now(), Changes: 1, Problems: len(done.Lacks)}
	if failed == nil {
		log.Add(r.restored(run, it, to, done))
		end.Exit = exitOf(context.WithoutCancel(ctx), nil, end.Problems)
	} else {
		end.Changes, end.Problems, end.Exit = 0, 1, exitOf(ctx, failed, 1)
	}
	log.End(end)
	if err = cmp.Or(failed, log.Flush(true)); err == nil {
		r.restate(ctx)
	}
	return &Restored{Path: to, Item: it, Lacks: done.Lacks}, err
}

// ErrDirectory: a directory stands where a file was to be put.
var ErrDirectory = errors.New("a directory stands there")

// restoreAt is where an item goes that is to be put at to.
func (r *Replica) restoreAt(it trash.Item, to index.Path) (index.Path, error) {
	switch {
	case to == "":
		to = it.Path
	case r.isDir(to):
		to = to.Join(it.Path.Base())
	}
	if r.isDir(to) {
		return "", fmt.Errorf("%s: %w", to, ErrDirectory)
	}
	return to, nil
}

// isDir tells whether a directory of the tree stands at p.
func (r *Replica) isDir(p index.Path) bool {
	dir, name := p.Split()
	d, err := r.home.tree.Open(dir)
	if err != nil {
		return false
	}
	defer d.Close()
	i, err := d.Stat(name)
	return err == nil && i.Kind == index.Dir
}

// versionAt tells which version stands at p, as long as that is what the index has seen.
func (r *Replica) versionAt(p index.Path) trash.Known {
	return func(i tree.Info) (g index.GenID, hash index.Hash) {
		e := r.x.Get(p)
		if e == nil || !r.home.tree.Traits().Same(i, e.Witness, true) {
			return g, hash
		}
		if h, ok := plan.Display(e.Acked()); ok && h.Kind == i.Kind {
			return h.Gen, h.Hash
		}
		return g, hash
	}
}

// restored is what the log tells of a restored file.
func (r *Replica) restored(run string, it trash.Item, to index.Path, done trash.Done) index.Record {
	return index.Record{
		Run: run, Time: r.now(), Op: plan.Undelete.String(), Path: to, Kind: it.Kind, Size: it.Size, Mtime: it.Mtime,
		Mode: done.Now.Mode, Hash: it.Hash, Target: done.Target, OldGen: done.WasGen, Trash: done.Displaced, Why: "from trash " + it.ID,
		Was: index.Former{Kind: done.Was.Kind, Size: done.Was.Size, Mtime: done.Was.Mtime, Mode: done.Was.Mode},
	}
}
