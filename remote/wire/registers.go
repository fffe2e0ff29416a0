package wire

import (
	"fmt"

	"latus/index"
)

func (c *Coder) mode(m *index.ModeReg, from int64) {
	number(c, &m.Value, 0o7777)
	c.moment(&m.Stamp, from)
	c.gen(&m.Gen)
}

// register codes one whose value is a text.
func register[T ~string](c *Coder, r *index.Reg[T], from int64, parse func(string) (T, error)) {
	text := string(r.Value)
	str(c, &text, MaxString)
	if c.reading && c.err == nil && text != "" {
		value, err := parse(text)
		if err != nil {
			c.refuse("%s", Clean(err.Error()))
		}
		r.Value = value
	}
	c.moment(&r.Stamp, from)
	c.genOf(&r.Gen)
}

// Bits of the number that an entry begins with, after its path. Between the first two, and
// above the last, is how many heads it has.
const (
	hasMode  = 1
	hasOwner = 1 << 8
	hasAttrs = 1 << 9

	headsAbove = 10 // the bit from which on more than 127 heads are counted
	oldHeads   = 64 // as many are told to those who speak a version before HeadsSince
)

// shape codes how many heads e has, and which registers follow them.
func (c *Coder) shape(e *index.Entry) (heads int, follow uint64) {
	c.crowd(len(e.Heads), e.Path)
	n := uint64(len(e.Heads)&127<<1 | len(e.Heads)>>7<<headsAbove)
	if e.Mode != (index.ModeReg{}) {
		n |= hasMode
	}
	owner, mayOwn := c.newer(e.Owner != (index.OwnerReg{}), hasOwner, 4, "--owner")
	attrs, mayHave := c.newer(e.Attrs != (index.AttrsReg{}), hasAttrs, 5, "--xattrs")
	n |= owner | attrs
	number(c, &n, MaxHeads>>7<<headsAbove|1<<headsAbove-1)
	follow = n & (hasMode | hasOwner | hasAttrs)
	if follow&^(hasMode|mayOwn|mayHave) != 0 {
		c.refuse("registers of a later version")
	}
	heads = int(n>>1&127 | n>>headsAbove<<7)
	if c.reading && heads > c.mostHeads() {
		c.refuse("%d versions of %q", heads, e.Path)
		heads = 0
	}
	return heads, follow
}

func (c *Coder) mostHeads() int {
	if c.version < HeadsSince {
		return oldHeads
	}
	return MaxHeads
}

// crowd sees to it that a path with more versions than can be told is an error here, and no
// offence to the other side.
func (c *Coder) crowd(n int, p index.Path) {
	switch {
	case c.reading || c.err != nil || n <= c.mostHeads():
	case n > MaxHeads:
		c.err = fmt.Errorf("%q has %d versions here, more than can be told; 'latus resolve' settles them", p, n)
	default:
		c.err = fmt.Errorf("%q has %d versions here, and the latus on the other side is too old to be told of more than %d: it speaks protocol %d",
			p, n, oldHeads, c.version)
	}
}

// newer is a bit that says that a register of e follows, which is told since a version
// of the protocol.
func (c *Coder) newer(set bool, bit uint64, since int, flag string) (told, may uint64) {
	switch {
	case c.version >= since && set:
		return bit, bit
	case c.version >= since:
		return 0, bit
	case set && c.err == nil:
		c.err = fmt.Errorf("the latus on the other side is too old to be told what %s tells: it speaks protocol %d", flag, c.version)
	}
	return 0, 0
}
