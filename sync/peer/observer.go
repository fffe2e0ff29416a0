package peer

import (
	"latus/index"
	"latus/sync/plan"
)

// Member is one tree of a run: a replica and how the user named it.
type Member struct {
	Spec    string
	Replica Replica
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

func (p Phase) String() string {
	return [...]string{"connecting", "scanning", "comparing", "transferring", "finishing", "verifying"}[p]
}

// Observer is told what a run does. Its methods are called by one goroutine at
// a time, tree is the position on the command line, from 0.
type Observer interface {
	Phase(Phase)
	Planned(tree int, p *Proposal) // all trees are ready; once for each
	Change(tree int, c Change)     // done, or in a dry run: would be done
	Conflict(c plan.Conflict)      // new in this run, or settled on a disk only now
	Problem(tree int, p Problem)   // a path was left; tree -1: all of them
	Notice(tree int, p Problem)    // worth a line, no problem; Path may be ""
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
