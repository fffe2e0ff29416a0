package trash

import (
	"fmt"
	"strconv"

	"latus/index"
	"latus/sync/tree"
)

// A slot is a place in the trash that a line promises to a version which is about
// to be displaced. It is reserved, committed, and only then filled.

// Reserve promises a slot to it.Run and returns its id. The line is written by
// the next Commit. Without a Path it gets its id for one.
func (t *Trash) Reserve(it Item) (id string, err error) {
	d, err := t.run(it.Run)
	if err == nil && !d.fresh {
		err = t.Load() // which numbers are taken
	}
	if err != nil {
		return "", err
	}
	t.mu.Lock()
	t.next[it.Run]++
	it.ID = it.Run + "." + strconv.FormatUint(t.next[it.Run], 10)
	if it.Path == "" {
		it.Path = index.Path(it.ID)
	}
	t.reserved[it.ID] = &it
	t.void++
	t.mu.Unlock()
	t.writing.Lock()
	t.pending = appendLine(t.pending, &it)
	t.writing.Unlock()
	return it.ID, nil
}

// Promise is Reserve for what a plan line says of it.ID, where the list does not
// tell of it any more: nobody else gets that slot, and what fills it, or did so
// already, is known by its path and version.
func (t *Trash) Promise(it Item) {
	run, name, ok := splitID(it.ID)
	if !ok || t.readOnly {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.load()
	n, _ := number(name)
	t.next[run] = max(t.next[run], n)
	old := t.items[it.ID]
	if t.reserved[it.ID] != nil || old != nil && string(old.Path) != old.ID {
		return
	}
	t.writing.Lock()
	t.pending = appendLine(t.pending, &it)
	t.writing.Unlock()
	if old == nil {
		t.reserved[it.ID] = &it
		t.void++
		return
	}
	t.forget(old)
	*old = it
	t.items[it.ID] = old
	t.find(old)
}

// Learn notes the hash of the version gen of p, if its bytes are here and had none.
// The line is written by the next Commit.
func (t *Trash) Learn(p index.Path, gen index.GenID, h index.Hash) {
	t.mu.Lock()
	t.load()
	it := t.byKey[key{p, gen}]
	if it == nil || it.Hash.Known() || it.Kind != index.File || t.readOnly {
		t.mu.Unlock()
		return
	}
	it.Hash = h
	t.byHash[h] = it
	t.void++ // the line that did not know it
	line := appendLine(nil, it)
	t.mu.Unlock()
	t.writing.Lock()
	t.pending = append(t.pending, line...)
	t.writing.Unlock()
}

// Commit writes and syncs the lines of all that was reserved. It fails where what
// earlier runs left was asked for and cannot be read.
func (t *Trash) Commit() error {
	if err := t.Err(); err != nil {
		return err
	}
	t.writing.Lock()
	defer t.writing.Unlock()
	if len(t.pending) == 0 {
		return nil
	}
	if err := t.flush(); err != nil {
		return fmt.Errorf("writing the list of the trash: %w", err)
	}
	return nil
}

func (t *Trash) flush() error {
	if err := t.open(); err != nil {
		return err
	}
	if t.list == nil {
		f, err := tree.Store(t.root).Append(listFile)
		if err != nil {
			return err
		}
		t.list = f
	}
	text := t.pending
	if t.torn {
		text = append([]byte{'\n'}, text...)
	}
	t.torn = true
	if _, err := t.list.Write(text); err != nil {
		return err
	}
	if err := t.list.Sync(); err != nil {
		return err
	}
	if !t.named {
		// A power loss may keep the plan lines that rest on this list, and lose
		// its name.
		if err := t.root.Sync(); err != nil {
			return err
		}
		t.named = true
	}
	t.torn, t.pending = false, t.pending[:0]
	return nil
}
