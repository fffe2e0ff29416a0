package index

import (
	"strconv"

	"github.com/cespare/xxhash/v2"

	"latus/index/jsontext"
)

// The formats of the index file that this package writes: the least one that has
// what the file says.
const (
	baseFormat  = 1
	floorFormat = 2 // has floor lines
)

// Every line ends with sumKey, 16 hex digits and lineEnd.
const (
	sumKey  = `,"x":"`
	lineEnd = "\"}\n"
	sumSize = 16
)

// encoder writes lines, each with a checksum over everything since the digits of
// the checksum before, those included.
type encoder struct {
	table *table
	buf   []byte
	mark  int // where the digits of the last checksum stand in buf
	skip  int // how much of buf is in the file already
	lines int
	run   string // of the last intent in this transaction
}

// newEncoder continues a file whose last checksum has the given digits; "" for
// a new file, which gets a header of the format. It writes into room first.
func newEncoder(t *table, sum string, format int, room []byte) *encoder {
	e := &encoder{table: t, buf: room}
	if sum == "" {
		e.header(format)
		return e
	}
	e.buf = append(e.buf, sum...)
	e.buf = append(e.buf, lineEnd...)
	e.skip = len(e.buf)
	return e
}

// bytes are the lines written since the last flush.
func (e *encoder) bytes() []byte { return e.buf[e.skip:] }

// sum is the digits of the last checksum.
func (e *encoder) sum() string { return string(e.buf[e.mark : e.mark+sumSize]) }

// flushed forgets the lines that bytes returned.
func (e *encoder) flushed() {
	n := copy(e.buf, e.buf[e.mark:])
	e.buf, e.mark, e.skip = e.buf[:n], 0, n
}

// seal ends the line that began at start.
func (e *encoder) seal(start int) {
	e.buf[start] = '{'
	sum := xxhash.Sum64(e.buf[e.mark:])
	e.buf = append(e.buf, sumKey...)
	e.mark = len(e.buf)
	e.buf = jsontext.AppendHex(e.buf, sum)
	e.buf = append(e.buf, lineEnd...)
	e.lines++
}

func (e *encoder) header(format int) {
	start := len(e.buf)
	e.buf = append(e.buf, `,"latus":"index"`...)
	e.buf = jsontext.AppendInt(e.buf, "format", int64(format))
	e.seal(start)
}

// commit ends a transaction of n lines.
func (e *encoder) commit(n int) {
	start := len(e.buf)
	e.buf = jsontext.AppendInt(e.buf, "commit", int64(n))
	e.seal(start)
	e.run = ""
}

// generation gives g a number. A generation with Seq 0 is only named, not known.
func (e *encoder) generation(g Generation) {
	start := len(e.buf)
	e.buf = jsontext.AppendInt(e.buf, "g", int64(e.table.add(g)))
	e.buf = appendID(e.buf, "author", uint64(g.Author))
	if g.Seq != 0 {
		e.buf = jsontext.AppendUint(e.buf, "seq", g.Seq)
	}
	e.buf = appendID(e.buf, "tag", g.Tag)
	if g.Time != 0 {
		e.buf = jsontext.AppendInt(e.buf, "time", g.Time)
	}
	e.seal(start)
}

func (e *encoder) floor(m Mark) {
	start := len(e.buf)
	e.buf = appendID(e.buf, "floor", uint64(m.Author))
	e.buf = jsontext.AppendUint(e.buf, "seq", m.Seq)
	e.seal(start)
}

func (e *encoder) drop(key string, p Path) {
	start := len(e.buf)
	e.buf = jsontext.AppendString(e.buf, key, string(p))
	e.seal(start)
}

func (e *encoder) hash(p Path, gen GenID, h Hash) {
	start := len(e.buf)
	e.buf = jsontext.AppendString(e.buf, "hash", string(p))
	e.buf = e.gen(e.buf, gen)
	e.buf = appendHash(e.buf, h)
	e.seal(start)
}

