package scan

import (
	"context"
	"sync"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/tree"
)

// suspect is a file of the size and mtime of the one that was there, and another
// one by its inode or birth time: put in its place, or copied with the whole tree.
type suspect struct {
	*Found
	recorded index.Hash // of what was there; zero: unknown
	moved    bool       // it is what stood at another path
}

// sameFile tells whether nothing in two witnesses of files says that they are two.
func sameFile(a, b index.Witness) bool {
	return (a.Inode == b.Inode || a.Inode == 0 || b.Inode == 0) &&
		(a.Btime == b.Btime || a.Btime == 0 || b.Btime == 0)
}

// lookInto tells files that were replaced from those that were only copied or put
// back from a backup. Where a hash is recorded the content decides. Where none is,
// a file that stood elsewhere in this tree is another one; so is one that nobody
// has seen, unless most files are: then the tree was copied, and size and mtime
// are believed.
func (w *walk) lookInto(ctx context.Context, r *Result, workers int) {
	list := w.suspects(r)
	if len(list) == 0 {
		return
	}
	w.findMoved(list)
	copied := len(list) > r.stayed
	var todo []suspect
	for _, s := range list {
		switch {
		case !s.recorded.Known() && !s.moved && copied:
		case s.Hash.Known(): // all files are read
			s.Replaced = s.Hash != s.recorded
		default:
			todo = append(todo, s)
		}
	}
	r.Problems = append(r.Problems, w.readAll(ctx, todo, workers)...)
}

func (w *walk) suspects(r *Result) (list []suspect) {
	for i := range r.Changed {
		f := &r.Changed[i]
		if f.Witness.Kind != index.File || f.Witness.Size == 0 {
			continue
		}
		e := w.index.Get(f.Path)
		if e == nil || e.Witness.Kind != index.File || e.Witness.Size != f.Witness.Size ||
			!w.traits.SameTime(e.Witness, f.Witness) || sameFile(e.Witness, f.Witness) {
			continue
		}
		if head, live := plan.Display(e.Acked()); live && head.Kind == index.File {
			list = append(list, suspect{Found: f, recorded: head.Hash})
		}
	}
	return list
}

// findMoved finds those that the index has seen at another path. It passes over
// all entries, only where a hash does not decide.
func (w *walk) findMoved(list []suspect) {
	by := map[identity]*suspect{}
	for i := range list {
		if id, ok := identify(list[i].Witness); ok && !list[i].recorded.Known() {
			by[id] = &list[i]
		}
	}
	if len(by) == 0 {
		return
	}
	for e := range w.index.Survey() {
		if id, ok := identify(e.Witness); ok {
			if s := by[id]; s != nil {
				s.moved = true
			}
		}
	}
}

// readAll hashes files, several at a time.
func (w *walk) readAll(ctx context.Context, list []suspect, workers int) (problems []Problem) {
	if workers <= 0 {
		workers = tree.Parallel(w.tree, defaultWorkers)
	}
	work := make(chan suspect)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range min(workers, len(list)) {
		wg.Go(func() {
			for s := range work {
				if err := w.readInto(ctx, s); err != nil {
					mu.Lock()
					problems = append(problems, Problem{s.Path, tree.Why(err), false})
					mu.Unlock()
				}
			}
		})
	}
	for _, s := range list {
		if ctx.Err() != nil {
			break
		}
		work <- s
	}
	close(work)
	wg.Wait()
	return problems
}

func (w *walk) readInto(ctx context.Context, s suspect) error {
	parent, name := s.Path.Split()
	dir, err := w.reopen(parent)
	if err != nil {
		return err
	}
	defer dir.Close()
	info, err := dir.Stat(name)
	if err != nil {
		return err
	}
	if w.with(info, s.Witness) != s.Witness {
		return errWriting
	}
	sum, seen, err := stable(ctx, dir, name, info)
	if err != nil {
		return err
	}
	if w.with(seen, s.Witness) != s.Witness {
		return errWriting
	}
	s.Hash, s.Replaced = sum, sum != s.recorded
	return nil
}
