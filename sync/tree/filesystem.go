package tree

import (
	"fmt"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// Filesystem names the filesystem that t is on and the way it is mounted, as one word: what
// Probe found holds as long as that is the same. "" where nobody can tell.
func Filesystem(t Tree) string {
	if f, ok := t.(interface{ Filesystem() string }); ok {
		return f.Filesystem()
	}
	return ""
}

// fingerprint makes one word of what tells a filesystem from another one. It does not give
// away what that is: options of a mount can hold names and places.
func fingerprint(facts ...string) string {
	return fmt.Sprintf("%016x", xxhash.Sum64String(strings.Join(facts, "\x00")))
}
