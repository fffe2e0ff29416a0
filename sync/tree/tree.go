// Package tree is the only way latus touches a tree's files: operations
// confined to one root, on held directory handles, one name at a time.
//
// No symbolic link below the root is ever followed, no name has a separator in
// it, and nothing outside the root can be reached, whoever moves directories
// about meanwhile. The root itself may be a symbolic link.
//
// Disk is a Tree on a disk of this machine. It is there twice: in files that end in _unix,
// _linux or _darwin by system calls beside held descriptors, and in those that end in _root,
// for Windows and all else, over os.Root. With the build tag osroot the latter can be tried on
// Linux and macOS. Package memory has a Tree in memory, remote/sftp one over SFTP; treetest
// tries them all.
package tree

import (
	"errors"
	"io"
	"io/fs"

	"latus/index"
	"latus/sync/reason"
)

// Errors that callers tell apart, besides fs.ErrNotExist, fs.ErrExist and
// fs.ErrPermission. All errors are *fs.PathError with the operation and the name.
var (
	ErrNotDir      = errors.New("not a directory")
	ErrIsDir       = errors.New("a directory")
	ErrNotFile     = errors.New("not a regular file")
	ErrIsLink      = errors.New("a symbolic link")
	ErrNotEmpty    = errors.New("directory not empty")
	ErrCrossDevice = errors.New("on another device")
	ErrUnsupported = errors.New("not supported by this filesystem")
	ErrNoSpace     = error(reason.NoSpace) // also quota
	ErrReadOnly    = errors.New("read-only filesystem")
	ErrBadName     = errors.New("a name that cannot exist here") // too long, refused by the filesystem, or not one component
	ErrBusy        = errors.New("in use by another latus")       // see Lock
	ErrStopped     = errors.New("stopped")                       // nothing can be done any more: a kill, as a test sees it
)

// Info is what one look at a name shows. Size is that of a file, else 0; Mtime
// is shown for every kind.
type Info struct {
	index.Witness        // Kind is never Absent
	Device        uint64 // tells mount points inside a tree
	Links         uint32 // hard links to this inode
}

// Tree is one directory tree. Its methods may be called by several goroutines.
type Tree interface {
	// Open holds the directory at dir ("" is the root). Every component must be
	// a real directory: ErrIsLink, ErrNotDir or fs.ErrNotExist otherwise.
	// Private may be a component here: only latus's own code asks for it.
	Open(dir index.Path) (Dir, error)

	// Traits tells what the filesystem can do. See Probe.
	Traits() Traits

	// Sync makes durable everything written so far: content, names, metadata
	// (syncfs). Where that does not exist or means nothing (FUSE) it returns
	// ErrUnsupported, and the caller syncs each file and directory.
	Sync() error

	// Where is the absolute path of the root, for messages and for telling
	// trees apart; never for opening files.
	Where() string

	io.Closer
}

// Dir is a held directory. Names are single components. Methods may be called
// by several goroutines; Close once, when all are done.
type Dir interface {
	// List returns the names in the directory, in no order, without "." and "..".
	// Bytes are as the filesystem gives them.
	List() ([]string, error)
	Stat(name string) (Info, error) // does not follow links
	Self() (Info, error)            // the directory itself
	Readlink(name string) (string, error)

	// OpenDir holds a subdirectory: ErrIsLink or ErrNotDir for anything else.
	OpenDir(name string) (Dir, error)
	// Read opens a regular file for reading; never blocks on a FIFO, never
	// follows a link. ErrIsLink, ErrIsDir or ErrNotFile for anything else.
	Read(name string) (File, error)
	// Create makes a new file open for reading and writing; fs.ErrExist if
	// anything is there. As everywhere a mode is given for something new, the
	// umask takes its bits: Chmod afterwards where they matter.
	Create(name string, mode uint32) (File, error)
	// Write opens an existing regular file for reading and writing.
	Write(name string) (File, error)
	Mkdir(name string, mode uint32) error
	Symlink(target, name string) error
	// Hardlink makes name in this directory another name of fromName in from.
	Hardlink(from Dir, fromName, name string) error

	Remove(name string) error // a file, link or special: ErrIsDir otherwise
	Rmdir(name string) error  // an empty directory: ErrNotEmpty otherwise

	// Rename moves name to toName in to, which must not exist: fs.ErrExist
	// otherwise, atomically where Traits.NoReplace says so, else after a look.
	Rename(name string, to Dir, toName string) error
	// Replace is Rename that may replace a file or link by another. For latus's
	// own files.
	Replace(name string, to Dir, toName string) error
	// Exchange swaps two names atomically; ErrUnsupported where it can't.
	Exchange(name string, with Dir, withName string) error

	Chmod(name string, mode uint32) error                    // not on links
	Chown(name string, o index.IDs) error                    // also a link itself; what o leaves open stays. ErrUnsupported where nobody owns anything
	Attrs(name string) (index.Attrs, error)                  // extended attributes of a file or directory; "" is the directory itself. index.ErrManyAttrs
	SetAttrs(name string, a index.Attrs) error               // takes away what is not in a. ErrUnsupported; see KeepsAttrs
	Chtime(name string, mtime int64) error                   // files, links and directories; ErrUnsupported for links where it can't
	Clone(from File, name string, mode uint32) (File, error) // a new file sharing from's blocks; ErrUnsupported
	Sync() error                                             // fsync of the directory
	io.Closer
}

