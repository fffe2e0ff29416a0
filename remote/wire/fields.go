package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
)

// uvarint codes one number without bounds.
func (c *Coder) uvarint(v uint64) uint64 {
	if !c.reading {
		c.buf = binary.AppendUvarint(c.buf, v)
		return v
	}
	if v, n := binary.Uvarint(c.buf[c.pos:]); n > 0 {
		c.pos += n
		return v
	}
	var b byte
	v = 0
	for shift := 0; shift < 64; shift += 7 {
		c.byte(&b)
		if shift == 63 && b > 1 {
			break
		}
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	c.refuse("a number of more than 64 bits")
	return 0
}

func (c *Coder) varint(v int64) int64 {
	u := c.uvarint(uint64(v)<<1 ^ uint64(v>>63))
	return int64(u>>1) ^ -int64(u&1)
}

// number codes an integer between 0 and most.
func number[T ~uint8 | ~uint32 | ~uint64 | ~int | ~int64](c *Coder, v *T, most uint64) {
	if u := c.uvarint(uint64(*v)); c.reading {
		if u > most {
			c.refuse("%d where at most %d can be", u, most)
			u = 0
		}
		*v = T(u)
	}
}

// amount codes a number of bytes, files, …: anything but negative.
func amount[T ~int | ~int64](c *Coder, v *T) {
	number(c, v, 1<<(8*reflect.TypeFor[T]().Size()-1)-1) // an int may have 32 bits
}

// total is amount for a sum. One that ran over, of sizes that somebody lied about, is
// told as the greatest there is.
func total(c *Coder, v *int64) {
	sum := *v
	if !c.reading && sum < 0 {
		sum = math.MaxInt64
	}
	if amount(c, &sum); c.reading {
		*v = sum
	}
}

// signed codes any integer.
func signed[T ~int | ~int64](c *Coder, v *T) {
	if n := c.varint(int64(*v)); c.reading {
		*v = T(n)
	}
}

// fixed codes eight bytes: ids, tags, hashes of 64 bits.
func fixed[T ~uint64](c *Coder, v *T) {
	if !c.reading {
		c.buf = binary.BigEndian.AppendUint64(c.buf, uint64(*v))
		return
	}
	if c.pos+8 <= len(c.buf) {
		*v = T(binary.BigEndian.Uint64(c.buf[c.pos:]))
		c.pos += 8
		return
	}
	var b [8]byte
	c.bytes(b[:])
	*v = T(binary.BigEndian.Uint64(b[:]))
}

func (c *Coder) float(v *float64) {
	u := math.Float64bits(*v)
	fixed(c, &u)
	if !c.reading {
		return
	}
	if *v = math.Float64frombits(u); math.IsNaN(*v) || math.IsInf(*v, 0) {
		c.refuse("a number that is none")
		*v = 0
	}
}

func (c *Coder) flag(v *bool) {
	var b byte
	if *v {
		b = 1
	}
	c.byte(&b)
	if b > 1 {
		c.refuse("%d for yes or no", b)
	}
	if c.reading {
		*v = b == 1
	}
}

// str codes a string of at most most bytes, whatever they are.
func str[T ~string](c *Coder, v *T, most int) {
	n := len(*v)
	if !c.reading {
		if n > most && c.err == nil {
			c.err = fmt.Errorf("a string of %d bytes is too long to send", n)
			return
		}
		c.take(n)
		c.uvarint(uint64(n))
		c.buf = append(c.buf, *v...)
		c.flush()
		return
	}
	number(c, &n, uint64(most))
	if c.take(n); c.err != nil {
		*v = ""
		return
	}
	if c.pos+n <= len(c.buf) {
		*v = T(c.buf[c.pos : c.pos+n])
		c.pos += n
		return
	}
	b := make([]byte, n)
	c.bytes(b)
	*v = T(b)
}

// raw codes a string that is kept as it is: patterns, places, targets of links.
func (c *Coder) raw(v *string) { str(c, v, MaxString) }

// text codes a string that people will read.
func (c *Coder) text(v *string) {
	if !c.reading {
		s := Clean(*v)
		str(c, &s, MaxText)
		return
	}
	str(c, v, MaxText)
	*v = Clean(*v)
}

// list codes a slice; nil stays nil. No more than most elements are taken.
func list[T any](c *Coder, s *[]T, most int, item func(*Coder, *T)) {
	n := 0
	if *s != nil {
		n = len(*s) + 1
	}
	number(c, &n, uint64(most)+1)
	size := int(reflect.TypeFor[T]().Size())
	if !c.reading {
		for i := 0; i < len(*s) && c.err == nil; i++ {
			c.take(size)
			item(c, &(*s)[i])
			c.flush()
		}
		return
	}
	*s = nil
	if n == 0 {
		return
	}
	// Memory grows with what arrives, not with what was announced.
	*s = make([]T, 0, min(n-1, 8))
	for i := 1; i < n && c.err == nil; i++ {
		if c.take(size); c.err != nil {
			return
		}
		var v T
		item(c, &v)
		*s = append(*s, v)
	}
}

// optional codes a pointer that may be nil.
func optional[T any](c *Coder, p **T, item func(*Coder, *T)) {
	there := *p != nil
	c.flag(&there)
	if c.reading {
		*p = nil
		if there {
			*p = new(T)
		}
	}
	if there {
		c.take(int(reflect.TypeFor[T]().Size()))
		item(c, *p)
	}
}
