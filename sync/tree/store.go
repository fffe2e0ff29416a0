package tree

import (
	"io"

	"latus/index"
)

// Store lets an index keep its files in d, the held private folder of a tree.
// Closing d stays the caller's.
func Store(d Dir) index.Store { return store{d} }

type store struct{ d Dir }

// storeMode: an index names files whose directories others may not read.
const storeMode = 0o600

func (s store) Open(name string) (io.ReadCloser, error) {
	f, err := s.d.Read(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (s store) Append(name string) (index.StoreFile, error) {
	f, err := s.open(name)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (s store) Create(name string) (index.StoreFile, error) {
	f, err := s.open(name)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(0); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (s store) open(name string) (File, error) {
	f, err := s.d.Write(name)
	if IsNotExist(err) {
		f, err = s.d.Create(name, storeMode)
	}
	return f, err
}

func (s store) Rename(old, new string) error { return s.d.Replace(old, s.d, new) }
func (s store) Remove(name string) error     { return s.d.Remove(name) }
func (s store) SyncDir() error               { return s.d.Sync() }
