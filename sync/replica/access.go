package replica

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"latus/index"
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
	Grants  []Grant `json:"peers,omitempty"` // one for each id, and for each name of a key
}

// Grant is what one peer may do: the one of that id, or whoever has a key that is bound
// to that name. A name is never taken for an id, nor an id for a name.
type Grant struct {
	Peer string `json:"peer"`
	Key  bool   `json:"key,omitempty"` // Peer is the name of a key
	May  Rights `json:"may"`
}

// sort tells keys from ids in a list that does not say: what is no id is the name of a
// key.
func (a *Access) sort() {
	for i, g := range a.Grants {
		a.Grants[i].Key = g.Key || !isID(g.Peer)
	}
}

// isID tells whether a name is the id of a tree, met or not.
func isID(name string) bool {
	id, err := index.ParseID(name)
	return err == nil && index.PeerID(id).String() == name
}

func (a *Access) grant(key bool, name string) (Rights, bool) {
	for _, g := range a.Grants {
		if g.Key == key && g.Peer == name {
			return g.May, true
		}
	}
	return a.Default, false
}

// set makes g what is said of its peer; remove: nothing is.
func (a *Access) set(g Grant, remove bool) {
	a.Grants = slices.DeleteFunc(a.Grants, func(old Grant) bool { return old.Key == g.Key && old.Peer == g.Peer })
	if !remove {
		a.Grants = append(a.Grants, g)
	}
}

// Of is what the peer of that id may do. A nil Access allows all.
func (a *Access) Of(id string) Rights {
	if a == nil {
		return All
	}
	may, _ := a.grant(false, id)
	return may
}

// May is what may be done with a key that is bound to that name: what is said of the
// very name, else the default. What peers call themselves gives nothing. Where nothing is
// said of the name, peers that go by it, or by a longer one, take away what they may not
// do: older lists said of a tree what was meant for its key as well.
func (c *Config) May(named string) Rights {
	if c.Access == nil {
		return All
	}
	may, said := c.Access.grant(true, named)
	if !said {
		may, said = c.Access.grant(false, named) // somebody bound it to an id
	}
	if said {
		return may
	}
	for i := range c.Peers {
		if m := &c.Peers[i]; m.GoesBy(named) || m.begins(named) {
			may = max(may, c.Access.Of(m.Peer))
		}
	}
	return may
}

// admit holds the run to what the other trees in it may do, or the one that this tree is
// served to. The narrowest counts.
func (r *Replica) admit(others []peer.Tree) error {
	may, who := All, r.o.Peer
	if who != "" {
		may = r.cfg.May(who)
	} else {
		if r.o.Served && len(others) == 0 {
			may, who = r.cfg.Access.Of(""), "who does not say who it is"
		}
		for _, o := range others {
			if m := r.cfg.Access.Of(o.Peer.String()); m > may {
				may, who = m, o.Name
			}
		}
	}
	if may == Nobody {
		return r.refuse(peer.NotAllowed, "%s may not read this tree", who)
	}
	r.onlyReads = r.onlyReads || may == Read && !r.o.ReadOnly
	r.o.ReadOnly = r.o.ReadOnly || may == Read
	r.o.NoDelete = r.o.NoDelete || may == Add
	return nil
}

// Refused says why the one that the tree at path is served to, and that tells no id, may
// not see it; nil: it may.
func Refused(path string, o Options) error {
	r, err := Open(path, o)
	if err != nil {
		return err
	}
	defer r.Close()
	if r.home, err = r.openHome(); err != nil {
		return err
	}
	switch r.cfg, err = r.home.readConfig(); {
	case errors.Is(err, os.ErrNotExist):
		return nil // there is no list
	case err != nil:
		return r.refuse(peer.Unreadable, "%v", err)
	}
	return r.admit(nil)
}

// Permit is a change to what a peer may do.
type Permit struct {
	Peer   string // the id, name or HOST:PATH of a tree, or the name of a key; "": who is not named
	May    Rights
	Remove bool // Peer may what is the default
}

// Allow changes what peers may do to the tree at path, and returns for each change
// whether it is about one that the tree has met. Of a name it is said for keys that are
// bound to it, and for the tree that goes by it as well: what is said of a key does not
// depend on what trees call themselves.
func Allow(path string, changes []Permit, o Options) (met []bool, err error) {
	r, err := Open(path, o)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if err := r.seize(); err != nil {
		return nil, err
	}
	var a Access
	if r.cfg.Access != nil {
		a = *r.cfg.Access
		a.Grants = slices.Clone(a.Grants)
	}
	for _, c := range changes {
		if c.Peer == "" {
			a.Default = c.May
			met = append(met, false)
			continue
		}
		i, err := r.cfg.findExactly(c.Peer)
		var wrong *PeerError
		_, key := a.grant(true, c.Peer)
		if errors.As(err, &wrong) && len(wrong.Match) > 0 && !key { // a key's name is that key's, however many trees take it
			return nil, err
		}
		met = append(met, err == nil)
		a.set(Grant{Peer: c.Peer, Key: true, May: c.May}, c.Remove)
		if err == nil {
			a.set(Grant{Peer: r.cfg.Peers[i].Peer, May: c.May}, c.Remove)
		} else if isID(c.Peer) {
			a.set(Grant{Peer: c.Peer, May: c.May}, c.Remove)
		}
	}
	if r.cfg.Access = &a; a.Default == All && len(a.Grants) == 0 {
		r.cfg.Access = nil
	}
	if err := r.lease(); err != nil {
		return nil, err
	}
	if err := r.home.writeConfig(&r.cfg); err != nil {
		return nil, fmt.Errorf("%s: cannot write %s: %w", r.o.Spec, configFile, err)
	}
	return met, nil
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
