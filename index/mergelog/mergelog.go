// Package mergelog is the merge log of a tree: every run that changed it, and every action that
// was applied. It is written for people, for undo, and for restore; nothing that is merged goes by
// it. Lines are added at its end, and read from there. docs/index-format.md specifies them.
package mergelog

import (
	"errors"
	"fmt"
	"io/fs"

	"latus/index"
)

// FileName is the log's name in the Store.
const FileName = "log.jsonl"

// Start opens a run in the merge log.
type Start struct {
	Run     string   // names the run: 20261122-131405-1a2b (UTC and four random digits)
	Time    int64    // nanoseconds since 1970 UTC
	Command string   // sync, resolve, undo, …
	Of      string   // the run that an undo put back
	With    []string // names of the other trees
	Peers   []index.PeerID
	Host    string
	Version string
}

// Record is one action that was applied.
type Record struct {
	Run    string
	Time   int64
	Op     string // as plan.Op names it
	Path   index.Path
	From   index.Path
	Kind   index.Kind
	Size   int64
	Mtime  int64
	Mode   uint32
	Owner  index.IDs   // zero: the run did not look at owners
	Attrs  index.Attrs // "": nor at extended attributes
	Hash   index.Hash
	Gen    index.GenID // the version that was installed
	OldGen index.GenID // the version that was displaced
	Trash  string      // id of the displaced version in the trash
	Author string      // name of the tree that authored the version, if known
	Why    string
	Target string // of the link that was installed
	Was    Former // what stood at Path; Kind Absent: nothing, or an older log does not tell
	Took   Former // what stood at From, of a move
	Along  bool   // a directory's move took it along: no action of its own
}

// Former is what a run found at a path and took away, or made another of.
type Former struct {
	Kind   index.Kind
	Gen    index.GenID // of Took; that of Was is OldGen
	Size   int64
	Mtime  int64
	Mode   uint32
	Owner  index.IDs   // zero: nobody looked
	Attrs  index.Attrs // "": nobody looked
	Target string      // of a link
}

// How a run of a log ended, in End.Exit: with the exit code of its command.
const (
	ExitOK          = 0   // all was done
	ExitFatal       = 1   // it was cut off by an error
	ExitLeft        = 3   // some paths were left
	ExitInterrupted = 130 // somebody stopped it
)

// End closes a run in the merge log. A run without one was killed.
type End struct {
	Run       string
	Time      int64
	Changes   int
	Conflicts int
	Problems  int
	Bytes     int64 // content that came from elsewhere
	Saved     map[string]int64
	Files     int64 // files and links in the tree then; 0: it was not noted
	Size      int64 // their bytes
	Exit      int   // as above
}

// Run is one run as read back from the merge log.
type Run struct {
	Start   Start
	Records []Record
	End     *End // nil: killed
}

// CommandRestore is the Command of a run that put a version from the trash back.
const CommandRestore = "restore"

// Restored tells whether the run was such a one: its record says, in Why, where the version
// came from.
func (l *Run) Restored() bool { return l.Start.Command == CommandRestore }

// about is err with what was done to the file, once: where err is of such an operation on
// it, it says so itself.
func about(op string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) && at.Path == FileName {
		return err
	}
	return fmt.Errorf("%s %s: %w", op, FileName, err)
}
