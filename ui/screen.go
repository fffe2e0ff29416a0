package ui

import (
	"cmp"
	"io"
	"strings"

	"github.com/rivo/uniseg"
)

// Screen is where output goes, and what can be shown there.
type Screen struct {
	Out, Err                 io.Writer
	OutTerminal, ErrTerminal bool
	OutColor, ErrColor       bool // colours may be used there
	Width                    int  // of the terminal in cells; 0: not known, or none
	// Now asks for the width anew, 0 if it is not to be had: windows are resized. nil:
	// it stays.
	Now func() int
}

// Fit is the width that tables and help keep to, in cells.
func (s Screen) Fit() int {
	if s.Now != nil {
		if w := s.Now(); w > 0 {
			return w
		}
	}
	if s.Width <= 0 {
		return 80
	}
	return s.Width
}

// The few colours there are. Everything reads the same without them.
const (
	red    = "31"
	yellow = "33"
)

func paint(on bool, color, s string) string {
	if !on {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// Cells is how many cells of a terminal s takes.
func Cells(s string) int { return uniseg.StringWidth(s) }

// dots stand for what is left out.
var dots = "…"

// SpeakASCII has all that latus itself says in ASCII, for a terminal whose locale knows no
// more. Names are shown as they are.
func SpeakASCII() { dots = "..." }

// SpeaksUTF8 tells whether the locale of an environment has UTF-8; getenv is os.Getenv.
func SpeaksUTF8(getenv func(string) string) bool {
	locale := strings.ToLower(cmp.Or(getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG")))
	return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
}

// Cut shortens s to at most n cells; what was cut shows as "…".
func Cut(s string, n int) string {
	if n <= 0 {
		return ""
	}
	if Cells(s) <= n {
		return s
	}
	more := dotsWithin(n)
	head, _ := split(s, n-Cells(more))
	return head + more
}

// CutFront is Cut that drops the beginning: of a path, the end says more.
func CutFront(s string, n int) string {
	if n <= 0 {
		return ""
	}
	over := Cells(s) - n
	if over <= 0 {
		return s
	}
	more := dotsWithin(n)
	over += Cells(more)
	head, tail := split(s, over)
	if Cells(head) < over { // a wide character did not fit
		_, tail = split(s, over+1)
	}
	return more + tail
}

// dotsWithin are as many of the dots as fit into n cells, at least one.
func dotsWithin(n int) string {
	head, _ := split(dots, n)
	return head
}

// split cuts s after as many whole characters as fit into n cells.
func split(s string, n int) (head, tail string) {
	at, state := 0, -1
	for rest := s; rest != ""; {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if n -= w; n < 0 {
			break
		}
		at += len(cluster)
	}
	return s[:at], s[at:]
}

// Pad fills s up with spaces to n cells.
func Pad(s string, n int) string {
	if w := Cells(s); w < n {
		return s + strings.Repeat(" ", n-w)
	}
	return s
}

// padLeft fills s up with spaces before it, for numbers.
func padLeft(s string, n int) string {
	if w := Cells(s); w < n {
		return strings.Repeat(" ", n-w) + s
	}
	return s
}

// Wrap breaks text into lines of at most n cells, at spaces. A longer word
// keeps a line of its own, and so do a command in backquotes, a number and its unit.
func Wrap(text string, n int) []string {
	var lines []string
	line := ""
	for rest := strings.TrimSpace(text); rest != ""; {
		var word string
		_, word, rest = cutWord(rest, n)
		switch {
		case line == "":
			line = word
		case Cells(line)+1+Cells(word) <= n:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// OutWidth is the width that what goes to Out keeps to: 0, without a limit, where nobody
// looks.
func (s Screen) OutWidth() int {
	if !s.OutTerminal {
		return 0
	}
	return s.Fit()
}

// ErrWidth is OutWidth for Err.
func (s Screen) ErrWidth() int {
	if !s.ErrTerminal {
		return 0
	}
	return s.Fit()
}
