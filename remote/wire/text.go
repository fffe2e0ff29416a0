package wire

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes a text from outside fit to be shown: what controls a terminal, or
// is no character, is written as an escape, and at most MaxText bytes are kept. A
// clean text stays as it is.
func Clean(s string) string {
	if len(s) <= MaxText && strings.IndexFunc(s, unclean) < 0 {
		return s
	}
	var b strings.Builder
	for i, w := 0, 0; i < len(s) && b.Len() <= MaxText; i += w {
		var r rune
		r, w = utf8.DecodeRuneInString(s[i:])
		switch {
		case !unclean(r):
			b.WriteString(s[i : i+w])
		case w == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	text := b.String()
	if len(text) <= MaxText {
		return text
	}
	const cut = "…"
	end := MaxText - len(cut)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + cut
}

// unclean also holds for utf8.RuneError, and so for every byte that is no UTF-8.
func unclean(r rune) bool { return r == utf8.RuneError || !unicode.IsGraphic(r) }