// File is an open regular file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.Seeker
	io.Closer
	Stat() (Info, error)
	Chmod(mode uint32) error
	Chtime(mtime int64) error
	Truncate(size int64) error
	Sync() error
}

// RangeCopier is a File that some systems have: content goes from one file to
// another without passing through this process.
type RangeCopier interface {
	// CopyRange appends to the file what from has at its place, at most size
	// bytes, and returns how many those were; 0 at the end. Where it is not to be
	// had it fails before the first byte: read and write then.
	CopyRange(from File, size int64) (int64, error)
}

// Hastener is a File that some systems have: what was written to it begins to go to
// the disk while more is written, so that a sync has less to wait for. It promises
// nothing, and tells no error: the sync does.
type Hastener interface {
	Hasten()
}

// HoleFinder is a File that can tell whether it has holes in its size bytes.
type HoleFinder interface {
	HasHoles(size int64) bool
}

// RangeCloner is a File that can share blocks with another one. Not every File is.
type RangeCloner interface {
	// CloneRange makes n bytes from byte to on the same blocks as those of from at
	// byte at. Where it stands does not change. Any error means that nothing was
	// changed.
	CloneRange(from File, at, to, n int64) error
}

// Traits is what the filesystem under a tree can do, found out by Probe and
// kept in config.json. The zero value is a filesystem that can do nothing special.
type Traits struct {
	Clock        int64  `json:"clock"`                // coarseness of mtimes, nanoseconds, at least 1
	Whole        bool   `json:"whole,omitempty"`      // mtimes are shown without what is below a second
	ModeBits     uint32 `json:"mode_bits"`            // permission bits that stick
	FoldsCase    bool   `json:"folds_case,omitempty"` // "A" and "a" are one name
	Normalizes   bool   `json:"normalizes,omitempty"` // NFC and NFD are one name
	Links        bool   `json:"links,omitempty"`      // symbolic links
	HardLinks    bool   `json:"hard_links,omitempty"`
	LinkTimes    bool   `json:"link_times,omitempty"`    // mtimes of links can be set
	StableInodes bool   `json:"stable_inodes,omitempty"` // an inode number stays with a file
	BirthTimes   bool   `json:"birth_times,omitempty"`
	Reflink      bool   `json:"reflink,omitempty"`
	Exchange     bool   `json:"exchange,omitempty"`   // Dir.Exchange works
	NoReplace    bool   `json:"no_replace,omitempty"` // Dir.Rename is atomic about it
	SyncAll      bool   `json:"sync_all,omitempty"`   // Tree.Sync works
	DOSNames     bool   `json:"dos_names,omitempty"`  // refuses : * ? " < > | and names like con
	UTF8Names    bool   `json:"utf8_names,omitempty"` // refuses names that are not UTF-8

	// Shift is by how much mtimes are shown later than callers are told, in
	// nanoseconds: FAT keeps local time, and another machine may read it
	// otherwise. It belongs to this mount and is not kept.
	Shift int64 `json:"-"`

	// Owners has looks show who owns things. Without it IDs are unknown. It is up to the
	// run, and not kept.
	Owners bool `json:"-"`
}

// Lent are the permission bits that lend a file's user or group to whoever runs it. They
// travel with the owner, or not at all: a file that root makes is root's. So a run that
// does not look at owners takes them for bits that do not stick.
const Lent = 0o6000

// Bits is mode as a witness keeps it: without Lent where that does not count.
func (t Traits) Bits(mode uint32) uint32 { return mode &^ (Lent &^ t.ModeBits) }

// IsNotExist and IsExist are shorthands for the two errors everybody asks about.
func IsNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }
func IsExist(err error) bool    { return errors.Is(err, fs.ErrExist) }

// Regular is the error of opening something of kind k as a file.
func Regular(k index.Kind) error {
	switch k {
	case index.File:
		return nil
	case index.Dir:
		return ErrIsDir
	case index.Link:
		return ErrIsLink
	}
	return ErrNotFile
}
