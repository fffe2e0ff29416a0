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
	t.stirred[i.Inode] = i.Inode != 0
}

// Share looks whether an item has another name elsewhere, and if so has it among the
// Shared ones. An empty slot has not.
func (t *Trash) Share(id string) {
	if _, filled := t.Get(id); !filled {
		return
	}
	if i, err := t.Look(id); err == nil {
		t.shares(id, i)
	}
}

// Stir notes that the run itself did something to a file with other names: the change
// time that these show has moved, and nobody edited them.
func (t *Trash) Stir(i tree.Info) {
	if i.Kind != index.File || i.Links < 2 || i.Inode == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stirred[i.Inode] = true
}

// Stirred is w, without a change time that the run itself may have moved through
// another name of the same file.
func (t *Trash) Stirred(w index.Witness) index.Witness {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.stirred[w.Inode] {
		w.Ctime = 0
	}
	return w
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
