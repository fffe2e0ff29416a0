package ssh

import "strings"

// matchHostLine decides a Host line: one pattern must match and no negated one.
func matchHostLine(host string, patterns []string) bool {
	matched := false
	for _, p := range patterns {
		p, negated := strings.CutPrefix(p, "!")
		if matchPattern(host, p) {
			if negated {
				return false
			}
			matched = true
		}
	}
	return matched
}

// matchList does the same with patterns between commas.
func matchList(s, list string) bool { return matchHostLine(s, strings.Split(list, ",")) }

// matchPattern knows * and ?.
func matchPattern(s, pattern string) bool {
	for i := range len(pattern) {
		switch {
		case pattern[i] == '*':
			for j := i; j <= len(s); j++ {
				if matchPattern(s[j:], pattern[i+1:]) {
					return true
				}
			}
			return false
		case i >= len(s) || pattern[i] != '?' && pattern[i] != s[i]:
			return false
		}
	}
	return len(s) == len(pattern)
}
