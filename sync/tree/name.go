package tree

import (
	"strings"

	"latus/index"
)

// ValidName tells whether name is one component: something that, given to the
// system beside a held directory, can mean nothing outside of it.
func ValidName(name string) bool {
	if name == "" || name == "." || name == ".." {
		return false
	}
	for i := range len(forbidden) {
		if strings.IndexByte(name, forbidden[i]) >= 0 {
			return false
		}
	}
	return true
}

// ValidPath tells whether p is the root or components joined by "/".
func ValidPath(p index.Path) bool {
	if p == "" {
		return true
	}
	for rest, name, more := string(p), "", true; more; {
		if name, rest, more = strings.Cut(rest, "/"); !ValidName(name) {
			return false
		}
	}
	return true
}
