package index

import (
	"encoding/base64"
	"encoding/binary"

	"latus/index/jsontext"
)

type recordKind uint8

const (
	tableRecord recordKind = iota
	packRecord
	floorRecord
	putRecord
	dropRecord
	doneRecord
	settleRecord
	hashRecord
	intendRecord
	commitRecord
)

// record is one line as read.
type record struct {
	kind   recordKind
	path   Path
	text   []byte     // the path of an entry, until the next line is read
	number uint64     // of a table line
	gen    Generation // of a table line
	pack   pack
	mark   Mark
	entry  *Entry // the decoder's, until the next line is read; without its path
	done   done   // also of a hash line
	intend *intend
	count  uint64 // of a commit line
}

// pack is a row of one author's generations that no entry refers to.
type pack struct {
	author PeerID
	seq    uint64 // of the first tag
	tags   []uint64
	steps  []uint64 // from each tag's seq to the next one's; nil: always 1
}

// done is what a done line says besides its path.
type done struct {
	gen         GenID
	hash        Hash
	hashImplied bool // the line can do without: the head or the intent says it
	w           Witness
	look        look // w as the line tells it; absent: as the intent says, or nothing
}

// intend is what an intent line says.
type intend struct {
	Intent
	hashImplied bool // Hash is the head's
	runImplied  bool // Run is that of the intent before
	new, old    look // absent: Old is the entry's witness
}

// decoder reads lines into records. The table must hold all lines before.
type decoder struct {
	table *table
	arena arena
	tags  []uint64
	dir   string // of the last path that was plain, with a slash; known to be good
	entry Entry
	head  [1]Head
	owner Owner // the last ones that were read; known to be good
	attrs Attrs
}

// decode reads the body of a line: without the checksum, the closing brace included.
func (d *decoder) decode(body []byte, r *record) error {
	*r = record{}
	s := scanner{decoder: d, b: body}
	if s.record(r) {
		return nil
	}
	*r = record{}
	return d.decodeJSON(body, r)
}

// gen resolves a number.
func (d *decoder) gen(n uint64) (GenID, bool) {
	if n > uint64(len(d.table.gens)) {
		return GenID{}, false
	}
	return d.table.at(n).GenID, true
}

// parseTag reads what appendTag wrote.
func parseTag(b []byte) (uint64, bool) {
	var raw [8]byte
	if len(b) != base64.RawURLEncoding.EncodedLen(len(raw)) {
		return 0, false
	}
	if n, err := jsontext.Base64.Decode(raw[:], b); err != nil || n != len(raw) {
		return 0, false
	}
	v := binary.BigEndian.Uint64(raw[:])
	return v, v != 0
}

func parseHash(b []byte, h *Hash) bool {
	if len(b) == 0 {
		*h = Hash{}
		return true
	}
	if len(b) != base64.RawURLEncoding.EncodedLen(len(h)) {
		return false
	}
	n, err := jsontext.Base64.Decode(h[:], b)
	return err == nil && n == len(h) && h.Known()
}

// parseTags reads a row of big-endian tags.
func (d *decoder) parseTags(b []byte) ([]uint64, bool) {
	raw, err := jsontext.Base64.AppendDecode(nil, b)
	if err != nil || !jsontext.Plain(b) || len(raw) == 0 || len(raw)%8 != 0 {
		return nil, false
	}
	d.tags = d.tags[:0]
	for ; len(raw) > 0; raw = raw[8:] {
		d.tags = append(d.tags, binary.BigEndian.Uint64(raw))
	}
	return d.tags, true
}

func parseKind(c byte) (Kind, bool) {
	for i := range len(kindLetters) {
		if kindLetters[i] == c {
			return Kind(i), true
		}
	}
	return 0, false
}

// parseOctal reads decimal digits as the octal number that they spell.
func parseOctal(v uint64) (uint32, bool) {
	var mode, shift uint64
	for ; v > 0; v /= 10 {
		digit := v % 10
		if digit > 7 || shift > 30 {
			return 0, false
		}
		mode |= digit << shift
		shift += 3
	}
	return uint32(mode), mode>>32 == 0
}
