package index

import "io"

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
	LogName  = "log.jsonl"

	compactName = FileName + ".new"
	damagedName = FileName + ".damaged-"
)
