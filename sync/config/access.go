package config

import (
	"fmt"
	"slices"
	"strings"

	"latus/index"
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
	Default Rights  `json:"default"`         // of those without a grant
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
		a.Grants[i].Key = g.Key || !IsID(g.Peer)
	}
}

// IsID tells whether a name is the id of a tree, met or not.
func IsID(name string) bool {
	id, err := index.ParseID(name)
	return err == nil && index.PeerID(id).String() == name
}

// Grant is what is said of a name, or of an id, and whether anything is; else the default.
func (a *Access) Grant(key bool, name string) (Rights, bool) {
	for _, g := range a.Grants {
		if g.Key == key && g.Peer == name {
			return g.May, true
		}
	}
	return a.Default, false
}

// Set makes g what is said of its peer; remove: nothing is.
func (a *Access) Set(g Grant, remove bool) {
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
	may, _ := a.Grant(false, id)
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
	may, said := c.Access.Grant(true, named)
	if !said {
		may, said = c.Access.Grant(false, named) // somebody bound it to an id
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
