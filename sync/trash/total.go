package trash

import (
	"encoding/json"
	"io"

	"latus/sync/tree"
)

// total is what .latus/trash/total.json says: how much is in the trash, so that a run
// can tell without reading the list. It goes before anything is displaced and is
// written anew at the end. One beside a list of another length is of no use: a run was
// killed, or a program wrote that knows of no totals.
type total struct {
	Items int   `json:"items"`
	Bytes int64 `json:"bytes"`
	List  int64 `json:"list"` // the length of list.jsonl, bytes
}

// readTotal returns nil if there is none that can be relied on.
func readTotal(root tree.Dir) *total {
	f, err := root.Read(totalFile)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	var sum total
	if err != nil || json.Unmarshal(text, &sum) != nil || sum.Items < 0 || sum.Bytes < 0 {
		return nil
	}
	if i, err := root.Stat(listFile); err != nil || i.Size != sum.List {
		return nil
	}
	return &sum
}

// Total tells how much there is.
func (t *Trash) Total() (items int, bytes int64) {
	t.writing.Lock()
	before := t.before
	t.writing.Unlock()
	t.mu.RLock()
	if !t.loaded && before != nil && !t.others {
		defer t.mu.RUnlock()
		return before.Items + len(t.items), before.Bytes + t.bytes
	}
	t.mu.RUnlock()
	t.rlock()
	defer t.mu.RUnlock()
	return len(t.items), t.bytes
}

// Empty tells that there is nothing, as far as that can be told at once.
func (t *Trash) Empty() bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.loaded && len(t.items) == 0
}

// sum leaves a note of the Total for the next session, if there is none. Without one that
// reads the list, so it is no failure if none can be left.
func (t *Trash) sum() {
	if !t.unsummed() {
		return
	}
	var sum total
	sum.Items, sum.Bytes = t.Total()
	t.writing.Lock()
	defer t.writing.Unlock()
	if t.open() != nil {
		return
	}
	i, err := t.root.Stat(listFile)
	if err != nil {
		return
	}
	sum.List = i.Size
	text, err := json.Marshal(sum)
	if err != nil {
		return
	}
	f, err := tree.Store(t.root).Create(totalFile)
	if err != nil {
		return
	}
	// What a power loss leaves of it is whole, or no JSON. Where whoever locked the tree
	// cannot sync all of it in the end, a device may be pulled after this.
	_, _ = f.Write(append(text, '\n'))
	if !t.tree.Traits().SyncAll {
		_ = f.Sync()
		_ = t.root.Sync()
	}
	_ = f.Close()
}

// unsummed tells whether the note went, or was not there when the list was read.
func (t *Trash) unsummed() bool {
	if t.readOnly || t.Err() != nil {
		return false
	}
	t.writing.Lock()
	written, noted := t.root != nil, t.before != nil
	t.writing.Unlock()
	t.mu.RLock()
	defer t.mu.RUnlock()
	return written || t.loaded && !noted && len(t.items) > 0
}
