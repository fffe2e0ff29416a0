package trash

import (
	"errors"
	"fmt"
	"slices"

	"latus/sync/tree"
)

// PurgeOptions say what goes. An item goes if it is too old, or if it is the
// oldest while the trash is too large; one that Keep wants stays.
type PurgeOptions struct {
	OlderThan int64           // items from before, nanoseconds since 1970 UTC; 0: none
	MaxSize   int64           // bytes to be left; negative: any
	Keep      func(Item) bool // nil: keeps none
}

// PurgeResult is what a purge removed.
type PurgeResult struct {
	Items int
	Bytes int64
	Kept  int // that would have gone but for PurgeOptions.Keep
}

// Purge removes items for good, and shortens the list. An item that cannot be
// removed stays, and is in the error; the others are removed all the same.
func (t *Trash) Purge(o PurgeOptions) (PurgeResult, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writing.Lock()
	defer t.writing.Unlock()
	var res PurgeResult
	if err := t.load(); err != nil {
		return res, err
	}
	if len(t.order) == 0 && t.void == 0 {
		return res, nil
	}
	if err := t.open(); err != nil {
		return res, fmt.Errorf("purging the trash: %w", err)
	}
	var errs []error
	doomed, kept := t.doomed(o)
	res.Kept = kept
	for _, it := range doomed {
		if err := t.remove(it); err != nil {
			errs = append(errs, fmt.Errorf("purging %s: %w", it.ID, err))
			continue
		}
		res.Items++
		res.Bytes += it.Size
	}
	if res.Items > 0 || t.void > 0 {
		t.order = slices.DeleteFunc(t.order, func(it *Item) bool { return t.items[it.ID] != it })
		if err := t.compact(); err != nil {
			errs = append(errs, fmt.Errorf("writing the list of the trash: %w", err))
		}
	}
	return res, errors.Join(errs...)
}

// Doomed is what a Purge would remove, oldest first, and how many are kept from it.
func (t *Trash) Doomed(o PurgeOptions) (gone []Item, kept int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(); err != nil {
		return nil, 0, err
	}
	doomed, kept := t.doomed(o)
	for _, it := range doomed {
		gone = append(gone, *it)
	}
	return gone, kept, nil
}

// doomed chooses what goes, oldest first, and counts what is kept from it.
func (t *Trash) doomed(o PurgeOptions) (gone []*Item, kept int) {
	byAge := slices.Clone(t.order)
	slices.SortStableFunc(byAge, func(a, b *Item) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
	left := t.bytes
	for _, it := range byAge {
		old := o.OlderThan != 0 && it.At < o.OlderThan
		large := o.MaxSize >= 0 && left > o.MaxSize
		empty := o.MaxSize == 0 // links have no size and go, too
		if !old && !large && !empty {
			continue
		}
		if o.Keep != nil && o.Keep(*it) {
			kept++
			continue
		}
		left -= it.Size
		gone = append(gone, it)
	}
	return gone, kept
}

func (t *Trash) remove(it *Item) error {
	run, n, _ := splitID(it.ID)
	d, err := t.root.OpenDir(run)
	if err == nil {
		defer d.Close()
		err = d.Remove(n)
	}
	if err != nil && !tree.IsNotExist(err) {
		return err
	}
	t.forget(it)
	return nil
}

// compact writes a list of what is left and removes folders that are empty. It
// comes after the removals: a line too many is void, a file without a line is not.
func (t *Trash) compact() error {
	var text []byte
	for _, it := range t.order {
		text = appendLine(text, it)
	}
	store := tree.Store(t.root)
	f, err := store.Create(compactFile)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if t.list != nil {
		err = t.list.Close()
		t.list = nil
	}
	if err == nil {
		err = store.Rename(compactFile, listFile)
	}
	if err != nil {
		return err
	}
	t.void, t.torn, t.pending = 0, false, nil
	clear(t.reserved)
	if err := t.closeFolders(); err != nil {
		return err
	}
	names, err := t.root.List()
	if err != nil {
		return err
	}
	for _, run := range names {
		err := t.root.Rmdir(run)
		if err != nil && !errors.Is(err, tree.ErrNotEmpty) && !errors.Is(err, tree.ErrNotDir) {
			return err
		}
	}
	return store.SyncDir()
}
