package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/zeebo/blake3"

	"latus/index"
	"latus/internal/goroutines"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

func TestMain(m *testing.M) { goroutines.Main(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// random is n bytes that no other seed has.
func random(seed, n int) []byte {
	at := seed * 64
	return noise()[at : at+n : at+n]
}

var noise = sync.OnceValue(func() []byte {
	p := make([]byte, 34*block)
	rand.NewChaCha8([32]byte{}).Read(p)
	return p
})

// place is a tree with content, and what an index would say of it.
type place struct {
	t    testing.TB
	tree tree.Tree // read by the code under test
	user tree.Tree // the hands of a user

	mu    sync.Mutex
	found map[index.Path]Content
	finds int
}

func onDisk(t testing.TB) *place {
	d, err := tree.OpenDisk(t.TempDir())
	must(t, err)
	t.Cleanup(func() { d.Close() })
	d.(interface{ SetTraits(tree.Traits) }).SetTraits(tree.Traits{Clock: 1, StableInodes: true})
	return &place{t: t, tree: d, user: d, found: map[index.Path]Content{}}
}

func inMemory(t testing.TB, o ...memory.Option) *place {
	m := memory.New(o...)
	return &place{t: t, tree: m, user: m.User(), found: map[index.Path]Content{}}
}

// everywhere runs a test on a disk and in memory.
func everywhere(t *testing.T, test func(t *testing.T, p *place)) {
	t.Run("disk", func(t *testing.T) { test(t, onDisk(t)) })
	t.Run("memory", func(t *testing.T) { test(t, inMemory(t)) })
}

func (p *place) in(path index.Path, do func(d tree.Dir, name string) error) {
	p.t.Helper()
	dir, name := path.Split()
	d, err := p.user.Open(dir)
	must(p.t, err)
	defer d.Close()
	if err := do(d, name); err != nil {
		p.t.Fatalf("%s: %v", path, err)
	}
}

func (p *place) mkdir(path index.Path) {
	p.t.Helper()
	p.in(path, func(d tree.Dir, name string) error { return d.Mkdir(name, 0o755) })
}

func (p *place) remove(path index.Path) {
	p.t.Helper()
	p.in(path, func(d tree.Dir, name string) error { return d.Remove(name) })
}

func (p *place) rename(from, to index.Path) {
	p.t.Helper()
	p.in(from, func(d tree.Dir, name string) error {
		p.in(to, func(e tree.Dir, toName string) error { return d.Rename(name, e, toName) })
		return nil
	})
}

// create makes a file.
func (p *place) create(path index.Path, data []byte) {
	p.t.Helper()
	p.in(path, func(d tree.Dir, name string) error {
		f, err := d.Create(name, 0o644)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.Write(data)
		return err
	})
}

// change works on the open file path.
func (p *place) change(path index.Path, do func(f tree.File) error) {
	p.t.Helper()
	p.in(path, func(d tree.Dir, name string) error {
		f, err := d.Write(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return do(f)
	})
}

func overwrite(f tree.File, at int64, data []byte) error {
	_, err := f.Seek(at, io.SeekStart)
	if err == nil {
		_, err = f.Write(data)
	}
	return err
}

// touch gives path a time that it never had.
func (p *place) touch(path index.Path) {
	p.t.Helper()
	p.in(path, func(d tree.Dir, name string) error {
		i, err := d.Stat(name)
		if err != nil {
			return err
		}
		return d.Chtime(name, i.Mtime+5_000_000_000)
	})
}

// note makes what is at path the content of want.
func (p *place) note(want, path index.Path, h index.Hash) Want {
	p.t.Helper()
	var w Want
	p.in(path, func(d tree.Dir, name string) error {
		i, err := d.Stat(name)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.found[want] = Content{At: path, Witness: i.Witness, Hash: h}
		w = Want{Path: want, Size: i.Size}
		return err
	})
	return w
}

// file makes a file and the want of it.
func (p *place) file(path index.Path, data []byte) Want {
	p.t.Helper()
	p.create(path, data)
	return p.note(path, path, index.Hash{})
}

func (p *place) find(w Want) (Content, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.finds++
	c, ok := p.found[w.Path]
	return c, ok
}

func (p *place) files() *Files { return &Files{Tree: p.tree, Find: p.find} }

// send gets one content.
func (p *place) send(w Want) got {
	p.t.Helper()
	s := newCatcher(p.t, 1)
	must(p.t, p.files().Send(context.Background(), []Want{w}, s))
	return *s.all()[0]
}

// got is what a sink was told of one content.
type got struct {
	data  []byte
	hash  index.Hash
	done  bool
	why   error
	ended int
}

// is checks that data came, the last part of whole.
func (g *got) is(t testing.TB, data, whole []byte) {
	t.Helper()
	switch {
	case !g.done || g.ended != 1:
		t.Fatalf("not done but ended %d times, because %v", g.ended, g.why)
	case !bytes.Equal(g.data, data):
		t.Fatalf("%d bytes came, other than the %d expected", len(g.data), len(data))
	case g.hash != index.Hash(blake3.Sum256(whole)):
		t.Fatal("wrong hash")
	}
}

// lacks checks that nothing came because of why.
func (g *got) lacks(t testing.TB, why error) {
	t.Helper()
	if g.done || g.ended != 1 || !errors.Is(g.why, why) {
		t.Fatalf("done %v, ended %d times, because of %v and not of %v", g.done, g.ended, g.why, why)
	}
}

// catcher is a Sink that checks the order of calls.
type catcher struct {
	t    testing.TB
	in   []got
	busy []atomic.Bool
	fail func(op string, n int) error // nil: never
}

func newCatcher(t testing.TB, n int) *catcher {
	return &catcher{t: t, in: make([]got, n), busy: make([]atomic.Bool, n)}
}

func (c *catcher) call(op string, n int, do func(g *got)) error {
	if !c.busy[n].CompareAndSwap(false, true) {
		c.t.Errorf("%s of %d during another call for it", op, n)
	}
	defer c.busy[n].Store(false)
	if c.in[n].ended > 0 {
		c.t.Errorf("%s of %d, which has ended", op, n)
	}
	if c.fail != nil {
		if err := c.fail(op, n); err != nil {
			return err
		}
	}
	do(&c.in[n])
	return nil
}

func (c *catcher) Data(n int, p []byte) error {
	if len(p) == 0 || len(p) > 1<<20 {
		c.t.Errorf("%d bytes in one call", len(p))
	}
	return c.call("data", n, func(g *got) { g.data = append(g.data, p...) })
}

func (c *catcher) Done(n int, h index.Hash) error {
	return c.call("done", n, func(g *got) { g.done, g.hash = true, h; g.ended++ })
}

func (c *catcher) Missing(n int, why error) error {
	return c.call("missing", n, func(g *got) { g.why = why; g.ended++ })
}

// all is what came. Every content must have ended.
func (c *catcher) all() []*got {
	c.t.Helper()
	var gs []*got
	for n := range c.in {
		if c.in[n].ended != 1 {
			c.t.Fatalf("content %d ended %d times", n, c.in[n].ended)
		}
		gs = append(gs, &c.in[n])
	}
	return gs
}

func numbered(n int) index.Path { return index.Path(fmt.Sprintf("d%d/f%d", n/10, n)) }
