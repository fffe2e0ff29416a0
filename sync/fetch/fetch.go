// Package fetch gets the content that a tree is missing from whoever has it.
//
// A Source hands out content, a Sink takes it in. The same two interfaces stand
// on both sides of a wire, between two local trees, and behind wrappers that
// add failover, counting or a rate limit.
package fetch

import (
	"context"
	"errors"
	"io/fs"

	"latus/index"
	"latus/sync/reason"
)

// Want names one content: by the index entry that has it, and by hash where it
// is known. It never names a place to read.
type Want struct {
	Path   index.Path
	Gen    index.GenID   // a head at Path
	Hash   index.Hash    // zero: not known
	Size   int64         // as the head says
	Offset int64         // bytes that are here already (a transfer that was cut off)
	Origin *index.Origin // another name of the same content, or nil

	// Base is the size of a content that is here and may have most of this in it;
	// 0: there is none. The answer may be a List then, see Patcher.
	Base int64
	// Start tells that content whole, if this one may begin with it; nil: not likely.
	Start *Start
	// Parts is what is wanted once such a list was looked through; nil: all of it.
	// Hash is known then, Offset and Base are 0.
	Parts *Parts
}

// Fetched tells that all of it seems to be here already, and can be told from anything else.
func (w Want) Fetched() bool { return w.Offset > 0 && w.Offset == w.Size && w.Hash.Known() }

// Why a source has no content for a want. The want stays pending.
var (
	ErrNoSource = error(reason.NoBytes)
	ErrChanged  = errors.New("changed while it was read")
	ErrDamaged  = error(reason.Damaged)
)

// ErrElsewhere is said, beside why, of a content that a source began to give and
// then found to be wrong, while another one that was not asked may have it. Whoever
// asks once more is answered by another, from the beginning.
var ErrElsewhere = errors.New("another tree may have these bytes")

// elsewhereError is a reason that reads as it is, and is an ErrElsewhere too.
type elsewhereError struct{ error }

func (e elsewhereError) Unwrap() []error { return []error{e.error, ErrElsewhere} }

// ReadError is about a file that is there and cannot be read. The path is named
// by whoever asked for it.
type ReadError struct{ Err error }

func (e *ReadError) Error() string { return "cannot be read: " + e.Err.Error() }
func (e *ReadError) Unwrap() error { return e.Err }

// unread is why a content could not be read, in words for people.
func unread(err error) error {
	var pe *fs.PathError
	switch {
	case errors.Is(err, ErrNoSource), errors.Is(err, ErrChanged), errors.Is(err, ErrDamaged):
		return err
	case errors.As(err, &pe):
		err = pe.Err
	}
	return &ReadError{err}
}

// Source hands out content.
type Source interface {
	// Send gives to sink the content of every want, each ended by Done or
	// Missing, and returns nil when all are. Another error means that the
	// source is gone: wants not ended so far may be asked of another.
	Send(ctx context.Context, wants []Want, sink Sink) error
}

// Sink takes content in. Calls for one n come in order; calls for different n
// may come at the same time. An error that a method returns is about the sink
// as a whole (no space, cancelled) and ends Send.
type Sink interface {
	// Data appends p to content n, which starts at its Offset. p is only valid
	// during the call and at most 1 MiB.
	Data(n int, p []byte) error
	// Done ends content n: h is the hash of all of it, from byte 0.
	Done(n int, h index.Hash) error
	// Missing ends content n without it. What had come so far is void.
	Missing(n int, why error) error
}

// Keeper is a Sink that may be given all of a small content at once by whoever
// has read and hashed it in this process: nobody need hash it again.
type Keeper interface {
	Sink
	// Keep is Data and Done in one, of a want whose Offset is 0. p is only valid
	// during the call, and h is its hash.
	Keep(n int, p []byte, h index.Hash) error
}
