package scan

import (
	"context"
	"sync"
	"sync/atomic"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/tree"
)

const (
	defaultWorkers = 4
	// maxHeld bounds the directories held open for those below them. Beyond it a
	// directory is opened by its path.
	maxHeld = 128
)

// walk is one scan under way.
type walk struct {
	tree     tree.Tree
	traits   tree.Traits
	index    *index.Index
	filter   *filter.Filter
	checksum bool
	owner    func(index.Owner, index.IDs) index.IDs
	attrs    bool
	racy     int64  // what has changed since may change again without its change time telling
	device   uint64 // of the root

	held atomic.Int32

	mu    sync.Mutex
	wake  sync.Cond
	tasks []task // last in, first out: few directories stay open
	open  int    // tasks not finished, waiting ones included
	ended bool   // no use going on
}

// task is a directory to be read.
type task struct {
	path   index.Path
	child  *index.Child // nil: not in the index
	parent *view
	found  *findings
}

// view is a directory that was read, for those below it.
type view struct {
	path  index.Path
	dir   tree.Dir // nil: not held
	scope filter.Scope
	users atomic.Int32
}

// findings is what one directory came to: itself and what is in it, in order.
// What is found below its subdirectories goes in between.
type findings struct {
	list []Found
	subs []sub
}

type sub struct {
	after int // so many of the list come first
	*findings
}

func (f *findings) count() int {
	n := len(f.list)
	for _, s := range f.subs {
		n += s.count()
	}
	return n
}

// appendTo puts everything in path order.
func (f *findings) appendTo(all []Found) []Found {
	done := 0
	for _, s := range f.subs {
		all = append(all, f.list[done:s.after]...)
		done = s.after
		all = s.appendTo(all)
	}
	return append(all, f.list[done:]...)
}

// run walks the tree. The caller sorts the problems.
func (w *walk) run(ctx context.Context, workers int) (*Result, error) {
	if workers <= 0 {
		workers = tree.Parallel(w.tree, defaultWorkers)
	}
	w.wake.L = &w.mu
	stop := context.AfterFunc(ctx, w.end)
	defer stop()

	var root findings
	first := &worker{walk: w}
	if err := first.root(ctx, &root); err != nil {
		return nil, err
	}
	all := []*worker{first}
	for len(all) < workers {
		all = append(all, &worker{walk: w})
	}
	var wg sync.WaitGroup
	for _, one := range all {
		wg.Go(func() { one.work(ctx) })
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &Result{Changed: root.appendTo(make([]Found, 0, root.count()))}
	for _, one := range all {
		r.Hashed = append(r.Hashed, one.saw.Hashed...)
		r.Problems = append(r.Problems, one.saw.Problems...)
		r.Specials = append(r.Specials, one.saw.Specials...)
		r.Bare = append(r.Bare, one.saw.Bare...)
		r.Kept = append(r.Kept, one.saw.Kept...)
		r.Nested = append(r.Nested, one.saw.Nested...)
		r.Files += one.saw.Files
		r.Bytes += one.saw.Bytes
		r.Lost += one.saw.Lost
		r.Was += one.saw.Was
		r.stayed += one.saw.stayed
	}
	return r, nil
}

// work reads directories until none is left. After the end it only lets go of
// what is held.
func (w *worker) work(ctx context.Context) {
	for {
		t, ok := w.next()
		if !ok {
			return
		}
		if ctx.Err() == nil {
			w.directory(ctx, t)
		}
		w.release(t.parent)
		w.finish()
	}
}

// next waits for a directory to read; false: there will be none.
func (w *walk) next() (task, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.tasks) == 0 && w.open > 0 && !w.ended {
		w.wake.Wait()
	}
	if len(w.tasks) == 0 {
		return task{}, false
	}
	last := len(w.tasks) - 1
	t := w.tasks[last]
	w.tasks[last] = task{}
	w.tasks = w.tasks[:last]
	return t, true
}

// add has the subdirectories of v read by whoever comes first, and keeps v open
// for them. The caller holds v.dir and gives it away.
func (w *walk) add(v *view, subs []task) {
	v.users.Store(int32(len(subs)))
	if len(subs) == 0 || w.held.Add(1) > maxHeld {
		v.dir.Close()
		v.dir = nil
		if len(subs) > 0 {
			w.held.Add(-1)
		}
	}
	w.mu.Lock()
	w.tasks = append(w.tasks, subs...)
	w.open += len(subs)
	w.mu.Unlock()
	w.wake.Broadcast()
}

func (w *walk) release(v *view) {
	if v.users.Add(-1) == 0 && v.dir != nil {
		v.dir.Close()
		w.held.Add(-1)
	}
}

func (w *walk) finish() {
	w.mu.Lock()
	w.open--
	last := w.open == 0
	w.mu.Unlock()
	if last {
		w.wake.Broadcast()
	}
}

func (w *walk) end() {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.wake.Broadcast()
}