func (e *encoder) done(p Path, d *done) {
	start := len(e.buf)
	e.buf = jsontext.AppendString(e.buf, "done", string(p))
	e.buf = e.gen(e.buf, d.gen)
	if d.hash.Known() && !d.hashImplied {
		e.buf = appendHash(e.buf, d.hash)
	}
	e.buf = d.look.append(e.buf, "w")
	e.seal(start)
}

func (e *encoder) intend(i *intend) {
	start := len(e.buf)
	e.buf = jsontext.AppendString(e.buf, "intend", i.Op)
	e.buf = jsontext.AppendString(e.buf, "p", string(i.Path))
	e.buf = e.gen(e.buf, i.Gen)
	if !i.hashImplied {
		e.buf = appendHash(e.buf, i.Hash)
	}
	e.buf = jsontext.AppendSome(e.buf, "from", string(i.From))
	e.buf = jsontext.AppendSome(e.buf, "staged", i.Staged)
	e.buf = i.new.append(e.buf, "new")
	e.buf = i.old.append(e.buf, "old")
	e.buf = jsontext.AppendSome(e.buf, "trash", i.Trash)
	if i.Run != e.run {
		e.run = i.Run
		e.buf = jsontext.AppendString(e.buf, "run", i.Run)
	}
	e.seal(start)
}

func (e *encoder) entry(x *Entry) {
	start := len(e.buf)
	b := jsontext.AppendString(e.buf, "p", string(x.Path))
	var first *Head
	if len(x.Heads) > 0 {
		first = &x.Heads[0]
	}
	if len(x.Heads) == 1 {
		b = e.head(b, first)
	} else {
		b = append(jsontext.AppendKey(b, "heads"), '[')
		for i := range x.Heads {
			b = e.listed(b, i, &x.Heads[i])
		}
		b = append(b, ']')
	}
	if x.Pending {
		b = append(jsontext.AppendKey(b, "have"), '[')
		for i := range x.Have {
			if x.Have[i].in(x.Heads) {
				b = strconv.AppendUint(jsontext.Comma(b, i), e.table.number(x.Have[i].Gen), 10)
			} else {
				b = e.listed(b, i, &x.Have[i])
			}
		}
		b = append(b, ']')
	}
	b = e.mode(b, x.Mode, first)
	b = register(e, b, "own", x.Owner, first)
	b = register(e, b, "att", x.Attrs, first)
	if x.Witness != (Witness{}) {
		l := makeLook(x.Witness, first, x.Mode.Value)
		b = l.append(b, "w")
	}
	e.buf = b
	e.seal(start)
}

// mode appends the register: "o":644 if it was set with the first head, as that
// was made; else [644,g] if when generation g was made; else [644,stamp,g].
func (e *encoder) mode(b []byte, m ModeReg, first *Head) []byte {
	if m == (ModeReg{}) {
		return b
	}
	b = jsontext.AppendKey(b, "o")
	if first != nil && m.Gen == first.Gen && m.Stamp == first.Utime {
		return strconv.AppendUint(b, uint64(m.Value), 8)
	}
	b = strconv.AppendUint(append(b, '['), uint64(m.Value), 8)
	if g := e.table.number(m.Gen); m.Stamp != e.table.at(g).Time {
		b = strconv.AppendInt(append(b, ','), m.Stamp, 10)
	}
	b = strconv.AppendUint(append(b, ','), e.table.number(m.Gen), 10)
	return append(b, ']')
}

// register appends one whose value is a text as mode does: "own":"…", ["…",g] or
// ["…",stamp,g].
func register[T ~string](e *encoder, b []byte, key string, r Reg[T], first *Head) []byte {
	if r == (Reg[T]{}) {
		return b
	}
	if first != nil && r.Gen == first.Gen && r.Stamp == first.Utime {
		return jsontext.AppendString(b, key, string(r.Value))
	}
	b = jsontext.AppendQuoted(append(jsontext.AppendKey(b, key), '['), string(r.Value))
	g := e.table.number(r.Gen)
	if r.Stamp != e.table.at(g).Time {
		b = strconv.AppendInt(append(b, ','), r.Stamp, 10)
	}
	return append(strconv.AppendUint(append(b, ','), g, 10), ']')
}
