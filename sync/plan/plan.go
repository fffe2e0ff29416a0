// Package plan is the core of latus: how versions are decided and what to do
// about it. It is pure: no clock, no disk, no randomness, no goroutines. All that
// it knows comes in as arguments, all that it decides goes out as values.
package plan

import (
	"latus/index"
	"latus/sync/reason"
)

// Op is what an Action does to a tree.
type Op uint8

const (
	None     Op = iota
	Create      // a file where nothing was
	Update      // new content over an old version, which goes to the trash
	Touch       // mtime, permission bits, owner or extended attributes only; no content is read or moved
	Move        // from another path of this tree: a file, a link, or a directory with all below it
	Copy        // content of another path of this tree
	Undelete    // content out of the trash
	Delete      // a file or link, into the trash
	Mkdir       // a directory, authored or implied
	Rmdir       // an empty directory
	MakeLink    // a symbolic link, new or instead of what was there
	Keep        // a conflict's loser into the trash; changes nothing that a user sees
)

func (o Op) String() string {
	return [...]string{"none", "create", "update", "touch", "move", "copy", "undelete",
		"delete", "mkdir", "rmdir", "link", "keep"}[o]
}

// Action is one thing to do to a tree. It is carried out only if the disk still
// shows Old at Path (and, for Move and Copy, the entry's witness at From).
//
// A Move takes From away: what else is planned for From expects nothing there,
// and where nothing is, From is acknowledged with the move. Where the order alone
// cannot arrange that (rings, a file that makes way for its own directory, names
// that differ in case only) Aside says so.
//
// A directory's Move takes all below From along: each entry below Path whose
// twin stood below From is acknowledged with the twin's witness, and the twin with
// an absence. Actions for what still differs (Touch, Keep) follow; what has one of
// its own stays pending until then.
//
// Where Old is a directory and Op is neither Rmdir nor Touch, the directory is
// empty by the time of the action and is removed by it.
type Action struct {
	Op      Op
	Path    index.Path
	From    index.Path    // Move, Copy: the path on this tree that has the content
	Head    *index.Head   // the version that shall stand at Path; a deletion for Delete and Rmdir; Kind Dir with zero Gen: an implied directory
	Mode    uint32        // permission bits to end up with, already masked by Disk.ModeBits
	Owner   index.IDs     // to end up with; parts that are 0 stay as they are
	Attrs   index.Attrs   // to end up with; "": what is there is left alone
	Old     index.Witness // what the disk must show before; Kind Absent: nothing
	Over    *index.Head   // the acknowledged version whose bytes stand there: their key in the trash. nil: none
	Aside   bool          // Move: From is put aside before the first action of the plan
	Want    int           // index into Plan.Wants of the content, or -1
	Trash   string        // Undelete: id of the content in the trash. Copy: where it is, too, should From have changed; "": nowhere
	FromGen index.GenID   // Copy: what must stand at From; zero: what does
	Linked  bool          // Copy: make it another name of the file at From, if mode and mtime are the same
	Why     string        // for the trash and the log: "deleted", "replaced", "lost a conflict"
}

// OldHead is Over, or no version.
func (a *Action) OldHead() index.Head {
	if a.Over == nil {
		return index.Head{}
	}
	return *a.Over
}

// Want is content that must come from another tree.
type Want struct {
	Path        index.Path
	*index.Head // the version that has it
}

// Question asks whoever has the bytes for the hash of one head.
type Question struct {
	Path index.Path
	Gen  index.GenID
	Use  Use
}

// Use is what an answer is good for.
type Use uint8

const (
	Always   Use = iota // the answer counts, whatever it is
	IfAlike             // only if another question of the same size may be about the same content
	Likeness            // none is needed: it is there for others to be compared with
)

// Plain is the question without its use: what tells it from others.
func (q Question) Plain() Question { return Question{Path: q.Path, Gen: q.Gen} }

// Conflict is a path with two or more live heads of different content.
type Conflict struct {
	Path   index.Path
	Winner index.Head // Kind Dir with zero Gen: an implied directory holds the name
	Losers []index.Head
	Costs  bool // a loser is on this disk, and leaves it by this plan
}

// Held is a path that stays pending: as it is, or with all but what the reason
// speaks of.
type Held struct {
	Path    index.Path
	Reason  reason.Reason // "ignored here", "another name of the same letters is here", …
	Problem bool          // counts as a problem (exit 3); else it is only shown by status
	News    bool          // no problem, and said all the same: it is held for the first time
}

// Plan is everything to be done to one tree, in the order to do it: moves and
// directories before what goes into them, deletions after, children before
// their directory; Keep last.
//
// A path has at most one action besides Keeps. When that is done, its heads are
// acknowledged by Acknowledge: all but those a Keep has still to bring.
type Plan struct {
	Actions   []Action
	Acks      []index.Path // have := H without touching the disk (equal content, deletions of what is not there, …); in path order
	Shown     []index.Path // the disk shows the display, a Keep is still to come: to be acknowledged by Acknowledge
	Wants     []Want       // in the order of the actions that need them
	Questions []Question   // answers could save a transfer: Touch instead of Update, Copy, Undelete
	Conflicts []Conflict   // all open ones among the pending paths, in path order
	Held      []Held
	Lags      []index.Path // lag behind their entries from now on: to be marked as pending with the merge, in path order
	Files     int          // files and links this tree holds before
	Losses    int          // of these, how many the plan takes away; moved ones do not count

	open []Question // in path order: heads of which nobody can say whether they lost a conflict, or whose bytes nobody has
}

// ConflictPolicy says what becomes of the loser of a conflict.
type ConflictPolicy uint8

const (
	Newest   ConflictPolicy = iota // the winner takes the path, the loser's bytes stay in the trash
	KeepBoth                       // the loser also gets a name of its own
	Fail                           // the path is left alone on both sides
)

// Known tells which generations a tree has merged. *index.Knowledge is one.
type Known interface {
	Has(index.GenID) bool
}

// Disk is what planning has to know of the filesystem under a tree.
type Disk struct {
	Clock     int64                  // coarseness of mtimes, nanoseconds
	ModeBits  uint32                 // permission bits that stick
	Links     bool                   // symbolic links can exist
	Times     bool                   // mtimes of symbolic links can be set
	Owners    Owners                 // nil: nobody looks at owners
	Attrs     bool                   // somebody looks at extended attributes
	HardLinks bool                   // versions that are another name of one file become so
	Fold      func(string) string    // the same for names that are one name here; nil: every name is its own
	Legal     func(name string) bool // nil: every name can exist
}
