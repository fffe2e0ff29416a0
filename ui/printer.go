// Package ui is what the user sees of latus: a run as text, as rsync's itemized
// lines, as JSON, as a bar, as a log; the status file; what an exit code means
// and what to do about an error.
//
// Manners: one line says what is, in plain words, without a prefix that repeats
// it. An error ends with what to do next, and only here. Names that came from a
// disk or a peer are escaped before anything sees them. Colour is sparse, only on
// a terminal, and carries no meaning of its own.
package ui

import (
	"time"

	"latus/sync/peer"
	"latus/sync/plan"
)

// Printer shows one run. End comes last and always.
type Printer interface {
	peer.Observer
	End(Summary)
}

// Summary is what a run came to.
type Summary struct {
	Command        string // undo; "": sync
	Dry            bool
	OneWay         bool // what the other trees have of their own stays there
	Trees          []TreeSummary
	Changes        int
	Conflicts      int // new ones
	Problems       int
	Lasting        int              // of these, that a further run can do nothing about
	Files          int64            // in the first tree, after the run
	Bytes          int64            // of these
	Sent, Received int64            // on the wire, as seen by this process
	Saved          map[string]int64 // bytes that did not cross it: by move, copy, undelete, resume, compression
	Elapsed        time.Duration
	Exit           int
	Failure        *Failure // what ended the run before its end; nil: it came to its end
}

// TreeSummary is what a run did to one tree.
type TreeSummary struct {
	Spec    string // how the user named it
	Local   bool   // on this machine
	Undo    string // the command that takes the run back here
	Changes map[string]int
	Bytes   int64 // of content that came from elsewhere
	Trashed int
}

// Failure is an error as a person reads it.
type Failure struct {
	Text string // what is wrong
	Hint string // what to do about it, "" if there is nothing to say
	Exit int
}

// All is a Printer that tells several.
type All []Printer

func (a All) Phase(p peer.Phase) {
	for _, each := range a {
		each.Phase(p)
	}
}

func (a All) Planned(tree int, p *peer.Proposal) {
	for _, each := range a {
		each.Planned(tree, p)
	}
}

func (a All) Change(tree int, c peer.Change) {
	for _, each := range a {
		each.Change(tree, c)
	}
}

func (a All) Conflict(c plan.Conflict) {
	for _, each := range a {
		each.Conflict(c)
	}
}

func (a All) Problem(tree int, p peer.Problem) {
	for _, each := range a {
		each.Problem(tree, p)
	}
}

func (a All) Notice(tree int, p peer.Problem) {
	for _, each := range a {
		each.Notice(tree, p)
	}
}

func (a All) Progress(p peer.Progress) {
	for _, each := range a {
		each.Progress(p)
	}
}

func (a All) End(s Summary) {
	for _, each := range a {
		each.End(s)
	}
}
