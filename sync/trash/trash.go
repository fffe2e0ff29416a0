// Package trash keeps every version that latus displaced from a tree.
//
// A file or link that is overwritten, deleted or decided against is renamed to
// .latus/trash/RUN/N, on the same device, so nothing is copied and nothing can
// run out of space. A run that displaces many goes on in RUN.1, RUN.2 and so on. What it was stands in .latus/trash/list.jsonl, a line that
// is written and synced before the rename. A line whose file is not there is
// void: the rename never happened. A file without a line (the list was damaged)
// is still an item, with what the disk tells of it.
//
// What earlier runs left is read when it is first asked for: a run that displaces
// something, or finds nothing to do, costs the same however much there is.
//
// Nothing in the trash is ever removed but by Purge.
package trash

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"

	"latus/index"
	"latus/sync/digest"
	"latus/sync/tree"
)

const (
	folder      = index.Private + "/trash"
	staging     = index.Private + "/staging"
	listFile    = "list.jsonl"
	compactFile = listFile + ".new"
	totalFile   = "total.json"
)

var (
	// ErrUnknown: there is no item of that id.
	ErrUnknown = errors.New("not in the trash")
	// ErrChanged: a file is not as it was expected, and was left as it is.
	ErrChanged = errors.New("changed meanwhile")
	// ErrDamaged: a file in the trash has other content than it came with.
	ErrDamaged = errors.New("not as it was when it came into the trash")
	// ErrStranded: a displaced version could not be moved on nor back. It is
	// whole, in staging, and must not be cleaned away.
	ErrStranded = errors.New("left in staging")

	errReadOnly = errors.New("the trash was opened for reading")
)

// Item is one displaced version.
type Item struct {
	ID    string      // RUN.N, or RUN.K.N
	Path  index.Path  // where it stood; the ID where nothing is known of it
	Gen   index.GenID // the head whose bytes it has; zero: of none
	Kind  index.Kind  // File or Link
	Size  int64       // bytes; 0 for links
	Mtime int64       // nanoseconds since 1970 UTC
	Mode  uint32      // 07777
	Hash  index.Hash  // zero: not known
	Why   string      // "replaced", "deleted", "lost a conflict", …
	Run   string      // the run that displaced it
	At    int64       // when, nanoseconds since 1970 UTC
}

// Place is the path of the item's file below the root of the tree.
func (it Item) Place() index.Path {
	in, n, _ := splitID(it.ID)
	return folder + "/" + index.Path(in) + "/" + index.Path(n)
}

// Witness is how the item's file must look.
func (it Item) Witness() index.Witness {
	return index.Witness{Kind: it.Kind, Mode: it.Mode, Size: it.Size, Mtime: it.Mtime}
}

// splitID takes an id apart into the names of a folder and of a file in it.
func splitID(id string) (folder, n string, ok bool) {
	i := strings.LastIndexByte(id, '.')
	if i <= 0 || !index.ValidName(id[:i]) {
		return "", "", false
	}
	_, ok = number(id[i+1:])
	return id[:i], id[i+1:], ok
}

// folderOf is the k-th folder of a run, from 0.
func folderOf(run string, k int) string {
	if k == 0 {
		return run
	}
	return run + "." + strconv.Itoa(k)
}

// runOf is the run that has a folder of that name.
func runOf(folder string) string {
	run, _, _ := strings.Cut(folder, ".")
	return run
}

