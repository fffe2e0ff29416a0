package ssh

import (
	"errors"
	"strings"
)

// splitKeyword returns the keyword of a line, in lower case, and what follows it
// and at most one "=".
func splitKeyword(line string) (keyword, rest string) {
	line = strings.Trim(line, " \t\r\f\n")
	if line == "" || line[0] == '#' {
		return "", ""
	}
	end := strings.IndexAny(line, " \t=")
	if end < 0 {
		return strings.ToLower(line), ""
	}
	rest = strings.TrimLeft(line[end:], " \t")
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "="), " \t")
	return strings.ToLower(strings.Trim(line[:end], `"`)), rest
}

// splitArgs cuts a line into words, of which quotes may hold blanks, up to a
// comment.
func splitArgs(s string) ([]string, error) {
	var args []string
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" || s[0] == '#' {
			return args, nil
		}
		var word []byte
		var quote byte
		i := 0
		for ; i < len(s); i++ {
			c := s[i]
			switch {
			case c == '\\' && i+1 < len(s) && (strings.IndexByte(`'"\`, s[i+1]) >= 0 || quote == 0 && s[i+1] == ' '):
				i++
				word = append(word, s[i])
				continue
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
				continue
			case quote != 0 && c == quote:
				quote = 0
				continue
			}
			if quote == 0 && (c == ' ' || c == '\t') {
				break
			}
			word = append(word, c)
		}
		if quote != 0 {
			return nil, errors.New("a quote is not closed")
		}
		args = append(args, string(word))
		s = s[i:]
	}
}
