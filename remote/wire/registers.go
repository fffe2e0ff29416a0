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
)

// shape codes how many heads e has, and which registers follow them.
func (c *Coder) shape(e *index.Entry) (heads int, follow uint64) {
	c.crowd(len(e.Heads), e.Path)
	n := uint64(len(e.Heads)&127<<1 | len(e.Heads)>>7<<headsAbove)
	if e.Mode != (index.ModeReg{}) {
		n |= hasMode
	}
	if e.Owner != (index.OwnerReg{}) {
		n |= hasOwner
	}
	if e.Attrs != (index.AttrsReg{}) {
		n |= hasAttrs
	}
	number(c, &n, MaxHeads>>7<<headsAbove|1<<headsAbove-1)
	heads = int(n>>1&127 | n>>headsAbove<<7)
	if c.reading && heads > MaxHeads {
		c.refuse("%d versions of %q", heads, e.Path)
		heads = 0
	}
	return heads, n & (hasMode | hasOwner | hasAttrs)
}

// crowd sees to it that a path with more versions than can be told is an error here, and no
// offence to the other side.
func (c *Coder) crowd(n int, p index.Path) {
	if !c.reading && c.err == nil && n > MaxHeads {
		c.err = fmt.Errorf("%q has %d versions here, more than can be told; 'latus resolve' settles them", p, n)
	}
}
