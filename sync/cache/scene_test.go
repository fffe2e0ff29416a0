package cache

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"latus/index"
	"latus/sync/tree"
)

// meter is a Store that counts what is read of the index.
type meter struct {
	index.Store
	read atomic.Int64
}

func (m *meter) Open(name string) (io.ReadCloser, error) {
	f, err := m.Store.Open(name)
	if err != nil || name != index.FileName {
		return f, err
	}
	return &metered{f.(tree.File), m}, nil
}

type metered struct {
	tree.File
	m *meter
}

func (f *metered) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	f.m.read.Add(int64(n))
	return n, err
}

func (f *metered) ReadAt(p []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(p, at)
	f.m.read.Add(int64(n))
	return n, err
}

// scene is an index in one folder and copies of it in another.
type scene struct {
	*testing.T
	far, near string
	now       time.Time
}

func newScene(t *testing.T) *scene {
	dir := t.TempDir()
	s := &scene{T: t, far: filepath.Join(dir, "far"), near: filepath.Join(dir, "near", "indexes"), now: time.Now()}
	s.must(os.Mkdir(s.far, 0o777))
	return s
}

func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *scene) store(dir string) index.Store {
	s.Helper()
	tr, err := tree.OpenDisk(dir)
	s.must(err)
	d, err := tr.Open("")
	s.must(err)
	s.Cleanup(func() { d.Close(); tr.Close() })
	return tree.Store(d)
}

func (s *scene) index() string { return filepath.Join(s.far, index.FileName) }

// copies are the files in the cache.
func (s *scene) copies() []string {
	s.Helper()
	names, err := filepath.Glob(filepath.Join(s.near, "*"))
	s.must(err)
	return names
}

func (s *scene) theCopy() string {
	s.Helper()
	if names := s.copies(); len(names) == 1 && filepath.Ext(names[0]) != part {
		return names[0]
	}
	s.Fatalf("not one copy: %q", s.copies())
	return ""
}

// run loads the index with its copy, lets change change it, and closes both. It tells
// how much of the index was read.
func (s *scene) run(change func(*index.Index)) (read int64) {
	s.Helper()
	m := &meter{Store: s.store(s.far)}
	k := Store(m, s.near, "a tree", func() time.Time { return s.now })
	x, _, err := index.Load(k, false)
	s.must(err)
	if change != nil {
		change(x)
	}
	s.must(x.Close())
	if err := k.Close(); err != nil {
		s.Logf("closing: %v", err)
	}
	return m.read.Load()
}

// elsewhere changes the index as another machine does.
func (s *scene) elsewhere(change func(*index.Index)) {
	s.Helper()
	x, _, err := index.Load(s.store(s.far), false)
	s.must(err)
	change(x)
	s.must(x.Close())
}

// waste makes the index one that is worth compacting: a part of it changes again and
// again. Were it all of it, the file would be written anew by that.
func (s *scene) waste(size int64) {
	s.Helper()
	for s.elsewhere(s.put(0, many/4, size)); s.size() < 3<<20; {
		s.elsewhere(s.put(0, many/4, size))
	}
}

// put writes so many entries, as a generation of their own.
func (s *scene) put(from, to int, size int64) func(*index.Index) {
	return func(x *index.Index) {
		s.Helper()
		g := index.Generation{GenID: index.GenID{Author: 7, Tag: rand.Uint64() | 1}, Seq: x.Knowledge().NextSeq(7), Time: 1e18}
		tx := x.Begin()
		tx.Generation(g)
		for i := from; i < to; i++ {
			tx.Put(&index.Entry{Path: index.Path(fmt.Sprintf("d/file %06d", i)), Heads: []index.Head{{
				Gen: g.GenID, Kind: index.File, Size: size, Mtime: 1e18, Utime: 1e18, Clock: 1,
			}}})
		}
		s.must(tx.Commit(true))
	}
}

// state is all that matters of a loaded index.
func state(x *index.Index, d *index.Damage) string {
	var b bytes.Buffer
	if d != nil {
		fmt.Fprintf(&b, "damage %d %d %s %v\n", d.Line, d.Offset, d.Reason, d.Middle)
	}
	fmt.Fprintf(&b, "%d %x %v\n", x.Len(), x.Digest(), x.Knowledge().Counts())
	for e := range x.All() {
		fmt.Fprintf(&b, "%s %d %x\n", e.Path, e.Heads[0].Size, e.Heads[0].Gen)
	}
	return b.String()
}

// agree makes sure that the index says the same with its copy and without, and that
// it can be gone on with.
func (s *scene) agree() (read int64) {
	s.Helper()
	plain := filepath.Join(s.TempDir(), "plain")
	s.must(os.Mkdir(plain, 0o777))
	text, err := os.ReadFile(s.index())
	s.must(err)
	s.must(os.WriteFile(filepath.Join(plain, index.FileName), text, 0o600))
	x, d, err := index.Load(s.store(plain), false)
	s.must(err)
	want := state(x, d)
	s.must(x.Close())
	m := &meter{Store: s.store(s.far)}
	k := Store(m, s.near, "a tree", func() time.Time { return s.now })
	if x, d, err = index.Load(k, false); err != nil {
		s.Fatal(err)
	}
	if got := state(x, d); got != want {
		s.Fatalf("with a copy\n%.400s\nwithout\n%.400s", got, want)
	}
	s.put(0, 3, 77)(x)
	want = state(x, nil)
	s.must(x.Close())
	s.must(k.Close())
	if x, d, err = index.Load(s.store(s.far), false); err != nil {
		s.Fatal(err)
	}
	if got := state(x, d); got != want {
		s.Fatalf("written\n%.400s\nread\n%.400s", want, got)
	}
	s.must(x.Close())
	return m.read.Load()
}

const many = 5000

func (s *scene) size() int64 {
	s.Helper()
	info, err := os.Stat(s.index())
	s.must(err)
	return info.Size()
}

// spoil changes a byte of the index.
func (s *scene) spoil(at int64) { s.Helper(); s.spoilFile(s.index(), at) }

func (s *scene) spoilFile(name string, at int64) {
	s.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	s.must(err)
	b := []byte{0}
	_, err = f.ReadAt(b, at)
	s.must(err)
	b[0] ^= 1
	_, err = f.WriteAt(b, at)
	s.must(err)
	s.must(f.Close())
}
