package trash

import (
	"fmt"
	"strconv"

	"latus/index"
	"latus/sync/tree"
)

// A slot is a place in the trash that a line promises to a version which is about
// to be displaced. It is reserved, committed, and only then filled.

const (
	// folderSlots are in a folder. Filesystems look through a directory, or through a
	// block of it, name by name, and do so three times to rename a file into it: a
	// folder of ten thousand made that twice as slow on ext4, and far worse on FAT.
	folderSlots = 100
	heldMost    = 64 // folders that are held open for longer than a batch
)

// Reserve promises a slot to it.Run and returns its id. The line is written by
// the next Commit. Without a Path it gets its id for one.
func (t *Trash) Reserve(it Item) (id string, err error) {
	if it.ID, err = t.number(it.Run); err != nil {
		return "", err
	}
	t.mu.Lock()
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

// number gives out an id that nothing in the trash has or had.
func (t *Trash) number(run string) (id string, err error) {
	for {
		name := t.roomy(run)
		_, ours, err := t.folder(name)
		if err == nil && !ours {
			err = t.Load() // which numbers are taken
		}
		if err != nil {
			return "", err
		}
		t.mu.Lock()
		n := t.next[name] + 1
		if n <= folderSlots {
			t.next[name] = n
		}
		t.mu.Unlock()
		if n <= folderSlots {
			return name + "." + strconv.FormatUint(n, 10), nil
		}
	}
}

// roomy is the first folder of a run that has room, as far as is known.
func (t *Trash) roomy(run string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.next[folderOf(run, t.filling[run])] >= folderSlots {
		t.filling[run]++
	}
	return folderOf(run, t.filling[run])
}

// Promise is Reserve for what a plan line says of it.ID, where the list does not
// tell of it any more: nobody else gets that slot, and what fills it, or did so
// already, is known by its path and version.
func (t *Trash) Promise(it Item) {
	folder, name, ok := splitID(it.ID)
	if !ok || t.readOnly {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.load()
	n, _ := number(name)
	t.next[folder] = max(t.next[folder], n)
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
