// Package watch tells that something in a tree has changed, by what the system
// says of its directories. What it was is for a scan to find out.
//
// It promises no more than to be quick: a system may lose events, and tells none of
// what other machines do on a network filesystem. Who must not miss anything looks
// now and then all the same.
//
// On Windows a watch holds a handle of every directory that is watched. What is above one
// of them can then be neither moved nor renamed, and a device not be ejected. The BSDs,
// but for macOS, refuse to unmount a filesystem that is watched.
package watch

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/tree"
)

// ErrLost is wrapped by Watcher.Err when the root is not what it was: moved away,
// deleted, unmounted, or mounted over.
var ErrLost = errors.New("the directory is not there any more")

// ErrMissed is wrapped by Watcher.Err when changes went by that nobody knows: it
// has to be begun again.
var ErrMissed = errors.New("changes went by")

// glance is how often the root is looked at: nobody tells that it was mounted over.
const glance = time.Minute

// Watcher watches one tree. Its methods may be called by several goroutines.
type Watcher struct {
	open    func() (tree.Tree, error)
	root    string // without links
	dev     uint64
	ino     uint64
	events  *fsnotify.Watcher
	filter  *filter.Filter
	changed chan struct{}
	done    chan struct{}
	stop    context.CancelFunc
	err     error // when done is closed

	mu   sync.Mutex
	dirs map[index.Path]bool // those that are watched
}

// Open begins to watch a tree: when it returns, no change goes by. What the
// patterns of the tree's own files and these patterns ignore is not watched, nor
// what is on another filesystem. open opens the tree; it is called again where
// directories are new. Nothing is held open in between but by the watch itself, so that
// a device can be unmounted where a watch does not forbid it. *LimitError: the system
// does not let so many directories be watched, and none is.
func Open(ctx context.Context, open func() (tree.Tree, error), patterns []string) (*Watcher, error) {
	t, err := open()
	if err != nil {
		return nil, err
	}
	defer t.Close()
	w := &Watcher{
		open: open, filter: filter.New(patterns), changed: make(chan struct{}, 1), done: make(chan struct{}),
		dirs: map[index.Path]bool{},
	}
	if w.root, w.dev, w.ino, err = tree.Identity(t.Where()); err != nil {
		return nil, err
	}
	if w.events, err = fsnotify.NewWatcher(); err != nil {
		return nil, limited(err)
	}
	// Only what Open returned would end it; Close does.
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	w.stop = stop
	if err := w.add(ctx, t, ""); err != nil {
		stop()
		w.events.Close()
		return nil, err
	}
	go func() {
		defer close(w.done)
		w.err = w.run(running)
		w.events.Close()
	}()
	return w, nil
}

// Changed gets a value when something has changed since the last one was taken.
func (w *Watcher) Changed() <-chan struct{} { return w.changed }

// Done is closed when nothing is watched any more; Err then says why.
func (w *Watcher) Done() <-chan struct{} { return w.done }

// Err is nil after Close.
func (w *Watcher) Err() error {
	<-w.done
	return w.err
}

// Dirs is how many directories are watched.
func (w *Watcher) Dirs() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.dirs)
}

// Close ends the watch.
func (w *Watcher) Close() error {
	w.stop()
	<-w.done
	return nil
}

// tell says that something has changed.
func (w *Watcher) tell() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// run takes in events until the watch ends.
func (w *Watcher) run(ctx context.Context) error {
	look := time.NewTicker(glance)
	defer look.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
			err = w.stands()
		case e, ok := <-w.events.Events:
			if !ok {
				return ErrLost
			}
			err = w.event(ctx, e)
		case failed, ok := <-w.events.Errors:
			switch {
			case !ok:
				return ErrLost
			case errors.Is(failed, fsnotify.ErrEventOverflow):
				// What was lost may have been of directories.
				err = fmt.Errorf("%w: too much changed at once", ErrMissed)
			default:
				err = fmt.Errorf("%w: %w", ErrMissed, failed)
			}
		}
		if err != nil && ctx.Err() == nil {
			w.tell()
			return err
		}
	}
}

// stands tells whether the root is still the directory that is watched.
func (w *Watcher) stands() error {
	_, dev, ino, err := tree.Identity(w.root)
	if err != nil || dev != w.dev || ino != w.ino {
		return fmt.Errorf("%s: %w", w.root, ErrLost)
	}
	return nil
}

// event judges what the system tells.
func (w *Watcher) event(ctx context.Context, e fsnotify.Event) error {
	p, ok := w.path(e.Name)
	if !ok {
		return nil
	}
	if p == "" {
		if e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename) {
			return w.stands()
		}
		return nil // permission bits of the root are no part of the tree
	}
	wasDir := w.watches(p)
	if wasDir && (e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename)) {
		w.forget(p)
	}
	if p.Base() == filter.File {
		w.tell()
		return w.again(ctx, p.Dir())
	}
	isDir := wasDir
	if e.Has(fsnotify.Create) && !w.filter.Ignored(p, true) {
		var err error
		if isDir, err = w.entered(ctx, p); err != nil {
			return err
		}
	}
	if !w.filter.Ignored(p, isDir) {
		w.tell()
	}
	return nil
}

// path makes a path in the tree of a name that the system tells; false: it is none
// that latus cares about.
func (w *Watcher) path(name string) (index.Path, bool) {
	if name == w.root {
		return "", true
	}
	rel, ok := strings.CutPrefix(name, strings.TrimSuffix(w.root, string(filepath.Separator))+string(filepath.Separator))
	if !ok {
		return "", false
	}
	p, err := index.ParsePath(filepath.ToSlash(rel))
	return p, err == nil // what is below .latus is no path
}

func (w *Watcher) watches(p index.Path) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dirs[p]
}

// forget lets go of a directory that has gone, and of all below it: under another
// name they are directories of their own.
func (w *Watcher) forget(gone index.Path) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p := range w.dirs {
		if p == gone || p.Under(gone) {
			delete(w.dirs, p)
			_ = w.events.Remove(w.name(p)) // it may know already
		}
	}
}

func (w *Watcher) name(p index.Path) string {
	if p == "" {
		return w.root
	}
	return filepath.Join(w.root, filepath.FromSlash(string(p)))
}
