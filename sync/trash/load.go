package trash

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"latus/index"
	"latus/sync/tree"
)

// Load reads what earlier sessions left, unless that was done. Methods that need it do
// so by themselves; those that cannot tell of a failure find nothing then, and Err and
// Commit tell of it.
func (t *Trash) Load() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.load()
}

// Err tells why what earlier sessions left could not be read, if it was asked for.
func (t *Trash) Err() error {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.failed
}

// rlock locks t.mu for reading, once all that is there is known.
func (t *Trash) rlock() {
	t.mu.RLock()
	if !t.loaded {
		t.mu.RUnlock()
		_ = t.Load() // see Err
		t.mu.RLock()
	}
}

// load is Load for those who hold t.mu.
func (t *Trash) load() error {
	if !t.loaded {
		t.loaded = true
		if err := t.read(); err != nil {
			t.failed = fmt.Errorf("reading the trash: %w", err)
		}
	}
	return t.failed
}

// read reads the list and looks which of its files are there. What this session
// reserved is known already: whatever happens to it meanwhile, it is either among the
// items or among what is reserved, or gone from the disk.
func (t *Trash) read() error {
	root, err := t.tree.Open(folder)
	if tree.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	there, err := contents(root, tree.Parallel(t.tree, 1))
	if err != nil {
		return err
	}
	text, err := readList(root)
	if err != nil {
		return err
	}
	t.fill(parseList(string(text)), there)
	return t.adopt(root, there)
}

// files are the numbers of the files in a run's folder, in order, and which of
// them have a line.
type files struct {
	numbers []uint64
	claimed []bool
}

func (f files) claim(n uint64) bool {
	i, found := slices.BinarySearch(f.numbers, n)
	if found {
		f.claimed[i] = true
	}
	return found
}

// contents lists the files of each run, so many runs at a time.
func contents(root tree.Dir, many int) (map[string]files, error) {
	names, err := root.List()
	if err != nil {
		return nil, err
	}
	there := map[string]files{}
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(many)
	for _, run := range names {
		if run == listFile || run == compactFile || run == totalFile {
			continue
		}
		g.Go(func() error {
			f, is, err := numbered(root, run)
			if err == nil && is {
				mu.Lock()
				defer mu.Unlock()
				there[run] = f
			}
			return err
		})
	}
	return there, g.Wait()
}

// numbered lists the folder of a run, if it is one.
func numbered(root tree.Dir, run string) (f files, is bool, err error) {
	d, err := root.OpenDir(run)
	if errors.Is(err, tree.ErrNotDir) || errors.Is(err, tree.ErrIsLink) || tree.IsNotExist(err) {
		return f, false, nil // no folder, or a purge has just removed it
	}
	if err != nil {
		return f, false, err
	}
	defer d.Close()
	ns, err := d.List()
	f = files{numbers: make([]uint64, 0, len(ns)), claimed: make([]bool, len(ns))}
	for _, name := range ns {
		if n, ok := number(name); ok {
			f.numbers = append(f.numbers, n)
		}
	}
	slices.Sort(f.numbers)
	return f, true, err
}

func readList(root tree.Dir) ([]byte, error) {
	f, err := root.Read(listFile)
	if tree.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	i, err := f.Stat()
	if err != nil {
		return nil, err
	}
	text := make([]byte, i.Size)
	n, err := io.ReadFull(f, text)
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		err = nil
	}
	return text[:n], err
}

// fill takes over the lines whose files are there. Of two lines with one id the
// later counts, and what this session knows of it before any.
func (t *Trash) fill(lines []Item, there map[string]files) {
	mine, own := t.order, t.items
	t.items = make(map[string]*Item, len(lines))
	t.byKey = make(map[key]*Item, len(lines))
	t.byHash = make(map[index.Hash]*Item, len(lines))
	t.order, t.bytes = make([]*Item, 0, len(lines)), 0
	for i := range slices.Backward(lines) {
		it := &lines[i]
		run, name, _ := splitID(it.ID)
		n, _ := number(name)
		t.next[run] = max(t.next[run], n)
		filled := there[run].claim(n)
		switch {
		case own[it.ID] != nil:
		case t.items[it.ID] != nil || t.reserved[it.ID] != nil:
			t.void++
		case filled:
			t.items[it.ID] = it
			t.order = append(t.order, it)
		default:
			t.void++
			t.reserved[it.ID] = it
		}
	}
	slices.Reverse(t.order)
	for _, it := range t.order {
		t.find(it)
	}
	for _, it := range mine {
		t.enter(it)
	}
}

// adopt makes items of the files that no line tells of.
func (t *Trash) adopt(root tree.Dir, there map[string]files) error {
	for _, run := range slices.Sorted(maps.Keys(there)) {
		f := there[run]
		if !slices.Contains(f.claimed[:len(f.numbers)], false) {
			continue
		}
		d, err := root.OpenDir(run)
		if err != nil {
			return err
		}
		err = t.adoptRun(d, run, f)
		d.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *Trash) adoptRun(d tree.Dir, folder string, f files) error {
	self, err := d.Self()
	if err != nil {
		return err
	}
	for i, n := range f.numbers {
		if f.claimed[i] {
			continue
		}
		t.next[folder] = max(t.next[folder], n)
		name := strconv.FormatUint(n, 10)
		info, err := d.Stat(name)
		if err != nil {
			return err
		}
		id := folder + "." + name
		if info.Kind != index.File && info.Kind != index.Link || t.items[id] != nil || t.reserved[id] != nil {
			continue
		}
		it := &Item{ID: id, Path: index.Path(id), Why: "unknown", Run: runOf(folder), At: self.Mtime}
		it.look(info.Witness)
		t.enter(it)
	}
	return nil
}
