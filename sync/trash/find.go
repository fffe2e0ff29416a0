package trash

import (
	"slices"

	"latus/index"
)

type key struct {
	path index.Path
	gen  index.GenID
}

// Items returns all items, newest first.
func (t *Trash) Items() []Item {
	t.rlock()
	defer t.mu.RUnlock()
	all := make([]Item, 0, len(t.order))
	for _, it := range slices.Backward(t.order) {
		all = append(all, *it)
	}
	slices.SortStableFunc(all, func(a, b Item) int {
		switch {
		case a.At > b.At:
			return -1
		case a.At < b.At:
			return 1
		}
		return 0
	})
	return all
}

// Find returns the item that has the bytes of one head.
func (t *Trash) Find(p index.Path, gen index.GenID) (Item, bool) {
	t.rlock()
	defer t.mu.RUnlock()
	return found(t.byKey[key{p, gen}])
}

// ByHash returns an item of that content.
func (t *Trash) ByHash(h index.Hash) (Item, bool) {
	t.rlock()
	defer t.mu.RUnlock()
	return found(t.byHash[h])
}

// Get returns the item of that id.
func (t *Trash) Get(id string) (Item, bool) {
	t.mu.RLock()
	it, ok := found(t.items[id])
	known := ok || t.loaded || t.reserved[id] != nil
	t.mu.RUnlock()
	if _, _, valid := splitID(id); known || !valid {
		return it, ok
	}
	t.rlock()
	defer t.mu.RUnlock()
	return found(t.items[id])
}

func found(it *Item) (Item, bool) {
	if it == nil {
		return Item{}, false
	}
	return *it, true
}

// enter makes it visible. The caller holds t.mu, or is alone.
func (t *Trash) enter(it *Item) {
	t.items[it.ID] = it
	t.order = append(t.order, it)
	t.find(it)
}

// find lets it be found. Of two with one key the later is.
func (t *Trash) find(it *Item) {
	t.bytes += it.Size
	if it.Gen != (index.GenID{}) {
		t.byKey[key{it.Path, it.Gen}] = it
	}
	if it.Hash.Known() {
		t.byHash[it.Hash] = it
	}
}
