package ui

import (
	"latus/index/mergelog"
	"latus/sync/peer"
)

// The exit codes of every command. Those of runs are in logs, too.
const (
	ExitOK          = mergelog.ExitOK          // in sync; done
	ExitFatal       = mergelog.ExitFatal       // cannot connect, cannot read a tree
	ExitUsage       = 2                        // the command line makes no sense
	ExitLeft        = mergelog.ExitLeft        // done, but some paths were left
	ExitRefused     = 4                        // refused by a guard, nothing was changed
	ExitBusy        = 5                        // another latus holds a tree
	ExitInterrupted = mergelog.ExitInterrupted // stopped by a signal
)

// ExitCodes is the list of them for help texts.
const ExitCodes = `  0    the trees are in sync
  1    fatal: cannot connect, cannot read a tree
  2    wrong usage
  3    done, but some paths were left: run again
  4    refused by a guard, nothing was changed
  5    another latus holds a tree
  130  interrupted; every file is whole, run again to go on
`

// Fault is what ended a command, as far as the exit code and advice go.
type Fault uint8

const (
	Fatal Fault = iota
	Usage
	Interrupted
	NoTree
	Unreadable
	NotDirectory
	NoneThere  // nor any other tree of the run
	NotATree   // a directory that never was synchronized
	LostConfig // it does not know any more who it is
	NewerTree  // a newer latus has it
	SameTree
	NestedTree // of the same group
	OtherGroup
	NotMounted
	Busy
	Declined // a person said no to the plan
	Outdated // a plan was made of other trees than there are by now
	MassDelete
	LostRoot
	Forbidden
	NotAllowed
	BadRules // a mirror, and what is ignored cannot be understood
	WrongSpeech
	UnknownHost
	HostKeyChanged
	HostKeyRevoked
	NoAccess     // the host lets us in by no means we have
	NoConnection // the host cannot be reached
	NoLatus      // there is none on the host
	RemoteFailed // what runs there ended before its time
	BadConfig    // a line of ssh_config makes no sense
	Noise        // the remote shell says something before latus does
	TimedOut
	NoPermission
	NoWriting // a filesystem that is mounted for reading only
	NoSpace
)

// FaultOf is the fault behind a refusal.
func FaultOf(c peer.Cause) Fault {
	switch c {
	case peer.NoTree:
		return NoTree
	case peer.SameTree:
		return SameTree
	case peer.OtherGroup:
		return OtherGroup
	case peer.NotMounted:
		return NotMounted
	case peer.Busy:
		return Busy
	case peer.MassDelete:
		return MassDelete
	case peer.LostRoot, peer.Unmounted:
		return LostRoot
	case peer.Forbidden:
		return Forbidden
	case peer.Unreadable:
		return Unreadable
	case peer.NotDirectory:
		return NotDirectory
	case peer.NotAllowed:
		return NotAllowed
	case peer.WrongSpeech, peer.OtherVersion:
		return WrongSpeech
	case peer.NoPermission:
		return NoPermission
	case peer.NoWriting:
		return NoWriting
	case peer.NoSpace:
		return NoSpace
	case peer.LostConfig:
		return LostConfig
	case peer.NewerTree:
		return NewerTree
	case peer.NestedTree:
		return NestedTree
	case peer.NoneThere:
		return NoneThere
	case peer.BadRules:
		return BadRules
	}
	return Fatal
}

// Exit is the exit code of a command that f ended.
func (f Fault) Exit() int {
	switch f {
	case Usage, SameTree, NestedTree:
		return ExitUsage
	case Declined, Outdated, OtherGroup, NotMounted, MassDelete, LostRoot, Forbidden, NotAllowed, BadRules:
		return ExitRefused
	case Busy:
		return ExitBusy
	case Interrupted:
		return ExitInterrupted
	}
	return ExitFatal
}
