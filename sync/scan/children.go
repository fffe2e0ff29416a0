package scan

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"latus/index"
)

// children looks at every name that is in the directory or that the index has
// seen there, in order, and hands the subdirectories on. It closes l.dir in time.
func (w *worker) children(ctx context.Context, l *listing) {
	w.askAhead(l)
	rest := l.names
	for c := range w.index.Children(l.path) {
		for len(rest) > 0 && rest[0] < string(c.Name) {
			w.look(ctx, l, rest[0], nil)
			rest = rest[1:]
		}
		known := c
		if c.Stem {
			known = nil
		}
		if len(rest) > 0 && rest[0] == string(c.Name) {
			w.look(ctx, l, rest[0], known)
			rest = rest[1:]
		} else if c.Witness.Kind != index.Absent {
			w.lookMissing(ctx, l, string(c.Name), c)
		} else if c.Below {
			w.strays(l, string(c.Name))
		}
		if ctx.Err() != nil {
			break
		}
	}
	for _, name := range rest {
		if ctx.Err() != nil {
			break
		}
		w.look(ctx, l, name, nil)
	}
	w.add(l.view, l.subs)
}

// lookMissing looks at a name that the index has seen and the listing does not
// have.
func (w *worker) lookMissing(ctx context.Context, l *listing, name string, c *index.Child) {
	err := l.missing[name]
	if err == nil {
		_, err = l.dir.Stat(name)
	}
	if err == nil && (w.traits.FoldsCase || w.traits.Normalizes) && !w.listed(l, name) {
		err = fs.ErrNotExist // it answers to another name that is there
	}
	if errors.Is(err, fs.ErrNotExist) {
		w.absent(l, name, c)
		return
	}
	w.look(ctx, l, name, c)
}

// strays looks for what the index has seen below a directory that is gone, as it knows: its
// user moved it away, with what was in it, when a run was about to do so.
func (w *worker) strays(l *listing, name string) {
	p := l.path.Join(name)
	for e := range w.index.Below(p) {
		if e.Witness.Kind == index.Absent {
			continue
		}
		if _, err := l.dir.Stat(name); errors.Is(err, fs.ErrNotExist) {
			w.absentBelow(l, p)
		}
		return
	}
}

// listed tells whether name has come since the first listing.
func (w *worker) listed(l *listing, name string) bool {
	if l.again == nil {
		names, err := l.dir.List()
		if err != nil {
			return true // let the look decide
		}
		slices.Sort(names)
		l.again = w.written(l.dir, l.path, names)
	}
	_, there := slices.BinarySearch(l.again, name)
	return there
}
