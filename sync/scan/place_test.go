package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

var traits = tree.Traits{Clock: 1, ModeBits: 0o7777, Links: true, HardLinks: true, LinkTimes: true, StableInodes: true, BirthTimes: true}

// place is a tree under test with its index. Every operation of a scan on it
// passes by its hooks.
type place struct {
	testing.TB
	tree.Tree
	x      *index.Index
	traits tree.Traits
	tag    uint64

	before func(op string, p index.Path) error // before an operation on p: Open, List, Stat, …
	device func(p index.Path) uint64           // another device than the root's, if not 0
	held   atomic.Int32
	most   atomic.Int32 // that were held at a time
}

// onDisk and inMemory make empty places.
func onDisk(t testing.TB) *place {
	return onDiskAt(t, t.TempDir())
}

func onDiskAt(t testing.TB, dir string) *place {
	d, err := tree.OpenDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	return newPlace(t, d)
}

func newPlace(t testing.TB, tr tree.Tree) *place {
	p := &place{TB: t, Tree: tr, traits: traits}
	root, err := tr.Open("")
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := root.Mkdir(index.Private, 0o700); err != nil {
		t.Fatal(err)
	}
	private, err := tr.Open(index.Private)
	if err != nil {
		t.Fatal(err)
	}
	if p.x, _, err = index.Load(tree.Store(private), true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.x.Close()
		private.Close()
		tr.Close()
		if n := p.held.Load(); n != 0 {
			t.Errorf("%d directories are still held", n)
		}
	})
	return p
}

// everywhere runs a test on each kind of tree.
func everywhere(t *testing.T, test func(p *place)) {
	t.Run("disk", func(t *testing.T) { test(onDisk(t)) })
	t.Run("memory", func(t *testing.T) { test(newPlace(t, memory.New(memory.WithAttrs()))) })
}

func (p *place) Traits() tree.Traits { return p.traits }

func (p *place) Open(dir index.Path) (tree.Dir, error) {
	if err := p.hook("Open", dir); err != nil {
		return nil, err
	}
	d, err := p.Tree.Open(dir)
	return p.hold(d, dir), err
}

// in runs do in the directory that holds path, unhooked.
func (p *place) in(path index.Path, do func(d tree.Dir, name string) error) {
	p.Helper()
	d, err := p.Tree.Open(path.Dir())
	if err == nil {
		err = do(d, path.Base())
		d.Close()
	}
	if err != nil {
		p.Fatal(err)
	}
}

// old is an mtime long ago: nothing waits for its tick.
const old = int64(1_600_000_000_123_456_789)

// file writes a file, with the directories above it. mtime 0 leaves the clock's.
func (p *place) file(path index.Path, content string, mtime int64) {
	p.Helper()
	p.dir(path.Dir())
	p.in(path, func(d tree.Dir, name string) error {
		f, err := d.Create(name, 0o644)
		if errors.Is(err, fs.ErrExist) {
			if f, err = d.Write(name); err == nil {
				err = f.Truncate(0)
			}
		}
		if err != nil {
			return err
		}
		_, err = io.WriteString(f, content)
		if err == nil && mtime != 0 {
			err = f.Chtime(mtime)
		}
		return errors.Join(err, f.Close())
	})
}

func (p *place) dir(path index.Path) {
	p.Helper()
	if path == "" {
		return
	}
	if d, err := p.Tree.Open(path); err == nil { // as most are
		d.Close()
		return
	}
	p.dir(path.Dir())
	p.in(path, func(d tree.Dir, name string) error {
		if i, err := d.Stat(name); err == nil && i.Kind == index.Dir {
			return nil
		}
		return d.Mkdir(name, 0o755)
	})
}

// link makes a link, which is old where links can be given a time.
func (p *place) link(path index.Path, target string) {
	p.Helper()
	p.dir(path.Dir())
	p.in(path, func(d tree.Dir, name string) error {
		err := d.Symlink(target, name)
		if err == nil {
			err = d.Chtime(name, old)
		}
		if errors.Is(err, tree.ErrUnsupported) {
			return nil
		}
		return err
	})
}

func (p *place) rename(from, to index.Path) {
	p.Helper()
	p.in(from, func(a tree.Dir, name string) error {
		b, err := p.Tree.Open(to.Dir())
		if err != nil {
			return err
		}
		defer b.Close()
		return a.Rename(name, b, to.Base())
	})
}

