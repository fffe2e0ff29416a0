package replica

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/plan"
	"latus/sync/trash"
	"latus/sync/tree"
)

// Restored is what became of an item that was to be put back, and where.
type Restored struct {
	Path  index.Path
	Item  trash.Item
	Lacks []string // why it does not have its extended attributes, or its owner: problems of the path
	Err   error    // of one of several: why it was not put back; nil: it was
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
	s, err := r.beginRestoring()
	if err != nil {
		return nil, err
	}
	defer s.log.Close()
	put, failed := s.put(ctx, it, to, trash.Known{Dir: s.hadDir})
	if failed == nil {
		ctx = context.WithoutCancel(ctx)
	}
	return put, s.end(ctx, failed)
}

// restoring is a run that puts items of the trash back.
type restoring struct {
	*Replica
	log      *mergelog.Log
	run      string
	changes  int
	problems int
	dirs     map[index.Path]trash.Dir // that went; nil: the log was not read yet
}

func (r *Replica) beginRestoring() (*restoring, error) {
	log, run, err := r.beginLog()
	if err != nil {
		return nil, err
	}
	log.Start(r.runStart(run, mergelog.CommandRestore))
	// Should it be killed, the log tells of it all the same.
	if err := log.Flush(false); err != nil {
		log.Close()
		return nil, err
	}
	return &restoring{Replica: r, log: log, run: run}, nil
}

// put puts a copy of an item at to. What it fails for is an error of its own.
func (s *restoring) put(ctx context.Context, it trash.Item, to index.Path, known trash.Known) (put *Restored, failed error) {
	known.Version = s.versionAt(to)
	done, failed := s.trash.Restore(ctx, it.ID, to, s.now(), s.run, known)
	for _, dir := range done.Made {
		s.log.Add(mergelog.Record{
			Run: s.run, Time: s.now(), Op: plan.Mkdir.String(), Path: dir.Path, Kind: index.Dir, Mtime: dir.Now.Mtime, Mode: dir.Now.Mode,
		})
	}
	s.changes += len(done.Made)
	if failed != nil {
		s.problems++
	} else {
		s.log.Add(s.restored(s.run, it, to, done))
		s.changes++
		s.problems += len(done.Lacks)
	}
	return &Restored{Path: to, Item: it, Lacks: done.Lacks}, failed
}

// hadDir tells what a directory was like when a run took it away, or moved it; or what the
// index remembers, where somebody else did.
func (s *restoring) hadDir(p index.Path) (trash.Dir, bool) {
	if s.dirs == nil {
		s.dirs = map[index.Path]trash.Dir{}
		had := func(p index.Path, was mergelog.Former) {
			if _, later := s.dirs[p]; !later && was.Kind == index.Dir {
				s.dirs[p] = trash.Dir{Mode: was.Mode, Owner: was.Owner}
			}
		}
		err := mergelog.Read(s.home.Store(), func(l mergelog.Run) bool { // newest first
			for i := range l.Records {
				switch rec := &l.Records[i]; rec.Op {
				case plan.Rmdir.String():
					had(rec.Path, rec.Was)
				case plan.Move.String():
					had(rec.From, rec.Took)
				}
			}
			return true
		})
		if err != nil {
			s.o.Log.Warn("the log cannot be read: directories get the usual permissions", "tree", s.o.Spec, "error", err)
		}
	}
	if was, ok := s.dirs[p]; ok {
		return was, true
	}
	if e := s.x.Get(p); e != nil && e.Mode.Set() {
		return trash.Dir{Mode: e.Mode.Value}, true
	}
	return trash.Dir{}, false
}

// end ends the log's run, which failed cut off.
func (s *restoring) end(ctx context.Context, failed error) error {
	s.log.End(mergelog.End{Run: s.run, Time: s.now(), Changes: s.changes, Problems: s.problems, Exit: exitOf(ctx, failed, s.problems)})
	err := cmp.Or(failed, s.log.Flush(true))
	if err == nil {
		s.restate(ctx)
	}
	return err
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
	d, err := r.home.Tree.Open(dir)
	if err != nil {
		return false
	}
	defer d.Close()
	i, err := d.Stat(name)
	return err == nil && i.Kind == index.Dir
}

// versionAt tells which version stands at p, as long as that is what the index has seen.
func (r *Replica) versionAt(p index.Path) func(tree.Info) (index.GenID, index.Hash) {
	return func(i tree.Info) (g index.GenID, hash index.Hash) {
		e := r.x.Get(p)
		if e == nil || !r.home.Tree.Traits().Same(i, e.Witness, true) {
			return g, hash
		}
		if h, ok := plan.Display(e.Acked()); ok && h.Kind == i.Kind {
			return h.Gen, h.Hash
		}
		return g, hash
	}
}

// restored is what the log tells of a restored file.
func (r *Replica) restored(run string, it trash.Item, to index.Path, done trash.Done) mergelog.Record {
	return mergelog.Record{
		Run: run, Time: r.now(), Op: plan.Undelete.String(), Path: to, Kind: it.Kind, Size: it.Size, Mtime: it.Mtime,
		Mode: done.Now.Mode, Hash: it.Hash, Target: done.Target, OldGen: done.WasGen, Trash: done.Displaced, Why: "from trash " + it.ID,
		Was: mergelog.Former{Kind: done.Was.Kind, Size: done.Was.Size, Mtime: done.Was.Mtime, Mode: done.Was.Mode},
	}
}
