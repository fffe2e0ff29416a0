// Package jsontext appends the fields of JSON objects to a line, for the files of a tree that
// people can read.
//
// Each field begins with a comma, and CloseObject makes the first one's the brace. What is
// no valid UTF-8 is told in base64, under a key that says so. Numbers of 64 bits are hex.
package jsontext

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"unicode/utf8"
)

// base64Suffix marks the variant of a key whose value is the base64 of bytes
// that are not valid UTF-8: JSON has no other way to keep them.
const base64Suffix = "_base64"

// Base64 is how bytes are written that are no text.
var Base64 = base64.RawURLEncoding.Strict()

// AppendString appends ,"key":"s", or the base64 variant of it.
func AppendString(b []byte, key, s string) []byte {
	if Plain(s) {
		b = AppendKey(b, key)
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	if !utf8.ValidString(s) {
		b = append(b, ',', '"')
		b = append(b, key...)
		b = append(b, base64Suffix...)
		b = append(b, '"', ':', '"')
		b = Base64.AppendEncode(b, []byte(s))
		return append(b, '"')
	}
	return AppendQuoted(AppendKey(b, key), s)
}

// AppendSome is AppendString for a string that is left out when empty.
func AppendSome(b []byte, key, s string) []byte {
	if s == "" {
		return b
	}
	return AppendString(b, key, s)
}

// AppendKey appends ,"key":
func AppendKey(b []byte, key string) []byte {
	b = append(b, ',', '"')
	b = append(b, key...)
	return append(b, '"', ':')
}

// AppendInt appends ,"key":v
func AppendInt(b []byte, key string, v int64) []byte {
	return strconv.AppendInt(AppendKey(b, key), v, 10)
}

// AppendUint appends ,"key":v
func AppendUint(b []byte, key string, v uint64) []byte {
	return strconv.AppendUint(AppendKey(b, key), v, 10)
}

// Comma appends the comma before item i of a list, if it needs one.
func Comma(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return b
}

// CloseObject turns the fields appended since start into an object: each began
// with a comma, the first one's becomes the brace.
func CloseObject(b []byte, start int) []byte {
	if len(b) == start {
		return append(b, '{', '}')
	}
	b[start] = '{'
	return append(b, '}')
}

// AppendQuoted appends valid UTF-8 as a JSON string.
func AppendQuoted(b []byte, s string) []byte {
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

// Plain tells whether s is printable ASCII that stands for itself in JSON.
func Plain[T string | []byte](s T) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

const hexDigits = "0123456789abcdef"

// AppendHex appends the 16 hex digits of v.
func AppendHex(b []byte, v uint64) []byte {
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

// IsHex tells whether digits are the 16 of v.
func IsHex(digits []byte, v uint64) bool {
	return binary.BigEndian.Uint64(digits) == hexOf(uint32(v>>32)) && binary.BigEndian.Uint64(digits[8:]) == hexOf(uint32(v))
}

// ParseHex reads 16 lower-case hex digits.
func ParseHex[T string | []byte](s T) (v uint64, ok bool) {
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
