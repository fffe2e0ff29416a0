package filter

import "strings"

// set is a set of bytes.
type set [4]uint64

func (s *set) has(b byte) bool { return s[b>>6]&(1<<(b&63)) != 0 }

func (s *set) add(from, to byte) {
	for b := int(from); b <= int(to); b++ {
		s[b>>6] |= 1 << (b & 63)
	}
}

// addClass adds what [:name:] stands for; false: there is no such class.
func (s *set) addClass(name string) bool {
	switch name {
	case "alnum":
		s.addClass("alpha")
		s.add('0', '9')
	case "alpha":
		s.add('a', 'z')
		s.add('A', 'Z')
	case "blank":
		s.add(' ', ' ')
		s.add('\t', '\t')
	case "cntrl":
		s.add(0, 31)
		s.add(127, 127)
	case "digit":
		s.add('0', '9')
	case "graph":
		s.add('!', '~')
	case "lower":
		s.add('a', 'z')
	case "print":
		s.add(' ', '~')
	case "punct":
		s.add('!', '/')
		s.add(':', '@')
		s.add('[', '`')
		s.add('{', '~')
	case "space": // as git has it: without vertical tab and form feed
		s.add('\t', '\n')
		s.add('\r', '\r')
		s.add(' ', ' ')
	case "upper":
		s.add('A', 'Z')
	case "xdigit":
		s.add('0', '9')
		s.add('a', 'f')
		s.add('A', 'F')
	default:
		return false
	}
	return true
}

// compileSet compiles the brackets that open at p[i] and returns where they
// close. False: they never do, or hold a class that does not exist.
func compileSet(p string, i int) (*set, int, bool) {
	var s set
	i++
	negated := i < len(p) && (p[i] == '!' || p[i] == '^')
	if negated {
		i++
	}
	last := -1 // the byte before, where a range could begin with it
	for first := true; ; first = false {
		switch {
		case i >= len(p):
			return nil, 0, false
		case p[i] == ']' && !first:
			if negated {
				for k := range s {
					s[k] = ^s[k]
				}
			}
			return &s, i, true
		case p[i] == '-' && last >= 0 && i+1 < len(p) && p[i+1] != ']':
			i++
			if p[i] == '\\' {
				i++
			}
			if i >= len(p) {
				return nil, 0, false
			}
			s.add(byte(last), p[i])
			last = -1
		case p[i] == '[' && i+1 < len(p) && p[i+1] == ':':
			n := strings.IndexByte(p[i+2:], ']')
			if n < 0 {
				return nil, 0, false
			}
			name, closed := strings.CutSuffix(p[i+2:i+2+n], ":")
			if !closed {
				s.add('[', '[')
				last = '['
				break
			}
			if !s.addClass(name) {
				return nil, 0, false
			}
			last = -1
			i += 2 + n
		default:
			if p[i] == '\\' {
				i++
			}
			if i >= len(p) {
				return nil, 0, false
			}
			s.add(p[i], p[i])
			last = int(p[i])
		}
		i++
	}
}
