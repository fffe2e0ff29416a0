package index

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"

	"latus/index/jsontext"
)

// A line of the index is read by one of two decoders. The scanner takes exactly what the
// encoder usually writes, without making anything, several times as fast; an index of a
// million paths is read at the beginning of every run. Whatever else the format allows
// (keys in another order, spaces, escapes, names that are no UTF-8) goes to encoding/json
// (fallback.go). FuzzLine holds that the scanner takes no line that encoding/json refuses,
// or reads otherwise; TestScannerTakesWhatIsWritten, that it takes what is usual. So a
// change to the format goes into both, and first into fallback.go.

// scanner reads a line of exactly the shape that the encoder writes, and nothing
// else: keys in one order, no spaces, no escapes. Where it says no, the line goes
// to encoding/json.
type scanner struct {
	*decoder
	b []byte
	i int
}

// list reads [item,item,…].
func (s *scanner) list(item func() bool) bool {
	if !s.next(`[`) {
		return false
	}
	if s.next(`]`) {
		return true
	}
	for item() {
		if s.next(`]`) {
			return true
		}
		if !s.next(`,`) {
			return false
		}
	}
	return false
}

func (s *scanner) end() bool { return s.i == len(s.b)-1 && s.b[s.i] == '}' }

func (s *scanner) peek() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

func (s *scanner) at(i int, text string) bool {
	return len(s.b)-i >= len(text) && string(s.b[i:i+len(text)]) == text
}

// next steps over text, if it comes next.
func (s *scanner) next(text string) bool {
	if !s.at(s.i, text) {
		return false
	}
	s.i += len(text)
	return true
}

// uint reads a number of at most 19 digits, which always fit.
func (s *scanner) uint(v *uint64) bool {
	var n uint64
	from, b := s.i, s.b
	i := from
	for len(b)-i >= 8 {
		eight, ok := eightDigits(binary.LittleEndian.Uint64(b[i:]))
		if !ok {
			break
		}
		n = n*100_000_000 + eight
		i += 8
	}
	for i < len(b) && b[i]-'0' <= 9 {
		n = n*10 + uint64(b[i]-'0')
		i++
	}
	s.i = i
	*v = n
	digits := i - from
	return digits > 0 && digits < 20 && (b[from] != '0' || digits == 1)
}

// eightDigits reads 8 decimal digits at once, the first one in the lowest byte.
func eightDigits(w uint64) (uint64, bool) {
	if w&0xf0f0f0f0f0f0f0f0|(w+0x0606060606060606)&0xf0f0f0f0f0f0f0f0>>4 != 0x3333333333333333 {
		return 0, false
	}
	w -= 0x3030303030303030
	w = w*10 + w>>8
	const pairs = 0x000000ff000000ff
	return ((w&pairs)*(100+1_000_000<<32) + (w>>16&pairs)*(1+10_000<<32)) >> 32, true
}

func (s *scanner) int(v *int64) bool {
	negative := s.next(`-`)
	var n uint64
	if !s.uint(&n) || n > math.MaxInt64 {
		return false
	}
	*v = int64(n)
	if negative {
		*v = -*v
	}
	return true
}

func (s *scanner) octal(mode *uint32) bool {
	var n uint64
	if !s.uint(&n) {
		return false
	}
	var ok bool
	*mode, ok = parseOctal(n)
	return ok
}

func (s *scanner) gen(id *GenID) bool {
	var n uint64
	if !s.uint(&n) {
		return false
	}
	var ok bool
	*id, ok = s.decoder.gen(n)
	return ok
}

func (s *scanner) kind(k *Kind) bool {
	if !s.next(`"`) {
		return false
	}
	var ok bool
	*k, ok = parseKind(s.peek())
	s.i++
	return ok && s.next(`"`)
}

func (s *scanner) id(v *uint64) bool {
	b, ok := s.quoted()
	if !ok {
		return false
	}
	*v, ok = jsontext.ParseHex(b)
	return ok
}

func (s *scanner) someHash(h *Hash) bool {
	if !s.next(`,"h":`) {
		return true
	}
	b, ok := s.quoted()
	return ok && parseHash(b, h)
}

func (s *scanner) path(p *Path) bool {
	var b []byte
	ok := s.pathText(&b)
	*p = Path(s.arena.string(b))
	return ok
}

// pathText reads a path where it stands in the line.
func (s *scanner) pathText(p *[]byte) bool {
	b, ok := s.quoted()
	if !ok {
		return false
	}
	*p = b
	// Most paths stand in the directory of the one before.
	if n := len(s.dir); n > 0 && len(b) > n && len(b) <= MaxPath && string(b[:n]) == s.dir && jsontext.Plain(b[n:]) {
		if name := b[n:]; bytes.IndexByte(name, '/') < 0 {
			return validBytes(name)
		}
	}
	if !validText(b) {
		return false
	}
	path, err := ParsePath(string(b))
	if err != nil {
		return false
	}
	s.dir = string(path[:strings.LastIndexByte(string(path), '/')+1])
	return true
}

// validBytes is ValidName of text in which there is neither a zero nor a slash.
func validBytes(name []byte) bool {
	switch len(name) {
	case 0:
		return false
	case 1, 2, len(Private):
		return ValidName(string(name))
	}
	return len(name) <= MaxName
}

func (s *scanner) string(v *string) bool {
	b, ok := s.quoted()
	if !ok || !validText(b) {
		return false
	}
	*v = s.arena.string(b)
	return true
}

// validText tells whether b, which has no quote in it, stands for itself in JSON.
func validText(b []byte) bool {
	if jsontext.Plain(b) {
		return true
	}
	for _, c := range b {
		if c < ' ' || c == '\\' {
			return false
		}
	}
	return utf8.Valid(b)
}

// quoted reads a string without looking into it. The caller must refuse a
// backslash in it: then it did not end here.
func (s *scanner) quoted() ([]byte, bool) {
	if s.peek() != '"' {
		return nil, false
	}
	rest := s.b[s.i+1:]
	n := bytes.IndexByte(rest, '"')
	if n < 0 {
		return nil, false
	}
	s.i += n + 2
	return rest[:n], true
}
