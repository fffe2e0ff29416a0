package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/reason"
	"latus/sync/tree"
)

// maxPatterns bounds an ignore file, in bytes.
const maxPatterns = 1 << 20

// worker reads directories, one at a time, and keeps its own count.
type worker struct {
	*walk
	saw Result // without Changed
}

// listing is a directory while it is read.
type listing struct {
	*view
	names []string             // sorted
	infos map[string]tree.Info // what the listing showed of them, where it does
	ahead                      // what else is known of names, where the tree is distant
	found *findings
	subs  []task
	fresh bool     // the index has never seen it
	again []string // a second look at the names, where the filesystem folds them
}

// at is the path of name in l, or of l itself if that is "".
func (l *listing) at(name string) index.Path {
	if name == "" {
		return l.path
	}
	return l.path.Join(name)
}

// root reads the root, and fails where the tree is unreadable or lost.
func (w *worker) root(ctx context.Context, found *findings) error {
	dir, err := w.tree.Open("")
	if err != nil {
		return err
	}
	self, err := dir.Self()
	if err != nil {
		dir.Close()
		return err
	}
	w.device = self.Device
	l := &listing{view: &view{dir: dir}, found: found}
	if err := w.list(l); err != nil {
		dir.Close()
		return err
	}
	if !slices.ContainsFunc(l.names, filter.IsPrivate) && w.lost(l) {
		dir.Close()
		return ErrLostRoot
	}
	w.children(ctx, l)
	return nil
}

// lost tells whether the index has seen something in l, and all of it is gone.
func (w *worker) lost(l *listing) bool {
	seen := false
	for c := range w.index.Children(l.path) {
		if c.Witness.Kind == index.Absent {
			continue
		}
		seen = true
		if _, there := slices.BinarySearch(l.names, string(c.Name)); there {
			return false
		}
	}
	return seen
}

// directory reads one directory below the root.
func (w *worker) directory(ctx context.Context, t task) {
	dir, err := w.enter(t)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, tree.ErrNotDir), errors.Is(err, tree.ErrIsLink):
		w.lookAgain(ctx, t)
		return
	case err != nil:
		w.problem(t.path, t.child, tree.Why(err), true)
		return
	}
	l := &listing{view: &view{path: t.path, dir: dir}, found: t.found}
	self, err := w.self(dir)
	if err == nil {
		err = w.list(l)
	}
	if err != nil {
		dir.Close()
		w.problem(t.path, t.child, tree.Why(err), true)
		return
	}
	if l.fresh = t.child == nil; l.fresh { // so is everything below
		l.found.list = slices.Grow(l.found.list, 1+len(l.names))
	}
	w.known(t.child)
	w.compare(ctx, l, "", t.child, self)
	w.children(ctx, l)
}

func (w *worker) enter(t task) (tree.Dir, error) {
	if t.parent.dir == nil {
		return w.tree.Open(t.path)
	}
	return t.parent.dir.OpenDir(t.path.Base())
}

// self looks at a directory itself, which must be on the filesystem of the root.
func (w *walk) self(dir tree.Dir) (tree.Info, error) {
	info, err := dir.Self()
	if err == nil && info.Device != w.device {
		err = reason.Mount
	}
	return info, err
}

// reopen holds a directory that was read before.
func (w *walk) reopen(path index.Path) (tree.Dir, error) {
	dir, err := w.tree.Open(path)
	if err != nil {
		return nil, err
	}
	if _, err := w.self(dir); err != nil {
		dir.Close()
		return nil, err
	}
	return dir, nil
}

// lookAgain looks once more at what was a directory a moment ago.
func (w *worker) lookAgain(ctx context.Context, t task) {
	v := t.parent
	if v.dir == nil {
		dir, err := w.reopen(v.path)
		if err != nil {
			w.problem(t.path, t.child, tree.Why(err), true)
			return
		}
		defer dir.Close()
		v = &view{path: v.path, dir: dir, scope: v.scope}
	}
	l := &listing{view: v, found: t.found}
	w.look(ctx, l, t.path.Base(), t.child)
	if len(l.subs) > 0 {
		w.problem(t.path, t.child, reason.Words("changed while it was looked at"), true)
	}
}

// list reads the names and the patterns of a directory.
func (w *worker) list(l *listing) error {
	var names []string
	var err error
	if d, ok := l.dir.(tree.Lister); ok {
		names, l.infos, err = d.Look()
	} else {
		names, err = l.dir.List()
	}
	if err != nil {
		return err
	}
	slices.Sort(names)
	names = w.written(l.dir, l.path, names)
	l.names = names
	if _, there := slices.BinarySearch(names, filter.File); there {
		patterns, err := ReadPatterns(l.dir)
		if err != nil {
			return fmt.Errorf("its %s cannot be read: %w", filter.File, unnamed(err))
		}
		w.filter.Set(l.path, patterns)
	}
	l.scope = w.filter.In(l.path)
	return nil
}

// stat looks at a name, unless the listing has shown it.
func (l *listing) stat(name string) (tree.Info, error) {
	if info, seen := l.infos[name]; seen {
		return info, nil
	}
	return l.dir.Stat(name)
}

// ReadPatterns reads the ignore file of a directory; nil where there is none. One that is not
// a regular file says nothing, as in git.
func ReadPatterns(dir tree.Dir) ([]byte, error) {
	info, err := dir.Stat(filter.File)
	if err != nil || info.Kind != index.File {
		return nil, ignoreNotExist(err)
	}
	f, err := dir.Read(filter.File)
	if err != nil {
		return nil, ignoreNotExist(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPatterns+1))
	if err == nil && len(text) > maxPatterns {
		err = errors.New("it is larger than 1 MiB: make it shorter, with patterns that stand for many names")
	}
	return text, err
}

func ignoreNotExist(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
