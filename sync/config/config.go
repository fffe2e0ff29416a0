// Package config is config.json: who a tree is, whom it has met and what they knew then, what
// they may do, and what is known to differ from theirs. It reads and writes no files.
package config

import (
	"latus/index"
	"latus/sync/peer"
	"latus/sync/tree"
)

// Before is what a filesystem could do that the tree was on before, for what was looked at
// there last.
type Before struct {
	Traits tree.Traits `json:"traits"`
	Only   [][]byte    `json:"only,omitempty"` // paths, in path order: what that is, with all below; nil: all of the tree
}

// File is its name in the private folder.
const File = "config.json"

// Config is config.json: who a tree is and whom it has met.
type Config struct {
	Format  int         `json:"format"` // 1
	Group   string      `json:"group"`  // 16 hex digits
	Peer    string      `json:"peer"`   // 16 hex digits
	Name    string      `json:"name"`
	Created string      `json:"created"`              // RFC 3339, UTC
	Traits  tree.Traits `json:"traits"`               // as this machine sees it
	SFTP    tree.Traits `json:"traits_sftp,omitzero"` // as it looks over SFTP
	Home    *Home       `json:"home,omitempty"`

	Filesystem string   `json:"filesystem,omitempty"`    // that Traits were found on (tree.Filesystem)
	Before     []Before `json:"traits_before,omitempty"` // oldest first
	Former     []Former `json:"former,omitempty"`        // oldest first
	Peers      []Met    `json:"peers,omitempty"`
	Access     *Access  `json:"access,omitempty"` // nil: all may do all
	Unlike     []Unlike `json:"unlike,omitempty"` // contents that are known to differ
}

// SeenFrom is what the filesystem can do, as seen from near or over SFTP; zero: not
// known yet.
func (c *Config) SeenFrom(distant bool) *tree.Traits {
	if distant {
		return &c.SFTP
	}
	return &c.Traits
}

// Home is where a tree stood when it was last written to.
type Home struct {
	Machine string `json:"machine,omitempty"`
	Path    string `json:"path"`
}

// Former is an id that a tree no longer goes by.
type Former struct {
	Peer string `json:"peer"`
	Name string `json:"name"`
}

// PeerID is Peer; 0: it is no id.
func (c *Config) PeerID() index.PeerID {
	id, _ := index.ParseID(c.Peer)
	return index.PeerID(id)
}

// GroupID is Group; 0: it belongs to none yet.
func (c *Config) GroupID() index.GroupID {
	id, _ := index.ParseID(c.Group)
	return index.GroupID(id)
}

// Remembers is the peers that are expected, and where they stood.
func (c *Config) Remembers() []peer.Tree {
	var ts []peer.Tree
	for _, m := range c.Peers {
		if m.Retired != "" {
			continue // nobody misses it
		}
		id, _ := index.ParseID(m.Peer)
		ts = append(ts, peer.Tree{
			Group: c.GroupID(), Peer: index.PeerID(id), Name: m.Name,
			Place: peer.Place{Machine: m.Machine, Host: m.Host, Path: m.Path},
		})
	}
	// Behind them all, so that the first place of a peer is the present one.
	for _, m := range c.Peers {
		id, _ := index.ParseID(m.Peer)
		for _, s := range m.Before {
			ts = append(ts, peer.Tree{
				Group: c.GroupID(), Peer: index.PeerID(id), Name: m.Name, Place: peer.Place{Machine: s.Machine, Path: s.Path},
			})
		}
	}
	return ts
}

// NameOf is what the tree of an id is called, as far as is known here.
func (c *Config) NameOf(id index.PeerID) string {
	if id == c.PeerID() {
		return c.Name
	}
	for _, m := range c.Peers {
		if m.Peer == id.String() {
			return m.Name
		}
	}
	for _, f := range c.Former {
		if f.Peer == id.String() {
			return f.Name
		}
	}
	return id.String()[:8]
}
