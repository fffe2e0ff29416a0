package index

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strings"
)

// Path names something below the root of a tree: components joined by "/",
// bytes exactly as the filesystem gave them, never empty, never absolute.
// The empty Path is the root itself and never has an Entry.
//
// A Path that came from outside (a peer, a file, a command line) is made by
// ParsePath and by nothing else; one that came from readdir is made by Join.
type Path string

// Limits of a Path, in bytes. Longer ones are refused on arrival.
const (
	MaxPath = 32 << 10
	MaxName = 1 << 10
)

// Private is the name of the folder latus keeps for itself in every tree.
// No Path has it as a component, at any depth.
const Private = ".latus"

// ErrBadPath is wrapped by every error of ParsePath.
var ErrBadPath = errors.New("not a valid path")

// ParsePath checks untrusted bytes and makes a Path of them.
func ParsePath(s string) (Path, error) {
	if s == "" || len(s) > MaxPath {
		return "", fmt.Errorf("%w: %d bytes long", ErrBadPath, len(s))
	}
	for rest, name, more := s, "", true; more; {
		name, rest, more = strings.Cut(rest, "/")
		if !ValidName(name) {
			return "", fmt.Errorf("%w: %q", ErrBadPath, s)
		}
	}
	return Path(s), nil
}

// ValidName tells whether name may be one component of a Path.
func ValidName(name string) bool {
	switch {
	case name == "" || name == "." || name == ".." || len(name) > MaxName:
		return false
	case len(name) == len(Private) && strings.EqualFold(name, Private):
		return false
	}
	return strings.IndexByte(name, 0) < 0 && strings.IndexByte(name, '/') < 0
}

// Join returns the path of name inside p. The name must be valid.
func (p Path) Join(name string) Path {
	if p == "" {
		return Path(name)
	}
	return p + "/" + Path(name)
}

// Split returns the directory that holds p, and the last component of p.
func (p Path) Split() (dir Path, name string) {
	i := strings.LastIndexByte(string(p), '/')
	if i < 0 {
		return "", string(p)
	}
	return p[:i], string(p[i+1:])
}

// Dir is the directory that holds p; "" for a path of one component.
func (p Path) Dir() Path { d, _ := p.Split(); return d }

// Base is the last component of p.
func (p Path) Base() string { _, n := p.Split(); return n }

// Under tells whether p lies below dir, at any depth. Nothing lies under itself;
// everything but the root lies under the root.
func (p Path) Under(dir Path) bool {
	if dir == "" {
		return p != ""
	}
	return len(p) > len(dir) && p[len(dir)] == '/' && p[:len(dir)] == dir
}

// Compare orders paths so that a directory stands right before everything below
// it: "/" sorts before every other byte. It returns -1, 0 or +1.
func Compare(a, b Path) int { return compare(a, b) }

// text is a string, or bytes that stand for one.
type text interface{ ~string | ~[]byte }

func compare[A, B text](a A, b B) int {
	i := commonPrefix(a, b)
	switch {
	case i == len(a) || i == len(b):
		return cmp.Compare(len(a), len(b))
	case a[i] == '/':
		return -1
	case b[i] == '/':
		return 1
	}
	return cmp.Compare(a[i], b[i])
}

// commonPrefix is how many bytes a and b begin with alike.
func commonPrefix[A, B text](a A, b B) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		x, y := binary.LittleEndian.Uint64([]byte(a[i:i+8])), binary.LittleEndian.Uint64([]byte(b[i:i+8]))
		if x != y {
			return i + bits.TrailingZeros64(x^y)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}
