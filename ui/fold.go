package ui

import (
	"strings"
	"unicode"
)

// Fold breaks lines that are wider than n cells at spaces, where that can be; what goes on
// is set in under its beginning, or under what stands beside a name there. A command in
// backquotes stays in one piece, to be copied, and so do a number and its unit. n 0:
// nothing is broken.
func Fold(text string, n int) string {
	if n <= 0 {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if body, end := strings.CutSuffix(line, "\n"); cells(body) > n {
			foldLine(&b, body, n)
			if end {
				b.WriteByte('\n')
			}
		} else {
			b.WriteString(line)
		}
	}
	return b.String()
}

func foldLine(b *strings.Builder, line string, n int) {
	rest := strings.TrimLeft(line, " ")
	in := len(line) - len(rest)
	hang, at := in+4, in
	b.WriteString(line[:in])
	for first := true; rest != ""; first = false {
		var space, word string
		space, word, rest = cutWord(rest, n-in-4)
		switch w := cells(word); {
		case first:
			at += w
		case at+len(space)+w <= n:
			b.WriteString(space)
			at += len(space)
			if len(space) > 1 && at <= n/3 && hang == in+4 {
				hang = at // a name, and what there is to say about it
			}
			at += w
		default:
			next := hang
			if next+w > n {
				next = in + 4 // a word that is wider still the terminal breaks
			}
			b.WriteString("\n" + strings.Repeat(" ", next))
			at = next + w
		}
		b.WriteString(word)
	}
}

// cutWord takes spaces, and what must stay together after them, off the front of s.
// Backquotes around more than room cells are not heeded.
func cutWord(s string, room int) (space, word, rest string) {
	word = strings.TrimLeft(s, " ")
	space = s[:len(s)-len(word)]
	for end := 0; ; {
		to := len(word)
		if i := strings.IndexByte(word[end:], ' '); i >= 0 {
			to = end + i
		}
		if head := word[:to]; strings.Count(head, "`")%2 == 1 {
			if i := strings.IndexByte(word[to:], '`'); i >= 0 {
				whole := to + i + 1
				for whole < len(word) && word[whole] != ' ' {
					whole++
				}
				if cells(word[strings.LastIndexByte(head, '`'):whole]) <= room {
					to = whole
				}
			}
		}
		if to == len(word) || !together(word[:to], word[to+1:]) {
			return space, word[:to], word[to:]
		}
		end = to + 1
	}
}

// together tells whether a line may not end between two words: 5 B, 0.1 s, a date and
// a time.
func together(before, after string) bool {
	if before == "" || !unicode.IsDigit(rune(before[len(before)-1])) {
		return false
	}
	next, _, _ := strings.Cut(after, " ")
	switch strings.TrimRight(next, ".,;:)") {
	case "B", "KiB", "MiB", "GiB", "TiB", "s", "min", "h":
		return true
	}
	date := before[strings.LastIndexByte(before, ' ')+1:]
	return strings.Count(date, "-") == 2 && len(next) >= 5 && next[2] == ':'
}

// cells is Cells for a text with colours in it.
func cells(s string) int {
	n := 0
	for {
		i := strings.Index(s, "\x1b[")
		if i < 0 {
			return n + Cells(s)
		}
		n += Cells(s[:i])
		s = s[i+2:]
		if end := strings.IndexByte(s, 'm'); end >= 0 {
			s = s[end+1:]
		}
	}
}
