package wire

import (
	"latus/index"
)

// Coder writes a message or reads one. Every message is described once, by a
// function that visits its fields in order, and the Coder does to each field what
// it is there for: so the two directions cannot disagree. What is written is not
// changed, as others may be writing it, too. The first error stays; after it nothing
// is written and everything reads as zero.
//
// A message is a run of bytes, cut into frames wherever one is full. Numbers are
// varints, strings and lists are preceded by their length. Paths are front-coded
// against the path before, generations are written out once and then go by number,
// times are differences.
type Coder struct {
	reading bool
	buf     []byte // writing: the frame begun; reading: the current payload
	pos     int    // reading: how far
	err     error

	emit func(frame []byte, more bool) error
	next func() (payload []byte, more bool, err error)
	more bool // reading: another frame follows

	taken   int64 // memory that the message needs, so far: see take
	came    int64 // bytes of it on the wire, so far
	bounded bool  // which count

	path  index.Path // the last one
	mtime int64      // of the last file or link
	utime int64      // the mtime or author_utime before
	gens  []index.GenID
	known map[index.GenID]uint64

	entries []index.Entry // memory for the next ones
	heads   []index.Head
	scratch []byte
}

// NewEncoder returns a Coder that hands finished frames, with room for a header
// in front, to emit. They are valid during the call.
func NewEncoder(emit func(frame []byte, more bool) error) *Coder {
	return &Coder{emit: emit, buf: newFrame(512), known: map[index.GenID]uint64{}}
}

// NewDecoder returns a Coder that reads payloads from next, until one says that
// no more follow. A payload must stay valid until the next call.
func NewDecoder(next func() (payload []byte, more bool, err error)) *Coder {
	return &Coder{reading: true, next: next, more: true}
}

// Finish ends a message: writes its last frame, or checks that all was read.
func (c *Coder) Finish() error {
	switch {
	case c.err != nil:
	case !c.reading:
		c.err = c.emit(c.buf, false)
	case c.pos < len(c.buf) || c.more && c.fill():
		c.refuse("a message longer than its fields")
	}
	return c.err
}

// Skip passes over the rest of a message, for those that may grow.
func (c *Coder) Skip() {
	for c.err == nil && c.reading {
		c.pos = len(c.buf)
		if !c.more || !c.fill() {
			return
		}
	}
}

func (c *Coder) refuse(format string, args ...any) {
	if c.err == nil {
		c.err = violation(format, args...)
	}
}

// fill gets the next payload that is not empty, or returns false.
func (c *Coder) fill() bool {
	for c.err == nil && c.more {
		c.pos = 0
		if c.buf, c.more, c.err = c.next(); c.err == nil && len(c.buf) > 0 {
			return true
		}
	}
	c.buf, c.pos = nil, 0
	return false
}

// flush is for writing only: it sends the frame if it is full. Nothing that is
// written between two calls is larger than MaxString and a few numbers.
func (c *Coder) flush() {
	if len(c.buf) < full-MaxString {
		return
	}
	if c.err == nil {
		c.err = c.emit(c.buf, true)
	}
	c.buf = c.buf[:headerLen]
}

// bytes fills or sends exactly len(b) bytes.
func (c *Coder) bytes(b []byte) {
	if !c.reading {
		if c.err == nil {
			c.buf = append(c.buf, b...)
			c.flush()
		}
		return
	}
	for len(b) > 0 {
		if c.pos == len(c.buf) && !c.fill() {
			c.refuse("a message that ends early")
			clear(b)
			return
		}
		n := copy(b, c.buf[c.pos:])
		c.pos += n
		b = b[n:]
	}
}

func (c *Coder) byte(v *byte) {
	if !c.reading {
		c.buf = append(c.buf, *v)
		return
	}
	if c.pos == len(c.buf) && !c.fill() {
		c.refuse("a message that ends early")
		*v = 0
		return
	}
	*v = c.buf[c.pos]
	c.pos++
}
