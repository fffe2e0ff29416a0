package merge

import (
	"container/list"
	"errors"
	"sync"

	"latus/index"
	"latus/sync/tree"
)

// maxHeld bounds the directories held open. One action needs two at most.
const maxHeld = 64

// dirs holds the directories that were used last. Several goroutines may use it
// for a distant tree, whose directories need no closing.
type dirs struct {
	tree tree.Tree
	mu   sync.Mutex
	held map[index.Path]*list.Element
	used *list.List // of *heldDir, last used first
}

type heldDir struct {
	path index.Path
	dir  tree.Dir
}

func newDirs(t tree.Tree) *dirs {
	return &dirs{tree: t, held: map[index.Path]*list.Element{}, used: list.New()}
}

// of holds the directory that p lies in. What it returns is good until two more
// were asked for.
func (d *dirs) of(p index.Path) (dir tree.Dir, name string, err error) {
	parent, name := p.Split()
	dir, err = d.open(parent)
	return dir, name, err
}

func (d *dirs) open(p index.Path) (tree.Dir, error) {
	d.mu.Lock()
	if e := d.held[p]; e != nil {
		defer d.mu.Unlock()
		d.used.MoveToFront(e)
		return e.Value.(*heldDir).dir, nil
	}
	d.mu.Unlock()
	dir, err := d.tree.Open(p)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.held[p]; e != nil { // another was faster
		d.let(e)
	}
	d.held[p] = d.used.PushFront(&heldDir{p, dir})
	if d.used.Len() > maxHeld {
		d.let(d.used.Back())
	}
	return dir, nil
}

func (d *dirs) let(e *list.Element) error {
	h := d.used.Remove(e).(*heldDir)
	delete(d.held, h.path)
	return h.dir.Close()
}

// drop lets go of p and everything below it, which no longer are where they were.
func (d *dirs) drop(p index.Path) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for e := d.used.Front(); e != nil; {
		next := e.Next()
		if h := e.Value.(*heldDir); h.path == p || h.path.Under(p) {
			d.let(e)
		}
		e = next
	}
}

func (d *dirs) close() error {
	var errs []error
	for d.used.Len() > 0 {
		errs = append(errs, d.let(d.used.Front()))
	}
	return errors.Join(errs...)
}
