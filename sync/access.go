package sync

import (
	"fmt"
	"slices"
	"strings"

	"latus/sync/peer"
)

// Rights are what a peer may do to a tree: each goes with those before it. The zero
// value is all of them.
type Rights uint8

const (
	All    Rights = iota // read, write, delete
	Add                  // read, write: what was deleted elsewhere stays
	Read                 // read: no file changes
	Nobody               // nothing: a run ends before the tree is looked at
)

var rightsText = [...]string{"read,write,delete", "read,write", "read", "none"}

func (r Rights) String() string { return rightsText[r] }

// ParseRights reads what String writes, in any order.
func ParseRights(s string) (Rights, error) {
	parts := strings.Split(s, ",")
	slices.Sort(parts)
	for r, text := range rightsText {
		want := strings.Split(text, ",")
		if slices.Sort(want); slices.Equal(parts, want) {
			return Rights(r), nil
		}
	}
	return 0, fmt.Errorf("%q is none of read,write,delete, read,write, read and none", s)
}

// MarshalText and UnmarshalText are for config.json.
func (r Rights) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Rights) UnmarshalText(b []byte) (err error) {
	*r, err = ParseRights(string(b))
	return err
}

// Access is who may do what to a tree.
type Access struct {
	Default Rights  `json:"default"`         // of whom no grant is about
	Grants  []Grant `json:"peers,omitempty"` // one for each name
}

// Grant is what one peer may do: the one of that id, or whoever is served under that
// name.
type Grant struct {
	Peer string `json:"peer"`
	May  Rights `json:"may"`
}

// Of is what may be done under the first of the names, or ids, that a grant is about. A nil
// Access allows all.
func (a *Access) Of(names ...string) Rights {
	if a == nil {
		return All
	}
	for _, name := range names {
		for _, g := range a.Grants {
			if g.Peer == name {
				return g.May
			}
		}
	}
	return a.Default
}

// May is what the peer of that id, or served under that name, may do.
func (c *Config) May(named string) Rights {
	names := []string{named}
	if i, err := c.find(named); err == nil {
		names = append(names, c.Peers[i].Peer)
	}
	return c.Access.Of(names...)
}

// admit holds the run to what the other trees in it may do, or the one that this tree is
// served to. The narrowest counts.
func (r *Replica) admit(others []peer.Tree) error {
	may, who := All, r.o.Peer
	if who != "" {
		may = r.cfg.May(who)
	} else {
		if r.o.Served && len(others) == 0 {
			may, who = r.cfg.Access.Of(), "who does not say who it is"
		}
		for _, o := range others {
			if m := r.cfg.Access.Of(o.Peer.String()); m > may {
				may, who = m, o.Name
			}
		}
	}
	if may == Nobody {
		return r.refuse(peer.Forbidden, "%s may not read this tree", who)
	}
	r.onlyReads = r.onlyReads || may == Read && !r.o.ReadOnly
	r.o.ReadOnly = r.o.ReadOnly || may == Read
	r.o.NoDelete = r.o.NoDelete || may == Add
	return nil
}

// Refused says why the one that the tree at path is served to may not see it; nil: it
// may, or goes by an id that it has yet to say.
func Refused(path string, o LocalOptions) error {
	if o.Peer == "" {
		return nil
	}
	r, err := Open(path, o)
	if err != nil {
		return err
	}
	defer r.Close()
	if r.home, err = r.openHome(); err != nil {
		return err
	}
	if r.cfg, err = r.home.readConfig(); err != nil {
		return nil // there is no list
	}
	return r.admit(nil)
}

// Permit is a change to what a peer may do.
type Permit struct {
	Peer   string // as in Forget, or a name that a tree is served under; "": who is not named
	May    Rights
	Remove bool // Peer may what is the default
}

// Allow changes what peers may do to the tree at path, and returns how each of them is
// named from now on, and whether that is one that the tree has met.
func Allow(path string, changes []Permit, o LocalOptions) (named []string, met []bool, err error) {
	r, err := Open(path, o)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	if err := r.seize(); err != nil {
		return nil, nil, err
	}
	var a Access
	if r.cfg.Access != nil {
		a = *r.cfg.Access
		a.Grants = slices.Clone(a.Grants)
	}
	for _, c := range changes {
		if c.Peer == "" {
			a.Default = c.May
			named, met = append(named, ""), append(met, false)
			continue
		}
		name := c.Peer
		i, err := r.cfg.find(name)
		if wrong, ok := err.(*PeerError); ok && len(wrong.Match) > 0 {
			return nil, nil, err
		}
		if err == nil {
			name = r.cfg.Peers[i].Peer
		}
		named, met = append(named, name), append(met, err == nil)
		a.Grants = slices.DeleteFunc(a.Grants, func(g Grant) bool { return g.Peer == name })
		if !c.Remove {
			a.Grants = append(a.Grants, Grant{name, c.May})
		}
	}
	if r.cfg.Access = &a; a.Default == All && len(a.Grants) == 0 {
		r.cfg.Access = nil
	}
	if err := r.lease(); err != nil {
		return nil, nil, err
	}
	if err := r.home.writeConfig(&r.cfg); err != nil {
		return nil, nil, fmt.Errorf("%s: cannot write %s: %w", r.o.Spec, configFile, err)
	}
	return named, met, nil
}

// ReadAccess is what peers may do to the tree at path; nil: all that they want.
func ReadAccess(path string) (*Access, error) {
	r, err := reading(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.cfg.Access, nil
}
