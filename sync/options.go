// Package sync runs one synchronization from its first word to its last: two
// trees or many, each behind a peer.Replica, made equal in one run that ends.
//
// Run asks and tells the trees in turn; what each of them knows, decides and does
// is its own affair. Replica is a tree on this machine, or at any peer.Site, that
// takes part in a run. A tree that says no, and a guard, end a run before any file
// is changed, with a *peer.Refusal; what was done before any other end is whole,
// and the next run goes on from there.
//
// Besides, there is what concerns one tree alone. ReadStatus, ReadConflicts,
// ReadPeers and ReadLog only look, and need no lock. Verify, Resolve, GiveUp,
// Undo and Forget write: they take the lock of the tree, and what they decide
// reaches the other trees with the next runs.
package sync

import (
	"context"
	"io"
	"log/slog"
	"time"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/tree"
)

// Options rule a run. The zero value is a two-way run with the defaults of the
// command line.
type Options struct {
	Dry       bool
	Mode      peer.Mode
	Conflict  plan.ConflictPolicy
	Checksum  bool
	Join      bool
	Xattrs    bool // extended attributes travel, too, where both trees can keep them
	Owner     bool // owner and group travel, too, as far as the processes may set them
	HardLinks bool // what is one file of several names on one tree becomes so on the others
	MaxDelete peer.Limit
	Filter    []string // patterns in gitignore syntax, in the order given; "!p" takes p in again
	Verbose   bool     // Observer wants notices of what was there before, too
	Actions   bool     // Observer wants every Change (verbose, itemize, JSON, dry run)
	// Peers is told, before anything is shown of the plans, who the trees are, in the
	// order of the members. nil: nobody asks.
	Peers func([]index.PeerID)
	// Planned is called once all trees have planned, before any is changed, also in
	// a dry run and where nothing is to be done. Its error ends the run. It sees
	// actions only with Actions or Dry. nil: nobody asks.
	Planned func(*Outlook) error
	// Ready is called when all trees are ready and their plans were shown, before
	// any is changed; not in a dry run, nor with no changes. Its error ends the
	// run. nil: go on.
	Ready   func(ctx context.Context) error
	Limit   int64 // bytes of content a second between trees that are both here; 0: any. Wires have their own
	Version string
	Log     *slog.Logger // nil: silent
}

// Member is one tree of a run: a replica and how the user named it.
type Member struct {
	Spec    string
	Replica peer.Replica
}

// Phase is what a run is doing, for people.
type Phase uint8

const (
	Connecting Phase = iota
	Scanning
	Comparing
	Transferring
	Finishing
	Verifying
)

// Observer is told what a run does. Its methods are called by one goroutine at
// a time, tree is the position on the command line, from 0.
type Observer interface {
	Phase(Phase)
	Planned(tree int, p *peer.Proposal) // all trees are ready; once for each
	Change(tree int, c peer.Change)     // done, or in a dry run: would be done
	Conflict(c plan.Conflict)           // new in this run, or settled on a disk only now
	Problem(tree int, p peer.Problem)   // a path was left; tree -1: all of them
	Notice(tree int, p peer.Problem)    // worth a line, no problem; Path may be ""
	Progress(Progress)
}

// Progress is how far a run is. Totals are final once Transferring began.
type Progress struct {
	Files, TotalFiles int64
	Bytes, TotalBytes int64
}

// Report is what a run came to.
type Report struct {
	Trees     []TreeReport
	Changes   int
	Conflicts int // new ones
	Problems  int
	Files     int64 // in the first tree, after the run
	Bytes     int64 // of these
	Unequal   bool  // digests differ after a run in which all merged: the next run lists in full
}

// TreeReport is what a run did to one tree.
type TreeReport struct {
	Peer    index.PeerID
	Name    string
	Run     string         // names the run in this tree's log and trash; "" if nothing changed
	Changes map[string]int // by the names of plan.Op
	Bytes   int64          // of content that came from elsewhere
	Trashed int
	Saved   map[string]int64 // bytes that were not transferred, by how: move, copy, undelete, resume, delta
}

// LocalOptions rule how a tree on this machine is opened. The zero value works.
type LocalOptions struct {
	Spec    string       // how the user named the tree; "" means its path
	Host    string       // this machine's name for people; "" asks the system
	Version string       // of this latus
	Log     *slog.Logger // nil: silent
	// StatusText writes status.txt's content; nil: there is none.
	StatusText func(*Status) []byte
	// Site is where the tree is, instead of a path.
	Site peer.Site
	// Cache is a folder of this machine where a copy of the index of a distant tree is
	// kept; "": none is.
	Cache string
	// Tree is used instead of the directory, by simulations. Its owner closes it.
	Tree tree.Tree
	// ReadOnly: nothing but .latus changes here, and there nothing is taken over
	// from others. What others want changed is a problem of each path.
	ReadOnly bool
	// Peer is the name under which Access is looked up, whoever the others of a run say
	// they are; "": they go by their ids.
	Peer string
	// Served: the run is another machine's.
	Served bool
	// NoDelete: what others deleted stays here, pending, as a problem of the path.
	NoDelete bool
	Now      func() time.Time // nil: the clock
	Rand     io.Reader        // nil: the system's
	// Tidy is how many entries of deleted paths a run that has nothing to do
	// must be able to drop to be written down; 0: 1000.
	Tidy int
}
