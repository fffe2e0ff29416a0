package trash

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"

	"latus/index"
	"latus/sync/tree"
)

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
	root, _, err := hold(private, "trash")
	if err != nil {
		return err
	}
	t.named, t.torn, err = listEnd(root)
	if err == nil {
		if err = root.Remove(totalFile); tree.IsNotExist(err) {
			err = nil
		}
	}
	if err == nil && !t.named {
		err = private.Sync()
	}
	if err != nil {
		root.Close()
		return err
	}
	t.root = root
	return nil
}

// listEnd tells whether there is a list, and whether it ends within a line.
func listEnd(root tree.Dir) (named, torn bool, err error) {
	f, err := root.Read(listFile)
	if tree.IsNotExist(err) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	defer f.Close()
	i, err := f.Stat()
	if err != nil || i.Size == 0 {
		return false, false, err
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], i.Size-1); err != nil && err != io.EOF {
		return false, false, err
	}
	return true, last[0] != '\n', nil
}

// hold opens a directory, which is made if need be.
func hold(in tree.Dir, name string) (d tree.Dir, made bool, err error) {
	d, err = in.OpenDir(name)
	if !tree.IsNotExist(err) {
		return d, false, err
	}
	err = in.Mkdir(name, 0o700)
	if err != nil && !tree.IsExist(err) {
		return nil, false, err
	}
	made = err == nil
	d, err = in.OpenDir(name)
	return d, made, err
}

// folder holds a folder of a run. ours: it was made in this session.
func (t *Trash) folder(name string) (d tree.Dir, ours bool, err error) {
	t.writing.Lock()
	defer t.writing.Unlock()
	if d, held := t.held[name]; held {
		return d, t.made[name], nil
	}
	if !index.ValidName(name) || name == listFile || name == compactFile || name == totalFile {
		return nil, false, &fs.PathError{Op: "trash", Path: name, Err: fs.ErrInvalid}
	}
	if err := t.open(); err != nil {
		return nil, false, err
	}
	d, made, err := hold(t.root, name)
	if err != nil {
		return nil, false, err
	}
	t.held[name], t.made[name] = d, made || t.made[name]
	return d, t.made[name], nil
}

func (t *Trash) slot(id string) (tree.Dir, string, error) {
	folder, n, ok := splitID(id)
	if !ok {
		return nil, "", &fs.PathError{Op: "trash", Path: id, Err: ErrUnknown}
	}
	d, _, err := t.folder(folder)
	return d, n, err
}

// LetGo closes the folders of runs if many are held open. It is for who has made
// durable what was renamed into them; nobody may use a slot meanwhile.
func (t *Trash) LetGo() error {
	t.writing.Lock()
	defer t.writing.Unlock()
	if len(t.held) <= heldMost {
		return nil
	}
	return t.closeFolders()
}

// closeFolders closes what is held of runs. The caller holds t.writing.
func (t *Trash) closeFolders() error {
	var errs []error
	for name, d := range t.held {
		errs = append(errs, d.Close())
		delete(t.held, name)
	}
	return errors.Join(errs...)
}

// Slot translates between ids and the form that plan lines have: a slash before N.
func Slot(id string) string {
	folder, n, _ := splitID(id)
	return folder + "/" + n
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
	for _, d := range t.held {
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
	if err := t.Fill(id, dir, name); err != nil {
		return err
	}
	t.shares(id, i)
	return nil
}

// filled makes the item of a slot visible.
func (t *Trash) filled(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if it := t.reserved[id]; it != nil {
		delete(t.reserved, id)
		t.void--
		t.enter(it)
		return
	}
	t.others = t.others || !t.loaded
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
	t.others = t.others || it == nil && !t.loaded
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

// Places are the trash's own paths in t: its folder, all right in it, which is a few lists and
// a folder for each run, but nothing in these.
func Places(t tree.Tree) []index.Path {
	at := index.Path(folder)
	d, err := t.Open(at)
	if err != nil {
		return nil
	}
	defer d.Close()
	names, _ := d.List() // those that there are
	ps := []index.Path{at}
	for _, name := range names {
		ps = append(ps, at.Join(name))
	}
	return ps
}
