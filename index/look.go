package index

import (
	"strconv"

	"latus/index/jsontext"
)

// look is a witness as a line tells it: whole, or only by what it does not
// share with the head that it shows.
type look struct {
	form              lookForm
	born, seen, moded bool    // short: btime, ctime and mode are told
	w                 Witness // short: btime and ctime are differences; owner and attributes are told if they are known
}

type lookForm uint8

const (
	lookAbsent lookForm = iota // the line does not tell: what goes without saying there
	lookShort
	lookWhole
)

// makeLook tells w in the shortest form. h is the head that w may be a look at,
// nil if there is none; mode is what goes without saying.
func makeLook(w Witness, h *Head, mode uint32) look {
	if h == nil || w.Kind != h.Kind || w.Size != h.Size || w.Mtime != h.Mtime {
		return look{form: lookWhole, w: w}
	}
	l := look{form: lookShort, w: Witness{Inode: w.Inode, Owner: w.Owner, Attrs: w.Attrs}}
	base := w.Mtime
	if w.Btime != 0 {
		l.born, l.w.Btime = true, w.Btime-base
		base = w.Btime
	}
	if w.Ctime != 0 {
		l.seen, l.w.Ctime = true, w.Ctime-base
	}
	if w.Mode != mode {
		l.moded, l.w.Mode = true, w.Mode
	}
	return l
}

// witness is the inverse of makeLook, for a look that is not absent.
func (l *look) witness(h *Head, mode uint32) (Witness, bool) {
	if l.form == lookWhole {
		return l.w, true
	}
	if h == nil {
		return Witness{}, false
	}
	w := Witness{Kind: h.Kind, Mode: mode, Size: h.Size, Mtime: h.Mtime, Inode: l.w.Inode, Owner: l.w.Owner, Attrs: l.w.Attrs}
	base := w.Mtime
	if l.born {
		w.Btime = base + l.w.Btime
		base = w.Btime
	}
	if l.seen {
		w.Ctime = base + l.w.Ctime
	}
	if l.moded {
		w.Mode = l.w.Mode
	}
	return w, true
}

// append appends ,"key":… unless the look is absent.
func (l *look) append(b []byte, key string) []byte {
	switch l.form {
	case lookShort:
		return l.appendShort(jsontext.AppendKey(b, key))
	case lookWhole:
		return appendWitness(jsontext.AppendKey(b, key), l.w)
	}
	return b
}

// appendShort appends [inode,btime-mtime,ctime-btime,mode,uid,gid,attrs], cut where nothing
// more is told, with null for what is not.
func (l *look) appendShort(b []byte) []byte {
	b = strconv.AppendUint(append(b, '['), l.w.Inode, 10)
	owned := l.w.Owner != IDs{} || l.w.Attrs.Known()
	if l.born || l.seen || l.moded || owned {
		b = appendNullable(b, l.born, l.w.Btime)
	}
	if l.seen || l.moded || owned {
		b = appendNullable(b, l.seen, l.w.Ctime)
	}
	if l.moded {
		b = strconv.AppendUint(append(b, ','), uint64(l.w.Mode), 8)
	} else if owned {
		b = append(b, ",null"...)
	}
	if owned {
		b = appendNullable(b, l.w.Owner.User != 0, int64(l.w.Owner.User)-1)
		b = appendNullable(b, l.w.Owner.Group != 0, int64(l.w.Owner.Group)-1)
	}
	if l.w.Attrs.Known() {
		b = appendSum(append(b, ','), l.w.Attrs)
	}
	return append(b, ']')
}

// appendSum appends 16 hex digits, or "" for no attributes.
func appendSum(b []byte, s Sum) []byte {
	if s == noSum {
		return append(b, `""`...)
	}
	return append(jsontext.AppendHex(append(b, '"'), uint64(s)), '"')
}

func appendNullable(b []byte, told bool, v int64) []byte {
	b = append(b, ',')
	if !told {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, v, 10)
}

func appendWitness(b []byte, w Witness) []byte {
	start := len(b)
	if w.Kind != Absent {
		b = appendKind(b, w.Kind)
	}
	if w.Mode != 0 {
		b = strconv.AppendUint(jsontext.AppendKey(b, "o"), uint64(w.Mode), 8)
	}
	if w.Size != 0 {
		b = jsontext.AppendInt(b, "s", w.Size)
	}
	if w.Mtime != 0 {
		b = jsontext.AppendInt(b, "m", w.Mtime)
	}
	if w.Inode != 0 {
		b = jsontext.AppendUint(b, "i", w.Inode)
	}
	if w.Btime != 0 {
		b = jsontext.AppendInt(b, "b", w.Btime)
	}
	if w.Ctime != 0 {
		b = jsontext.AppendInt(b, "c", w.Ctime)
	}
	if w.Owner.User != 0 {
		b = jsontext.AppendInt(b, "uid", int64(w.Owner.User)-1)
	}
	if w.Owner.Group != 0 {
		b = jsontext.AppendInt(b, "gid", int64(w.Owner.Group)-1)
	}
	if w.Attrs.Known() {
		b = appendSum(jsontext.AppendKey(b, "a"), w.Attrs)
	}
	return jsontext.CloseObject(b, start)
}

// kindLetters are the kinds as lines tell them, in the order of the constants.
const kindLetters = "-fdlxs"

func appendKind(b []byte, k Kind) []byte {
	return append(b, ',', '"', 'k', '"', ':', '"', kindLetters[k], '"')
}

// unless tells w, or nothing if it is what goes without saying.
func (look) unless(w, without Witness, h *Head, mode uint32) look {
	if w == without {
		return look{}
	}
	return makeLook(w, h, mode)
}

// or is the inverse of unless.
func (l *look) or(without Witness, h *Head, mode uint32) (Witness, bool) {
	if l.form == lookAbsent {
		return without, true
	}
	return l.witness(h, mode)
}
