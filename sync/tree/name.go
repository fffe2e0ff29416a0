package tree

import (
	"strings"

	"latus/index"
)

// validName tells whether name is one component: something that, given to the
// system beside a held directory, can mean nothing outside of it.
func validName(name string) bool {
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

// validPath tells whether p is the root or components joined by "/".
func validPath(p index.Path) bool {
	if p == "" {
		return true
	}
	for rest, name, more := string(p), "", true; more; {
		if name, rest, more = strings.Cut(rest, "/"); !validName(name) {
			return false
		}
	}
	return true
}
