package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"latus/index"
	"latus/sync/peer"
)

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

// Bounds of what is remembered of peers, so that it can always be read again (Largest).
const (
	maxBefore = 16      // places of one peer
	maxMet    = 4 << 20 // bytes of all of them, without what they know
	maxKnows  = 200_000 // authors of whom it is noted what peers know, of all peers
	recordLen = 256     // bytes of a record without its texts, about
)

// Largest is how large a file can be that is read: more than all there may be in it.
const Largest = 64 << 20

// Knows is how much of one author a peer had merged when it was last met.
type Knows struct {
	Author string `json:"author"`
	N      uint64 `json:"n"`
	Hash   string `json:"hash"` // of the tags of these, 16 hex digits
}

// NewKnows is how much somebody has merged who says so.
func NewKnows(counts []index.Count) []Knows {
	ks := make([]Knows, len(counts))
	for i, c := range counts {
		ks[i] = Knows{c.Author.String(), c.N, fmt.Sprintf("%016x", c.Hash)}
	}
	return ks
}

// Counts is what they say; what is no count is left out.
func Counts(ks []Knows) []index.Count {
	var cs []index.Count
	for _, k := range ks {
		author, err := index.ParseID(k.Author)
		hash, err2 := strconv.ParseUint(k.Hash, 16, 64)
		if err == nil && err2 == nil {
			cs = append(cs, index.Count{Author: index.PeerID(author), N: k.N, Hash: hash})
		}
	}
	return cs
}

// NewMet is what is remembered of o, whatever it knows.
func NewMet(o peer.Tree) Met {
	return Met{Peer: o.Peer.String(), Name: o.Name, Machine: o.Place.Machine, Host: o.Place.Host, Path: o.Place.Path}
}

// Remember replaces what was known of a peer, and of the place where it stands. A
// machine of another name is another one here, whatever its id: copies of one image
// would take each other's place with every run, and one record too many can be retired.
//
// What others say of themselves has no end. Where there is no room for a new peer it is not
// remembered, and one that is known stays where it was.
func Remember(ms []Met, m Met) []Met {
	kept := ms[:0:0]
	var known *Met
	room := maxMet
	for _, old := range ms {
		switch {
		case old.Peer == m.Peer:
			if m.LastRun == "" {
				m.LastRun = old.LastRun
			}
			m.Before = append([]Spot{{old.Machine, old.Path}}, old.Before...)
			known = &old
		case old.Path == m.Path && peer.AlikeMachines(old.Machine, m.Machine):
		default:
			old.Before = slices.DeleteFunc(slices.Clone(old.Before), func(s Spot) bool {
				return s.Path == m.Path && peer.AlikeMachines(s.Machine, m.Machine)
			})
			kept = append(kept, old)
			room -= old.size()
		}
	}
	m.Before = slices.DeleteFunc(m.Before, m.stands)
	m.Before = m.Before[:min(len(m.Before), maxBefore)]
	if len(m.Before) == 0 {
		m.Before = nil
	}
	if known == nil {
		room -= maxMet / 4 // left to those that are known, which move
	}
	if m.size() > room {
		if known == nil {
			return ms
		}
		m.Name, m.Machine, m.Host, m.Path, m.Before = known.Name, known.Machine, known.Host, known.Path, known.Before
	}
	return forgetful(append(kept, m))
}

// forgetful is ms with no more of what they know than there is room for: that of those who
// were met last. Of the others nothing counts as known, so nothing is forgotten that they
// have yet to hear of.
func forgetful(ms []Met) []Met {
	left := maxKnows
	for i := len(ms) - 1; i >= 0; i-- {
		if left -= len(ms[i].Knows); left < 0 {
			ms[i].Knows, left = nil, 0
		}
	}
	return ms
}

// size is how many bytes m takes without what it knows, about.
func (m *Met) size() int {
	n := recordLen + len(m.Name) + len(m.Machine) + len(m.Host) + len(m.Path)
	for _, s := range m.Before {
		n += recordLen/4 + len(s.Machine) + len(s.Path)
	}
	return n
}

// stands tells whether s, where the peer stood earlier, is where it stands now, by
// whatever name its machine goes.
func (m Met) stands(s Spot) bool { return m.Path == s.Path && peer.SameMachine(s.Machine, m.Machine) }

// PeerError says why no peer, or no single one, is meant.
type PeerError struct {
	Named string
	Match []Met // those that are so named; none: nobody is
}

func (e *PeerError) Error() string {
	if len(e.Match) == 0 {
		return fmt.Sprintf("this tree has met no %q", e.Named)
	}
	var names []string
	for _, m := range e.Match {
		names = append(names, m.Name+" ("+m.Peer+")")
	}
	return fmt.Sprintf("%q may mean %s", e.Named, strings.Join(names, ", "))
}

// GoesBy tells whether named is the peer's id, name, path or HOST:PATH.
func (m *Met) GoesBy(named string) bool {
	return named != "" && (m.Peer == named || m.Name == named || m.Path == named || m.Host+":"+m.Path == named)
}

// ends tells whether the peer's name or path has named as its last part.
func (m *Met) ends(named string) bool {
	last := func(s, separators string) bool { return s[strings.LastIndexAny(s, separators)+1:] == named }
	return named != "" && (last(m.Name, ":") || last(m.Path, `/\`))
}

// leastID is how much of an id tells that an id is meant.
const leastID = 4

// begins tells whether the peer's id or name begins so.
func (m *Met) begins(named string) bool {
	return len(named) >= leastID && strings.HasPrefix(m.Peer, named) || named != "" && strings.HasPrefix(m.Name, named)
}

// Find looks a peer up by id, name, path or HOST:PATH; if nobody is called so, by the last part
// of a name or path, and then by a beginning of a name or id.
func (c *Config) Find(named string) (int, error) {
	i, err := c.FindExactly(named)
	for _, fits := range []func(*Met, string) bool{(*Met).ends, (*Met).begins} {
		if wrong := (*PeerError)(nil); errors.As(err, &wrong) && len(wrong.Match) == 0 {
			i, err = c.only(named, fits)
		}
	}
	return i, err
}

// FindExactly looks a peer up by id, name, path or HOST:PATH.
func (c *Config) FindExactly(named string) (int, error) {
	if i := slices.IndexFunc(c.Peers, func(m Met) bool { return m.Peer == named }); i >= 0 {
		return i, nil
	}
	return c.only(named, (*Met).GoesBy)
}

// only finds the one peer that fits.
func (c *Config) only(named string, fits func(m *Met, named string) bool) (int, error) {
	at, wrong := 0, &PeerError{Named: named}
	for i := range c.Peers {
		if fits(&c.Peers[i], named) {
			at, wrong.Match = i, append(wrong.Match, c.Peers[i])
		}
	}
	if len(wrong.Match) == 1 {
		return at, nil
	}
	return 0, wrong
}
