package replica

import (
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"

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
	Access  *Access     `json:"access,omitempty"` // nil: all may do all
	Unlike  []Unlike    `json:"unlike,omitempty"` // contents that are known to differ
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

// configError says what is the matter with config.json.
type configError string

func (e configError) Error() string { return string(e) }

// What keeps a tree from knowing who it is, and what from reading that, in the words
// in which it is told.
const (
	configPath    = index.Private + "/" + configFile
	configMissing = configPath + " is missing, but there is "
	configDamaged = configPath + " is damaged: "
	configNewer   = configPath + " was written by a newer latus "
)

// IsConfigLost tells whether a Refusal is about a tree whose config.json is gone or
// damaged. It is never taken for a new tree: whoever has synchronized it put more into
// it than is in the others.
func IsConfigLost(text string) bool {
	return strings.HasPrefix(text, configMissing) || strings.HasPrefix(text, configDamaged)
}

// IsNewer tells whether a Refusal is about a tree of a newer latus.
func IsNewer(text string) bool { return strings.HasPrefix(text, configNewer) }

// readConfig reads config.json. A tree that has none, and nothing that comes after it,
// is fresh: os.ErrNotExist. Other errors are worded for people.
func (h *home) readConfig() (c Config, err error) {
	if h.dir == nil {
		return c, os.ErrNotExist
	}
	f, err := h.dir.Read(configFile)
	if tree.IsNotExist(err) {
		// It is durable before either of these is begun.
		for _, name := range []string{index.FileName, index.LogName} {
			if _, err := h.dir.Stat(name); err == nil {
				return c, configError(configMissing + index.Private + "/" + name)
			}
		}
		return c, os.ErrNotExist
	}
	if err == nil {
		defer f.Close()
		var b []byte
		if b, err = io.ReadAll(io.LimitReader(f, 16<<20)); err == nil {
			return parseConfig(b)
		}
	}
	return c, configError(configPath + " cannot be read: " + tree.Reason(err))
}

func parseConfig(b []byte) (c Config, err error) {
	switch err := json.Unmarshal(b, &c); {
	case err != nil:
		return c, configError(configDamaged + err.Error())
	case c.Format > 1:
		return c, configError(configNewer + "(format " + strconv.Itoa(c.Format) + ")")
	case c.peer() == 0:
		return c, configError(configDamaged + "it does not say who the tree is")
	}
	if c.Access != nil {
		c.Access.sort()
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
