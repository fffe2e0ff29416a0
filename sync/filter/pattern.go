package filter

import "strings"

// Patterns is one list of patterns. The last one that matches decides.
type Patterns struct {
	list []pattern
}

// pattern is one line. Lines that can never match are not kept.
type pattern struct {
	negated bool // takes in again
	dirOnly bool
	base    bool   // matched against the last component alone
	literal string // how the text must begin; all of it if rest is nil
	rest    []segment
}

// Parse reads the text of an ignore file.
func Parse(text []byte) *Patterns {
	var ps Patterns
	for line := range lines(text) {
		ps.add(line)
	}
	return &ps
}

// ParseLines reads one pattern a string.
func ParseLines(lines []string) *Patterns {
	var ps Patterns
	for _, line := range lines {
		ps.add(line)
	}
	return &ps
}

func (ps *Patterns) add(line string) {
	if strings.HasPrefix(line, "#") {
		return
	}
	line, _, _ = strings.Cut(line, "\x00")
	if p, ok := compile(trimSpaces(line)); ok {
		ps.list = append(ps.list, p)
	}
}

// match says what the list makes of a path, relative to where the list is in
// force: ignored or not, or nothing at all.
func (ps *Patterns) match(path string, isDir bool) (ignored, said bool) {
	if len(ps.list) == 0 {
		return false, false
	}
	base := path[strings.LastIndexByte(path, '/')+1:]
	for i := len(ps.list) - 1; i >= 0; i-- {
		p := &ps.list[i]
		if p.dirOnly && !isDir {
			continue
		}
		text := path
		if p.base {
			text = base
		}
		if p.match(text) {
			return !p.negated, true
		}
	}
	return false, false
}

func (p *pattern) match(text string) bool {
	switch {
	case p.rest == nil:
		return text == p.literal
	case !strings.HasPrefix(text, p.literal):
		return false
	case p.base:
		return p.rest[0].match(text)
	}
	return matchSegments(p.rest, text[len(p.literal):])
}

// compile makes a pattern of a trimmed line; false: it can never match.
func compile(line string) (pattern, bool) {
	var p pattern
	line, p.negated = strings.CutPrefix(line, "!")
	line, p.dirOnly = strings.CutSuffix(line, "/")
	p.base = strings.IndexByte(line, '/') < 0
	if !p.base {
		line = strings.TrimPrefix(line, "/")
	}
	if line == "" {
		return p, false
	}
	wild := strings.IndexAny(line, `*?[\`)
	if wild < 0 {
		p.literal = line
		return p, true
	}
	if !p.base {
		// Git compares what stands before the first special character by itself
		// and matches the rest afresh, so that "x**/z" reads like "x" and "**/z".
		p.literal, line = line[:wild], line[wild:]
	}
	var ok bool
	p.rest, ok = compileSegments(line, p.base)
	return p, ok
}

// trimSpaces cuts the spaces at the end that no backslash protects.
func trimSpaces(line string) string {
	end := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ' ':
			continue
		case '\\':
			i++
		}
		end = i + 1
	}
	return line[:min(end, len(line))]
}