// number reads the name of a file in a run's folder.
func number(name string) (uint64, bool) {
	if name == "" || name[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(name, 10, 63)
	return n, err == nil && name[0] != '+'
}

// Trash is the trash of one tree. Its methods may be called by several
// goroutines; Purge and Restore need the tree's lock to be held.
//
// Who needs several of its locks takes them in the order in which they stand here: nobody
// who holds writing waits for mu.
type Trash struct {
	tree     tree.Tree
	readOnly bool

	passing sync.RWMutex // held for reading while something is on its way between its place and a slot

	mu       sync.RWMutex     // guards what follows
	loaded   bool             // what earlier sessions left is among what follows
	failed   error            // why it is not
	items    map[string]*Item // what is there
	order    []*Item          // the same, oldest first
	byKey    map[key]*Item
	byHash   map[index.Hash]*Item
	reserved map[string]*Item  // lines without a file, yet
	next     map[string]uint64 // by folder: the last number that is taken
	filling  map[string]int    // by run: which of its folders has room
	shared   []string          // new items that have another name elsewhere
	stirred  map[uint64]bool   // inodes with other names, whose change time was moved here
	void     int               // lines that tell of nothing
	bytes    int64
	others   bool // an item of an earlier session came or went before they were read

	writing sync.Mutex // guards what follows
	pending []byte     // lines not yet written
	torn    bool       // the list ends within a line
	named   bool       // the list is there after a power loss
	root    tree.Dir   // of the trash, once it was written to
	list    index.StoreFile
	held    map[string]tree.Dir // folders of runs
	made    map[string]bool     // folders that were made in this session
	before  *total              // of what earlier sessions left; nil: not known
}

// Open opens the trash of t. A tree that has none yet has an empty one. With
// readOnly nothing is ever written; else what a killed Restore left is put right.
func Open(t tree.Tree, readOnly bool) (*Trash, error) {
	tr := &Trash{
		tree: t, readOnly: readOnly, held: map[string]tree.Dir{}, made: map[string]bool{},
		items: map[string]*Item{}, byKey: map[key]*Item{}, byHash: map[index.Hash]*Item{},
		reserved: map[string]*Item{}, next: map[string]uint64{}, filling: map[string]int{}, stirred: map[uint64]bool{},
	}
	root, err := t.Open(folder)
	switch {
	case tree.IsNotExist(err):
		tr.loaded = true
	case err != nil:
		return nil, fmt.Errorf("reading the trash: %w", err)
	default:
		tr.before = readTotal(root)
		if err := root.Close(); err != nil {
			return nil, fmt.Errorf("reading the trash: %w", err)
		}
	}
	if !readOnly {
		if err := tr.finishRestores(); err != nil {
			tr.Close()
			return nil, fmt.Errorf("finishing a restore: %w", err)
		}
	}
	return tr, nil
}

// Close lets go of the trash's directories. What was reserved and not committed
// is forgotten.
func (t *Trash) Close() error {
	t.sum()
	t.writing.Lock()
	defer t.writing.Unlock()
	return t.release()
}

// release closes what is held open for writing. The caller holds t.writing.
func (t *Trash) release() error {
	errs := []error{t.closeFolders()}
	if t.list != nil {
		errs = append(errs, t.list.Close())
		t.list = nil
	}
	if t.root != nil {
		errs = append(errs, t.root.Close())
		t.root = nil
	}
	return errors.Join(errs...)
}

// look takes over what the disk shows.
func (it *Item) look(w index.Witness) {
	it.Kind, it.Mtime, it.Mode, it.Size = w.Kind, w.Mtime, w.Mode, 0
	if w.Kind == index.File {
		it.Size = w.Size
	}
}

// Intact tells whether an item is what it was when it came into the trash. A file
// with another hard link may have been changed through that.
func (t *Trash) Intact(it Item) bool {
	if it.Kind != index.File {
		return true
	}
	f, err := t.Read(it.ID)
	if err != nil {
		return false
	}
	defer f.Close()
	i, err := f.Stat()
	return err == nil && i.Size == it.Size && t.tree.Traits().SameTime(i.Witness, it.Witness())
}

// Verify reads an item that is a file, and compares it with the item's hash, if that
// is known: ErrDamaged.
func (t *Trash) Verify(ctx context.Context, it Item) error {
	if it.Kind != index.File || !it.Hash.Known() {
		return nil
	}
	f, err := t.Read(it.ID)
	if err != nil {
		return err
	}
	defer f.Close()
	h, err := digest.Copy(ctx, f, nil)
	if err == nil && h != it.Hash {
		err = ErrDamaged
	}
	return err
}

// Read opens the content of an item that is a file.
func (t *Trash) Read(id string) (tree.File, error) {
	it, ok := t.Get(id)
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: id, Err: ErrUnknown}
	}
	dir, name := it.Place().Split()
	d, err := t.tree.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Read(name)
}
