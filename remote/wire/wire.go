// Package wire carries the calls of a run over one byte stream: frames, the
// messages in them, and the streams that let many calls share a connection.
//
// Nothing that comes from the other side is believed. A length is checked before
// memory is given for it, a list grows only as its elements arrive, a compressed
// frame is bounded, what a message takes of memory grows with the bytes that came of it
// (see budget.go), and paths, kinds, times and orders are checked where they are
// decoded. What a decoder hands out satisfies the contracts of packages index and
// peer.
//
// docs/protocol.md specifies the bytes. A later version of the protocol would add a field at the
// end of a message, for a Coder to visit where Conn.Version says that both sides know it; Hello
// goes out before that is known, so there the field is always written, and skipped by a server
// that does not know it.
package wire

import (
	"errors"
	"fmt"
	"time"
)

// The least and the greatest version of the protocol that this package speaks.
const (
	MinVersion = 11
	MaxVersion = 11
)

// Limits of the protocol. A peer that goes beyond one is no longer listened to.
const (
	MaxFrame  = 1 << 20   // bytes of a frame's payload, compressed or not
	MaxText   = 4 << 10   // bytes of a text for people
	MaxString = 64 << 10  // bytes of any other string
	MaxHeads  = 8 << 10   // heads of one path: twice what trees merge
	MaxBanner = 64 << 10  // bytes before the greeting that a client skips
	full      = 256 << 10 // a sender ends a frame when it has so many bytes
)

// DefaultTimeout is how long a side listens to silence of the other side.
const DefaultTimeout = 60 * time.Second

// Type says what a frame carries.
type Type uint8

// The types of frames. Their numbers are part of the protocol.
const (
	Hello Type = iota + 1
	Welcome
	Look
	View
	DeltaQuery
	Delta
	Merge
	Proposal
	Hash
	Answers
	Answer
	Apply
	Finish
	Outcome
	Send // also from the server, on an Apply: what it wants besides
	Push // content that an Apply wants
	Content
	Event  // what Apply has done so far
	Error  // instead of any answer, or of content
	Cancel // whoever sends it wants nothing more from the stream
	Alive  // nothing: the sender is still there
	Close  // the client is done
	Watch
	Changed // something in a tree that is watched; first of all, that it is watched now
	Withdraw
	Probe // what could content not be read of
	Probed
	lastType
)

func (t Type) String() string {
	if t == 0 || t >= lastType {
		return fmt.Sprintf("message %d", uint8(t))
	}
	return [...]string{"", "hello", "welcome", "look", "view", "delta query", "delta", "merge", "proposal",
		"hash", "answers", "answer", "apply", "finish", "outcome", "send", "push", "content", "event", "error",
		"cancel", "alive", "close", "watch", "changed", "withdraw", "probe", "probed"}[t]
}

// ErrProtocol is wrapped by every error about bytes that a peer must not send.
var ErrProtocol = errors.New("the other side does not keep to the protocol")

func violation(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrProtocol, fmt.Sprintf(format, args...))
}
