package sync

import "latus/sync/tree"

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
	Former  []Former    `json:"former,omitempty"` // oldest first
	Peers   []Met       `json:"peers,omitempty"`
}

// traits is what the filesystem can do, as seen from near or over SFTP; zero: not
// known yet.
func (c *Config) traits(distant bool) *tree.Traits {
	if distant {
		return &c.SFTP
	}
	return &c.Traits
}

// Met is a peer that a tree has synced with, and where it stood then.
type Met struct {
	Peer     string `json:"peer"`
	Name     string `json:"name"`
	Machine  string `json:"machine,omitempty"`
	Host     string `json:"host,omitempty"`
	Path     string `json:"path"`
	LastSync string `json:"last_sync"` // of the last run that changed anything here, RFC 3339, UTC
	LastRun  string `json:"last_run,omitempty"`
	Seq      uint64 `json:"seq,omitempty"` // this tree's own generations that the peer had merged then

	// Knows is all that the peer had merged then: what was deleted is remembered
	// until every peer knows of it, save those that were retired (RFC 3339, UTC).
	Knows   []Knows `json:"knows,omitempty"`
	Retired string  `json:"retired,omitempty"`

	// Before are places where it stood earlier, last one first: a stick finds
	// another mount point, and the old one is empty then.
	Before []Spot `json:"before,omitempty"`
}

// Spot is a directory on a machine.
type Spot struct {
	Machine string `json:"machine,omitempty"`
	Path    string `json:"path"`
}

// maxBefore bounds the places that are remembered of one peer.
const maxBefore = 16
