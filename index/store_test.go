package index

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
	"testing"
)

// memory is a Store in memory. It can be told to fail.
type memory struct {
	files map[string][]byte
	calls int // of anything that changes something
	fail  func(call string) error
	short int // how much of a failing write gets through
}

func newMemory() *memory { return &memory{files: map[string][]byte{}} }

func (m *memory) clone() *memory {
	c := newMemory()
	for name, b := range m.files {
		c.files[name] = slices.Clone(b)
	}
	return c
}

func (m *memory) call(name string) error {
	m.calls++
	if m.fail != nil {
		return m.fail(name)
	}
	return nil
}

func (m *memory) Open(name string) (io.ReadCloser, error) {
	b, ok := m.files[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (m *memory) Append(name string) (StoreFile, error) {
	if err := m.call("append"); err != nil {
		return nil, err
	}
	if _, ok := m.files[name]; !ok {
		m.files[name] = nil
	}
	return &memoryFile{m, name}, nil
}

func (m *memory) Create(name string) (StoreFile, error) {
	if err := m.call("create"); err != nil {
		return nil, err
	}
	m.files[name] = nil
	return &memoryFile{m, name}, nil
}

func (m *memory) Rename(old, new string) error {
	if err := m.call("rename"); err != nil {
		return err
	}
	m.files[new] = m.files[old]
	delete(m.files, old)
	return nil
}

func (m *memory) Remove(name string) error {
	if err := m.call("remove"); err != nil {
		return err
	}
	delete(m.files, name)
	return nil
}

func (m *memory) SyncDir() error { return m.call("syncdir") }

type memoryFile struct {
	m    *memory
	name string
}

func (f *memoryFile) Write(p []byte) (int, error) {
	if err := f.m.call("write"); err != nil {
		n := min(f.m.short, len(p))
		f.put(p[:n])
		return n, err
	}
	f.put(p)
	return len(p), nil
}

func (f *memoryFile) put(p []byte) {
	f.m.files[f.name] = append(f.m.files[f.name], p...)
}

func (f *memoryFile) Sync() error { return f.m.call("sync") }

func (f *memoryFile) Truncate(size int64) error {
	if err := f.m.call("truncate"); err != nil {
		return err
	}
	f.m.files[f.name] = f.m.files[f.name][:size]
	return nil
}

func (f *memoryFile) Close() error { return nil }

var errFault = errors.New("fault")

func mustLoad(t testing.TB, s Store) *Index {
	t.Helper()
	x, damage, err := Load(s, false)
	if err != nil {
		t.Fatal(err)
	}
	if damage != nil {
		t.Fatalf("damage: %+v", damage)
	}
	return x
}

// failingFile cannot be read.
type failingFile struct{}

func (failingFile) Read([]byte) (int, error) { return 0, errFault }
func (failingFile) Close() error             { return nil }
