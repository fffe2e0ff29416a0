package index

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Store is where an index keeps its files: the private folder of a tree. Errors
// for a missing file wrap fs.ErrNotExist.
type Store interface {
	Open(name string) (io.ReadCloser, error)
	Append(name string) (StoreFile, error) // for writing at the end; created if missing
	Create(name string) (StoreFile, error) // for writing, empty
	Rename(old, new string) error          // replaces new
	Remove(name string) error
	SyncDir() error // makes creations, renames and removals durable
}

// Recaller is a Store that can spare reading all of the index: what it was when it was
// read or written last is at hand.
type Recaller interface {
	// Recall opens FileName like Open, with what is at hand in the place of its
	// beginning. It may do so where all signs are that this is still the same; else
	// it returns nil, or an error. Whoever finds anything wrong with what it reads must
	// read the file itself, by Open, before it believes that.
	Recall() (io.ReadCloser, error)
}

// StoreFile is a file of a Store that is open for writing.
type StoreFile interface {
	io.Writer
	Sync() error
	Truncate(size int64) error
	io.Closer
}

// The names of an index's files in its Store. A damaged index is kept as
// FileName.damaged-N, with N from 1.
const (
	FileName = "index.jsonl"

	compactName = FileName + ".new"
	damagedName = FileName + ".damaged-"
)

// about is err with what was done to which file of a Store, once: where err is of such an
// operation on the same file, it says so itself.
func about(op, name string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) && at.Path == name {
		return err
	}
	return fmt.Errorf("%s %s: %w", op, name, err)
}
