package config

import (
	"encoding/json"
	"strconv"
	"strings"

	"latus/index"
)

// Error says what is the matter with config.json.
type Error string

func (e Error) Error() string { return string(e) }

// What keeps a tree from knowing who it is, and what from reading that, in the words
// in which it is told.
const (
	path    = index.Private + "/" + File
	missing = path + " is missing, but there is "
	damaged = path + " is damaged: "
	newer   = path + " was written by a newer latus "
)

// Missing is what is the matter where there is no config.json, but name, which comes after it.
func Missing(name string) error { return Error(missing + index.Private + "/" + name) }

// Unreadable is what is the matter where it cannot be read.
func Unreadable(reason string) error { return Error(path + " cannot be read: " + reason) }

// IsLost tells whether a Refusal is about a tree whose config.json is gone or
// damaged. It is never taken for a new tree: whoever has synchronized it put more into
// it than is in the others.
func IsLost(text string) bool {
	return strings.HasPrefix(text, missing) || strings.HasPrefix(text, damaged)
}

// IsNewer tells whether a Refusal is about a tree of a newer latus.
func IsNewer(text string) bool { return strings.HasPrefix(text, newer) }

// Parse reads config.json. An error is an Error.
func Parse(b []byte) (c Config, err error) {
	switch err := json.Unmarshal(b, &c); {
	case err != nil:
		return c, Error(damaged + err.Error())
	case c.Format > 1:
		return c, Error(newer + "(format " + strconv.Itoa(c.Format) + ")")
	case c.PeerID() == 0:
		return c, Error(damaged + "it does not say who the tree is")
	}
	if c.Access != nil {
		c.Access.sort()
	}
	return c, nil
}
