package sync

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"latus/index"
	"latus/sync/tree"
)

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

// readConfig reads config.json; a tree without one is fresh: os.ErrNotExist.
func (h *home) readConfig() (Config, error) {
	var c Config
	if h.dir == nil {
		return c, os.ErrNotExist
	}
	f, err := h.dir.Read(configFile)
	if err != nil {
		return c, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 16<<20))
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, fmt.Errorf("%s is damaged: %w", configFile, err)
	}
	if c.Format > 1 {
		return c, fmt.Errorf("%s was written by a newer latus (format %d)", configFile, c.Format)
	}
	if c.peer() == 0 {
		return c, fmt.Errorf("%s has no peer id", configFile)
	}
	return c, nil
}

func (h *home) writeConfig(c *Config) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return h.write(configFile, append(b, '\n'), true)
}

func (c *Config) peer() index.PeerID {
	id, _ := index.ParseID(c.Peer)
	return index.PeerID(id)
}

func (c *Config) group() index.GroupID {
	id, _ := index.ParseID(c.Group)
	return index.GroupID(id)
}
