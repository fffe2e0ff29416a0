package site

import (
	"errors"
	"io"
	"os"

	"latus/index"
	"latus/sync/tree"
)

// Store is where the index lies; without a private folder, nothing is kept.
func (h *Home) Store() index.Store {
	if h.Dir == nil {
		return nothing{}
	}
	return tree.Store(h.Dir)
}

// nothing is the store of a tree that has no private folder: there is nothing
// in it, and nothing can be put there.
type nothing struct{}

var errNoHome = errors.New("the tree has no " + index.Private)

func (nothing) Open(string) (io.ReadCloser, error)     { return nil, os.ErrNotExist }
func (nothing) Append(string) (index.StoreFile, error) { return nil, errNoHome }
func (nothing) Create(string) (index.StoreFile, error) { return nil, errNoHome }
func (nothing) Rename(string, string) error            { return errNoHome }
func (nothing) Remove(string) error                    { return errNoHome }
func (nothing) SyncDir() error                         { return errNoHome }