// remove removes path and all below it.
func (p *place) remove(path index.Path) {
	p.Helper()
	p.in(path, func(d tree.Dir, name string) error {
		i, err := d.Stat(name)
		if err != nil {
			return err
		}
		if i.Kind != index.Dir {
			return d.Remove(name)
		}
		sub, err := d.OpenDir(name)
		if err != nil {
			return err
		}
		names, err := sub.List()
		sub.Close()
		for _, n := range names {
			p.remove(path.Join(n))
		}
		return errors.Join(err, d.Rmdir(name))
	})
}

// scan scans and fails the test on an error.
func (p *place) scan() *Result {
	p.Helper()
	return p.scanWith(Options{}, &stoppedClock{now: time.Now()})
}

func (p *place) scanWith(o Options, c clock) *Result {
	p.Helper()
	r, err := scan(context.Background(), p, p.x, o, c)
	if err != nil {
		p.Fatal(err)
	}
	if !slices.IsSortedFunc(r.Changed, func(a, b Found) int { return index.Compare(a.Path, b.Path) }) {
		p.Errorf("not in path order: %v", show(r))
	}
	return r
}

// stoppedClock stands still but for sleeps.
type stoppedClock struct {
	now   time.Time
	slept time.Duration
	while func(n int) // something that happens during the nth sleep
	n     int
}

func (c *stoppedClock) Now() time.Time { return c.now }

func (c *stoppedClock) Sleep(_ context.Context, d time.Duration) {
	c.n++
	if c.while != nil {
		c.while(c.n)
	}
	c.now = c.now.Add(d)
	c.slept += d
}

// acknowledge puts what was found into the index, as the disk's only version.
func (p *place) acknowledge(r *Result) {
	p.Helper()
	p.tag++
	g := index.Generation{GenID: index.GenID{Author: 1, Tag: p.tag}, Seq: p.tag, Time: old}
	tx := p.x.Begin()
	tx.Generation(g)
	for _, f := range r.Changed {
		w := f.Witness
		h := index.Head{Gen: g.GenID, Kind: w.Kind, Clock: 1, Size: w.Size, Mtime: w.Mtime, Utime: old, Target: f.Target, Hash: f.Hash}
		if w.Kind == index.Absent {
			h.Kind = index.Deleted
		}
		tx.Put(&index.Entry{Path: f.Path, Heads: []index.Head{h}, Witness: w})
	}
	if err := tx.Commit(false); err != nil {
		p.Fatal(err)
	}
}

// known scans and acknowledges: from now on only what is done next differs.
func (p *place) known() {
	p.Helper()
	p.acknowledge(p.scan())
}

// expect checks a Result in the form of show.
func (p *place) expect(r *Result, want ...string) {
	p.Helper()
	if got := show(r); !slices.Equal(got, want) {
		p.Errorf("found\n\t%q\nwant\n\t%q", got, want)
	}
}

// show tells a result in short: "+" something new or changed, "-" an absence,
// "!" a problem, "!/" one of all below too, "~" a special.
func show(r *Result) []string {
	var s []string
	for _, f := range r.Changed {
		line := "-" + string(f.Path)
		if f.Witness.Kind != index.Absent {
			line = fmt.Sprintf("+%s %v", f.Path, f.Witness.Kind)
		}
		if f.Origin != nil && f.Origin.Linked {
			line += " as " + string(f.Origin.Path)
		} else if f.Origin != nil {
			line += " from " + string(f.Origin.Path)
		}
		s = append(s, line)
	}
	for _, q := range r.Problems {
		line := "!"
		if q.Subtree {
			line = "!/"
		}
		s = append(s, line+string(q.Path)+": "+q.Reason.String())
	}
	for _, q := range r.Specials {
		s = append(s, "~"+string(q.Path))
	}
	return s
}

// ignoring makes a filter of command-line patterns.
func ignoring(patterns ...string) Options {
	return Options{Filter: filter.New(patterns)}
}

// join is the path on this machine of p in a tree on disk.
func (p *place) join(path index.Path) string {
	return filepath.Join(p.Where(), filepath.FromSlash(string(path)))
}

func (p *place) chmod(path index.Path, mode os.FileMode) {
	p.Helper()
	p.in(path, func(d tree.Dir, name string) error { return d.Chmod(name, uint32(mode)) })
}
