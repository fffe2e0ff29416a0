package trash

import (
	"slices"

	"latus/index"
	"latus/sync/tree"
)

// An item that has another name elsewhere (a hard link) may change through that.
// Whoever displaced it can give it bytes of its own.

// shares notes what a look at a new item showed.
func (t *Trash) shares(id string, i tree.Info) {
	if i.Kind != index.File || i.Links < 2 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shared = append(t.shared, id)
}

// Shared returns, once, the items that came with another name elsewhere.
func (t *Trash) Shared() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	ids := t.shared
	t.shared = nil
	return ids
}

// Renew puts dir/name, a durable copy of it, in the place of an item's file.
func (t *Trash) Renew(id string, dir tree.Dir, name string) error {
	run, n, err := t.slot(id)
	if err != nil {
		return err
	}
	return dir.Replace(name, run, n)
}

// Discard removes an item right after it was displaced: its bytes stand, under
// the same path, in a file of their own. Its line is void then.
func (t *Trash) Discard(id string) error {
	run, n, err := t.slot(id)
	if err != nil {
		return err
	}
	if err := run.Remove(n); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.empty(id)
	t.shared = slices.DeleteFunc(t.shared, func(s string) bool { return s == id })
	return nil
}
