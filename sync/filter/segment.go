package filter

import "strings"

// segment matches one component of a path, or any number of them.
type segment struct {
	deep bool // "**" between slashes: no component, or any number of them
	ops  []op // else: matched in order
}

type op struct {
	kind opKind
	text string // literal
	set  *set   // oneOf
}

type opKind uint8

const (
	literal opKind = iota
	star           // any bytes
	oneByte        // any byte
	oneOf          // a byte of the set
)

// matchSegments matches all of text, component by component. The last "**" that
// was passed is the only one worth trying again further on.
func matchSegments(segs []segment, text string) bool {
	s, at := 0, 0 // at: where the next component begins; past the end: none is left
	mark, markAt := -1, 0
	for {
		switch {
		case s < len(segs) && segs[s].deep:
			s++
			mark, markAt = s, at
			continue
		case s < len(segs) && at <= len(text):
			end := component(text, at)
			if segs[s].match(text[at:end]) {
				s, at = s+1, end+1
				continue
			}
		case s == len(segs) && at > len(text):
			return true
		}
		if mark < 0 || markAt > len(text) {
			return false
		}
		markAt = component(text, markAt) + 1
		s, at = mark, markAt
	}
}

// component returns where the component that begins at ends.
func component(text string, at int) int {
	if i := strings.IndexByte(text[at:], '/'); i >= 0 {
		return at + i
	}
	return len(text)
}

// match matches all of name. As above, only the last star is tried again.
func (g *segment) match(name string) bool {
	o, at := 0, 0
	mark, markAt := -1, 0
	for {
		if o == len(g.ops) {
			if at == len(name) {
				return true
			}
		} else if c := &g.ops[o]; c.kind == star {
			o++
			if o == len(g.ops) {
				return true
			}
			mark, markAt = o, at
			continue
		} else if c.kind == literal {
			if mark == o && o == len(g.ops)-1 {
				return strings.HasSuffix(name[at:], c.text)
			}
			if strings.HasPrefix(name[at:], c.text) {
				o, at = o+1, at+len(c.text)
				continue
			}
		} else if at < len(name) && (c.kind == oneByte || c.set.has(name[at])) {
			o, at = o+1, at+1
			continue
		}
		if mark < 0 || markAt >= len(name) {
			return false
		}
		markAt++
		o, at = mark, markAt
	}
}

// compileSegments compiles what follows the literal beginning of a pattern.
// Without slashes (flat) "**" is a star like any other. False: it can never match.
func compileSegments(p string, flat bool) ([]segment, bool) {
	var segs []segment
	var ops []op
	var text []byte // the literal begun
	begin := 0      // of the segment in p
	settle := func() {
		if len(text) > 0 {
			ops, text = append(ops, op{text: string(text)}), text[:0]
		}
	}
	finish := func(end int, escaped bool) {
		settle()
		if name := p[begin:end]; !flat && len(name) > 1 && strings.Trim(name, "*") == "" {
			if escaped || end == len(p) {
				segs = append(segs, segment{ops: ops}) // at least one component
			}
			segs = append(segs, segment{deep: true})
		} else {
			segs = append(segs, segment{ops: ops})
		}
		ops = nil
	}
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '*':
			settle()
			if n := len(ops); n == 0 || ops[n-1].kind != star {
				ops = append(ops, op{kind: star})
			}
		case '?':
			settle()
			ops = append(ops, op{kind: oneByte})
		case '[':
			set, end, ok := compileSet(p, i)
			if !ok {
				return nil, false
			}
			settle()
			ops = append(ops, op{kind: oneOf, set: set})
			i = end
		case '/':
			finish(i, false)
			begin = i + 1
		case '\\':
			i++
			switch {
			case i == len(p):
				return nil, false
			case p[i] == '/':
				finish(i-1, true)
				begin = i + 1
			default:
				text = append(text, p[i])
			}
		default:
			text = append(text, p[i])
		}
	}
	finish(len(p), false)
	return segs, true
}
