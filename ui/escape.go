package ui

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"latus/index"
)

// Name makes a path safe to show, on a terminal and in a pipe: control
// characters and bytes that are not UTF-8 become \n, \x1b, \xff, a backslash
// becomes \\. The original can be told from it.
func Name(p index.Path) string { return escape(string(p), true) }

// Safe makes any other string that came from outside safe to show: as Name, but
// a backslash stays, so that an address like C:\data stays readable.
func Safe(s string) string { return escape(s, false) }

func escape(s string, backslash bool) string {
	if clean(s, backslash) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\\' && backslash:
			b.WriteString(`\\`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case hidden(r) && r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case hidden(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// clean tells whether s can be shown as it is.
func clean(s string, backslash bool) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '\\' && backslash {
			return c >= 0x80 && cleanUnicode(s, backslash)
		}
	}
	return true
}

func cleanUnicode(s string, backslash bool) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if hidden(r) || r == '\\' && backslash {
			return false
		}
	}
	return true
}

// hidden tells whether a character acts on a terminal, or on the order of the
// characters around it, instead of showing itself.
func hidden(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0: // C0, DEL, C1
		return true
	case r == 0x200e, r == 0x200f, r == 0x061c: // direction marks
		return true
	case r >= 0x2028 && r <= 0x202e: // line and paragraph separators, embeddings, overrides
		return true
	case r >= 0x2066 && r <= 0x2069: // isolates
		return true
	case r == 0xfeff:
		return true
	}
	return false
}
