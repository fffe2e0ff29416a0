package index

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"unicode/utf8"
)

// base64Suffix marks the variant of a key whose value is the base64 of bytes
// that are not valid UTF-8: JSON has no other way to keep them.
const base64Suffix = "_base64"

var base64Text = base64.RawURLEncoding.Strict()

// appendString appends ,"key":"s", or the base64 variant of it.
func appendString(b []byte, key, s string) []byte {
	if plain(s) {
		b = appendKey(b, key)
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	if !utf8.ValidString(s) {
		b = append(b, ',', '"')
		b = append(b, key...)
		b = append(b, base64Suffix...)
		b = append(b, '"', ':', '"')
		b = base64Text.AppendEncode(b, []byte(s))
		return append(b, '"')
	}
	return appendQuoted(appendKey(b, key), s)
}

// appendKey appends ,"key":
func appendKey(b []byte, key string) []byte {
	b = append(b, ',', '"')
	b = append(b, key...)
	return append(b, '"', ':')
}

func appendInt(b []byte, key string, v int64) []byte {
	return strconv.AppendInt(appendKey(b, key), v, 10)
}

func appendUint(b []byte, key string, v uint64) []byte {
	return strconv.AppendUint(appendKey(b, key), v, 10)
}

// appendQuoted appends valid UTF-8 as a JSON string.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// plain tells whether s is printable ASCII that stands for itself in JSON.
func plain[T string | []byte](s T) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

const hexDigits = "0123456789abcdef"

// appendHex appends the 16 hex digits of v.
func appendHex(b []byte, v uint64) []byte {
	b = binary.BigEndian.AppendUint64(b, hexOf(uint32(v>>32)))
	return binary.BigEndian.AppendUint64(b, hexOf(uint32(v)))
}

// hexOf is the 8 hex digits of v, as the big-endian bytes of the result. It deals
// with all of them at once: a line is verified faster than its digits are read
// one by one.
func hexOf(v uint32) uint64 {
	n := uint64(v)
	n = (n | n<<16) & 0x0000ffff0000ffff
	n = (n | n<<8) & 0x00ff00ff00ff00ff
	n = (n | n<<4) & 0x0f0f0f0f0f0f0f0f
	letters := (n + 0x0606060606060606) >> 4 & 0x0101010101010101
	return n + 0x3030303030303030 + letters*('a'-'0'-10)
}

// parseHex reads 16 lower-case hex digits.
func parseHex[T string | []byte](s T) (v uint64, ok bool) {
	if len(s) != 16 {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			v = v<<4 | uint64(c-'0')
		case 'a' <= c && c <= 'f':
			v = v<<4 | uint64(c-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}
