package plan

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"latus/index"
)

// conflictMark is in every name that conflictName makes.
const conflictMark = " (conflict "

// conflictName is "NAME (conflict HOST DATE).EXT", from the loser alone, so that
// it reads the same wherever it is made; in UTC and without a colon.
func conflictName(p index.Path, loser index.Head, host string, taken func(index.Path) bool) index.Path {
	dir, name := p.Split()
	stem, ext := parts(name)
	host = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) || r == utf8.RuneError {
			return '-'
		}
		return r
	}, host)
	host = cut(host, 64)
	date := dateOf(loser)
	for n := 1; ; n++ {
		mark := fmt.Sprintf("%s%s %s)", conflictMark, host, date)
		if n > 1 {
			mark = fmt.Sprintf("%s%s %s %d)", conflictMark, host, date, n)
		}
		q := dir.Join(marked(stem, mark, ext))
		if taken == nil || !taken(q) {
			return q
		}
	}
}

// namedApart tells whether p is a name that conflictName makes of from for the version that h
// has the content of, wherever that was.
func namedApart(p, from index.Path, h index.Head) bool {
	dir, name := p.Split()
	within, old := from.Split()
	stem, ext := parts(old)
	name, ends := strings.CutSuffix(name, ext)
	at := strings.LastIndex(name, conflictMark)
	if dir != within || !ends || at < 0 || name+ext != marked(stem, name[at:], ext) {
		return false
	}
	mark, ends := strings.CutSuffix(name[at+len(conflictMark):], ")")
	if more := strings.LastIndexByte(mark, ' '); more >= 0 {
		if n, err := strconv.Atoi(mark[more+1:]); err == nil && n > 1 {
			mark = mark[:more]
		}
	}
	return ends && strings.HasSuffix(mark, " "+dateOf(h))
}

// parts are a name without its extension, and that; a dot file has none.
func parts(name string) (stem, ext string) {
	if ext = path.Ext(name); ext == name || len(ext) > 32 {
		ext = ""
	}
	return strings.TrimSuffix(name, ext), ext
}

// marked is a name with a mark before the extension, no longer than a name can be.
func marked(stem, mark, ext string) string {
	const longest = 255
	return cut(stem, longest-len(mark)-len(ext)) + mark + ext
}

func dateOf(h index.Head) string { return time.Unix(0, h.Mtime).UTC().Format("2006-01-02 15-04-05") }

// cut shortens s to at most n bytes, between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
