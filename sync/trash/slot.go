package trash

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"latus/index"
	"latus/sync/tree"
)

// A slot is a place in the trash that a line promises to a version which is about
// to be displaced. It is reserved, committed, and only then filled.

// Reserve promises a slot to it.Run and returns its id. The line is written by
// the next Commit.
func (t *Trash) Reserve(it Item) (id string, err error) {
	if _, err := t.run(it.Run); err != nil {
		return "", err
	}
	t.mu.Lock()
	t.next[it.Run]++
	it.ID = it.Run + "." + strconv.FormatUint(t.next[it.Run], 10)
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

// Commit writes and syncs the lines of all that was reserved.
func (t *Trash) Commit() error {
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

// open makes and holds the folder. The caller holds t.writing.
func (t *Trash) open() error {
	if t.root != nil {
		return nil
	}
	if t.readOnly {
		return errReadOnly
	}
	private, err := t.tree.Open(index.Private)
	if err != nil {
		return err
	}
	defer private.Close()
	if t.root, err = hold(private, "trash"); err != nil || t.named {
		return err
	}
	return private.Sync()
}

// hold opens a directory, which is made if need be.
func hold(in tree.Dir, name string) (tree.Dir, error) {
	d, err := in.OpenDir(name)
	if !tree.IsNotExist(err) {
		return d, err
	}
	if err := in.Mkdir(name, 0o700); err != nil && !tree.IsExist(err) {
		return nil, err
	}
	return in.OpenDir(name)
}

// run holds the folder of a run.
func (t *Trash) run(name string) (tree.Dir, error) {
	t.writing.Lock()
	defer t.writing.Unlock()
	if d := t.runs[name]; d != nil {
		return d, nil
	}
	if !index.ValidName(name) || name == listFile || name == compactFile {
		return nil, &fs.PathError{Op: "trash", Path: name, Err: fs.ErrInvalid}
	}
	if err := t.open(); err != nil {
		return nil, err
	}
	d, err := hold(t.root, name)
	if err != nil {
		return nil, err
	}
	t.runs[name] = d
	return d, nil
}

func (t *Trash) slot(id string) (tree.Dir, string, error) {
	run, n, ok := splitID(id)
	if !ok {
		return nil, "", &fs.PathError{Op: "trash", Path: id, Err: ErrUnknown}
	}
	d, err := t.run(run)
	return d, n, err
}

// Slot translates between ids and the form that plan lines have: RUN/N.
func Slot(id string) string {
	run, n, _ := splitID(id)
	return run + "/" + n
}

// SlotID is the reverse of Slot; "" if slot is none.
func SlotID(slot string) string {
	i := strings.LastIndexByte(slot, '/')
	if i < 0 {
		return ""
	}
	id := slot[:i] + "." + slot[i+1:]
	if _, _, ok := splitID(id); !ok {
		return ""
	}
	return id
}

// SyncDirs makes renames into the trash durable, where tree.Tree.Sync cannot.
func (t *Trash) SyncDirs() error {
	t.writing.Lock()
	defer t.writing.Unlock()
	var errs []error
	if t.root != nil {
		errs = append(errs, t.root.Sync())
	}
	for _, d := range t.runs {
		errs = append(errs, d.Sync())
	}
	return errors.Join(errs...)
}

// Look shows what is in a slot.
func (t *Trash) Look(id string) (tree.Info, error) {
	d, n, err := t.slot(id)
	if err != nil {
		return tree.Info{}, err
	}
	return d.Stat(n)
}

// Fill moves dir/name into a committed slot, whatever it is.
func (t *Trash) Fill(id string, dir tree.Dir, name string) error {
	run, n, err := t.slot(id)
	if err != nil {
		return err
	}
	if err := dir.Rename(name, run, n); err != nil {
		return err
	}
	t.filled(id)
	return nil
}

// Return moves what is in a slot to dir/name, where nothing may be.
func (t *Trash) Return(id string, dir tree.Dir, name string) error {
	run, n, err := t.slot(id)
	if err != nil {
		return err
	}
	if err := run.Rename(n, dir, name); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if it := t.empty(id); it != nil {
		t.reserved[id] = it
	}
	return nil
}

// Shelve moves dir/name into a slot of its own. What the disk shows of it
// replaces kind, size, mtime and mode of it.
func (t *Trash) Shelve(it Item, dir tree.Dir, name string) error {
	i, err := dir.Stat(name)
	if err != nil {
		return err
	}
	if i.Kind != index.File && i.Kind != index.Link {
		return &fs.PathError{Op: "trash", Path: name, Err: fs.ErrInvalid}
	}
	it.look(i.Witness)
	id, err := t.Reserve(it)
	if err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return err
	}
	return t.Fill(id, dir, name)
}

// filled makes the item of a slot visible.
func (t *Trash) filled(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if it := t.reserved[id]; it != nil {
		delete(t.reserved, id)
		t.void--
		t.enter(it)
	}
}

// filledBy does so for something else than was promised: the bytes of no head.
// Its line is best effort, the file is in the trash whatever becomes of it.
func (t *Trash) filledBy(id string, i tree.Info) error {
	t.mu.Lock()
	it := t.reserved[id]
	if it == nil {
		t.mu.Unlock()
		return nil
	}
	other := *it
	other.look(i.Witness)
	other.Gen, other.Hash, other.Why = index.GenID{}, index.Hash{}, ErrChanged.Error()
	t.reserved[id] = &other
	t.void++
	t.mu.Unlock()
	t.filled(id)
	t.writing.Lock()
	t.pending = appendLine(t.pending, &other)
	t.writing.Unlock()
	return t.Commit()
}

// empty takes the item of a slot out whose file has gone, and whose line is void
// now; nil if there is none. The caller holds t.mu.
func (t *Trash) empty(id string) *Item {
	it := t.items[id]
	if it != nil {
		t.forget(it)
		t.order = slices.DeleteFunc(t.order, func(o *Item) bool { return o == it })
		t.void++
	}
	return it
}

// forget makes an item invisible, except in t.order. The caller holds t.mu.
func (t *Trash) forget(it *Item) {
	delete(t.items, it.ID)
	t.bytes -= it.Size
	if k := (key{it.Path, it.Gen}); t.byKey[k] == it {
		delete(t.byKey, k)
	}
	if t.byHash[it.Hash] == it {
		delete(t.byHash, it.Hash)
	}
}
