package wire

import (
	"context"
	"errors"
	"io/fs"
	"math"

	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/tree"
)

// facts are the errors that callers tell apart, on whichever side of a wire. An
// error crosses as its text and a bit for each of these that it is. The order is
// part of the protocol.
func facts() []error {
	return []error{
		fetch.ErrNoSource, fetch.ErrChanged, fetch.ErrDamaged,
		context.Canceled, context.DeadlineExceeded,
		fs.ErrNotExist, fs.ErrPermission, fs.ErrExist,
		tree.ErrNoSpace, tree.ErrReadOnly, tree.ErrUnsupported,
		tree.ErrNotDir, tree.ErrIsLink, tree.ErrNotEmpty, tree.ErrCrossDevice,
		fetch.ErrElsewhere, peer.ErrUnresolved,
	}
}

// remoteError is an error that happened on the other side.
type remoteError struct {
	text string
	is   []error
}

func (e *remoteError) Error() string   { return e.text }
func (e *remoteError) Unwrap() []error { return e.is }

// Error visits an error. A *peer.Refusal arrives as one; another error keeps its
// text, made clean, and what errors.Is says of the errors in facts. One that is
// nothing but such a fact arrives as that very error.
func (c *Coder) Error(err *error) {
	var refusal *peer.Refusal
	if !c.reading {
		errors.As(*err, &refusal)
	}
	optional(c, &refusal, (*Coder).refusal)
	if refusal != nil {
		if c.reading {
			*err = refusal
		}
		return
	}
	var text string
	var bits uint64
	if !c.reading {
		text = (*err).Error()
		for i, fact := range facts() {
			if errors.Is(*err, fact) {
				bits |= 1 << i
			}
		}
	}
	c.text(&text)
	if bits = c.uvarint(bits); c.reading {
		*err = received(text, bits)
	}
}

func (c *Coder) refusal(r *peer.Refusal) {
	c.cause(&r.Cause)
	c.text(&r.Tree)
	c.text(&r.Text)
	c.place(&r.Place)
}

// cause visits why a tree says no. One that is not known here is Fatal.
func (c *Coder) cause(v *peer.Cause) {
	if number(c, v, math.MaxUint8); c.reading && *v > peer.LastCause {
		*v = peer.Fatal
	}
}

func received(text string, bits uint64) error {
	e := &remoteError{text: text}
	for i, fact := range facts() {
		if bits&(1<<i) == 0 {
			continue
		}
		if text == fact.Error() && bits == 1<<i {
			return fact
		}
		e.is = append(e.is, fact)
	}
	if e.text == "" {
		e.text = "an error without a word"
	}
	return e
}
