package watch

import (
	"context"
	"errors"

	"latus/index"
	"latus/sync/scan"
	"latus/sync/tree"
)

// again watches what is not watched yet at top and below, by the patterns that there
// are now.
func (w *Watcher) again(ctx context.Context, top index.Path) error {
	t, err := w.open()
	if err != nil {
		return w.stands()
	}
	defer t.Close()
	return w.add(ctx, t, top)
}

// entered watches p, and all below it, if it is a directory.
func (w *Watcher) entered(ctx context.Context, p index.Path) (isDir bool, err error) {
	t, err := w.open()
	if err != nil {
		return false, w.stands()
	}
	defer t.Close()
	d, err := t.Open(p)
	if err != nil {
		return false, nil // a file, a link, or gone again
	}
	d.Close()
	return true, w.add(ctx, t, p)
}

// add watches the directory top and all below it. One that cannot be read, or has
// gone, is passed over: its parent tells of it.
func (w *Watcher) add(ctx context.Context, t tree.Tree, top index.Path) error {
	d, err := t.Open("")
	if err != nil {
		return err
	}
	root, err := d.Self()
	d.Close()
	if err != nil {
		return err
	}
	for todo := []index.Path{top}; len(todo) > 0; {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if err := ctx.Err(); err != nil {
			return err
		}
		subs, err := w.directory(t, p, root.Device)
		if err != nil {
			return err
		}
		todo = append(todo, subs...)
	}
	return nil
}

// directory watches one directory and returns those in it.
func (w *Watcher) directory(t tree.Tree, p index.Path, device uint64) ([]index.Path, error) {
	d, err := t.Open(p)
	if err != nil {
		return nil, passable(p, err)
	}
	defer d.Close()
	if self, err := d.Self(); err != nil || self.Device != device {
		return nil, passable(p, err)
	}
	// First this, then the names: what comes in between is told twice.
	if err := w.one(p); err != nil {
		return nil, err
	}
	var infos map[string]tree.Info
	var names []string
	if l, ok := d.(tree.Lister); ok {
		names, infos, err = l.Look()
	} else {
		names, err = d.List()
	}
	if err != nil {
		return nil, passable(p, err)
	}
	w.filter.Set(p, patterns(d))
	scope := w.filter.In(p)
	var subs []index.Path
	for _, name := range names {
		if !index.ValidName(name) {
			continue // .latus
		}
		info, seen := infos[name]
		if !seen {
			if info, err = d.Stat(name); err != nil {
				continue
			}
		}
		if sub := p.Join(name); info.Kind == index.Dir && !scope.Ignored(sub, true) {
			subs = append(subs, sub)
		}
	}
	return subs, nil
}

// one watches a directory itself.
func (w *Watcher) one(p index.Path) error {
	if w.watches(p) {
		return nil
	}
	if err := w.events.Add(w.name(p)); err != nil {
		if err = limited(err); errors.As(err, new(*LimitError)) || p == "" {
			return err
		}
		return nil // gone, or not to be read
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dirs[p] = true
	return nil
}

// passable is nil for what is wrong with a directory below the root: a scan says
// so.
func passable(p index.Path, err error) error {
	if p != "" {
		return nil
	}
	return err
}

// patterns is what the ignore file of a directory says; nil: there is none. One that a
// scan refuses says nothing: too much is watched rather than too little.
func patterns(d tree.Dir) []byte {
	text, err := scan.ReadPatterns(d)
	if err != nil {
		return nil
	}
	return text
}
