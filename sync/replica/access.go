package replica

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"latus/sync/config"
	"latus/sync/peer"
)

// admit holds the run to what the other trees in it may do, or the one that this tree is
// served to. The narrowest counts.
func (r *Replica) admit(others []peer.Tree) error {
	may, who := config.All, r.o.Peer
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
	if may == config.Nobody {
		return r.refuse(peer.NotAllowed, "%s may not read this tree", who)
	}
	r.onlyReads = r.onlyReads || may == config.Read && !r.o.ReadOnly
	r.o.ReadOnly = r.o.ReadOnly || may == config.Read
	r.o.NoDelete = r.o.NoDelete || may == config.Add
	return nil
}

// Refused says why a client that tells no id may not see the tree at path; nil: it may.
func Refused(path string, o Options) error {
	r, err := Open(path, o)
	if err != nil {
		return err
	}
	defer r.Close()
	switch err := r.locate(); {
	case errors.Is(err, os.ErrNotExist):
		return nil // there is no list
	case err != nil:
		return err
	}
	return r.admit(nil)
}

// Permit is a change to what a peer may do.
type Permit struct {
	Peer   string // the id, name or HOST:PATH of a tree, or the name of a key; "": who is not named
	May    config.Rights
	Remove bool // Peer loses its own rights, and has the default ones
}

// Allow changes what peers may do to the tree at path, and returns for each change
// whether it is about one that the tree has met. Of a name it is said for keys that are
// bound to it, and for the tree that goes by it as well: what is said of a key does not
// depend on what trees call themselves.
func Allow(path string, changes []Permit, o Options) (met []bool, err error) {
	r, err := holding(context.Background(), path, o)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var a config.Access
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
		i, err := r.cfg.FindExactly(c.Peer)
		var wrong *config.PeerError
		_, key := a.Grant(true, c.Peer)
		if errors.As(err, &wrong) && len(wrong.Match) > 0 && !key { // a key's name is that key's, however many trees take it
			return nil, err
		}
		met = append(met, err == nil)
		a.Set(config.Grant{Peer: c.Peer, Key: true, May: c.May}, c.Remove)
		if err == nil {
			a.Set(config.Grant{Peer: r.cfg.Peers[i].Peer, May: c.May}, c.Remove)
		} else if config.IsID(c.Peer) {
			a.Set(config.Grant{Peer: c.Peer, May: c.May}, c.Remove)
		}
	}
	if r.cfg.Access = &a; a.Default == config.All && len(a.Grants) == 0 {
		r.cfg.Access = nil
	}
	if err := r.lease(); err != nil {
		return nil, err
	}
	if err := r.home.WriteConfig(&r.cfg); err != nil {
		return nil, fmt.Errorf("%s: cannot write %s: %w", r.o.Spec, config.File, err)
	}
	return met, nil
}

// ReadAccess is what peers may do to the tree at path; nil: all that they want.
func ReadAccess(path string) (*config.Access, error) {
	r, err := reading(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.cfg.Access, nil
}
