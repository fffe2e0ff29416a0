package peer

import (
	"errors"
	"io/fs"
	"syscall"

	"latus/index"
	"latus/sync/tree"
)

// Cause is why a tree, or a run, says no. Each has its exit code and its hint in
// package ui. The numbers are part of the protocol: later ones come at the end.
type Cause uint8

const (
	Fatal        Cause = iota // cannot go on
	NoTree                    // nothing is there
	SameTree                  // the same tree twice, or one inside the other
	OtherGroup                // belongs to another group
	NotMounted                // a tree stood here and its .latus is gone
	Busy                      // another latus holds it
	MassDelete                // more would be deleted than --max-delete allows
	LostRoot                  // the tree lost its files since the last run
	Forbidden                 // the serving side does not allow it
	WrongSpeech               // the other side speaks another protocol, or none
	Unreadable                // it is there, and cannot be read or written
	NotDirectory              // something else is where a directory has to be
	NotAllowed                // its own list of peers does not allow it
	NoPermission              // whom latus runs as may not read or write it
	NoWriting                 // its filesystem is mounted for reading only
	NoSpace                   // its disk is full
	LostConfig                // it does not know any more who it is
	NewerTree                 // a newer latus has it
	NestedTree                // one of the same group lies inside it, or around it
	Unmounted                 // everything went while it was scanned, and its .latus with it
	NoneThere                 // no tree of the run is
	BadRules                  // a mirror, and what is ignored cannot be understood
	OtherVersion              // of the protocol, than any that is spoken here
	LastCause    = OtherVersion
)

// Mute tells whether c says that nobody is there whom this latus can talk to.
func (c Cause) Mute() bool { return c == WrongSpeech || c == OtherVersion }

// CannotUse is the cause where err keeps a tree from being read or written: Unreadable, or what
// is known more of it.
func CannotUse(err error) Cause {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return NoPermission
	case errors.Is(err, tree.ErrReadOnly), errors.Is(err, syscall.EROFS):
		return NoWriting
	case errors.Is(err, tree.ErrNoSpace), errors.Is(err, syscall.ENOSPC):
		return NoSpace
	case errors.Is(err, index.ErrNewer):
		return NewerTree
	}
	return Unreadable
}

// Refusal is a typed no: one line that says what is wrong. Advice is added above.
type Refusal struct {
	Cause Cause
	Tree  string // how the user named the tree, "" if it is about none
	Text  string
	Place Place // of a Busy tree; else zero
}

func (r *Refusal) Error() string {
	if r.Tree == "" {
		return r.Text
	}
	return r.Tree + ": " + r.Text
}
