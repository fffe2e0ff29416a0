package config

import (
	"encoding/json"
	"strconv"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/tree"
)

// Error says what is the matter with config.json, and why a tree says no for it.
type Error struct {
	Cause peer.Cause
	Text  string
}

func (e *Error) Error() string { return e.Text }

const path = index.Private + "/" + File

// lost is said of a tree whose config.json is gone or damaged. It is never taken for a new
// tree: whoever has synchronized it put more into it than is in the others.
func lost(why string) error { return &Error{peer.LostConfig, path + why} }

// Missing is what is the matter where there is no config.json, but name, which comes after it.
func Missing(name string) error {
	return lost(" is missing, but there is " + index.Private + "/" + name)
}

// Unreadable is what is the matter where err keeps it from being read.
func Unreadable(err error) error {
	return &Error{peer.CannotUse(err), path + " cannot be read: " + tree.Reason(err)}
}

// Parse reads config.json. An error is an *Error.
func Parse(b []byte) (c Config, err error) {
	switch err := json.Unmarshal(b, &c); {
	case err != nil:
		return c, lost(" is damaged: " + err.Error())
	case c.Format > 1:
		return c, &Error{peer.NewerTree, path + " was written by a newer latus (format " + strconv.Itoa(c.Format) + ")"}
	case c.PeerID() == 0:
		return c, lost(" is damaged: it does not say who the tree is")
	}
	if c.Access != nil {
		c.Access.sort()
	}
	return c, nil
}
