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

// hasOwner and hasAttrs are beyond what the number of a path's heads needs, with the bit
// for its mode.
const (
	hasOwner = 1 << (iota + 8)
	hasAttrs
)

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
