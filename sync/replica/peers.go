package replica

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"latus/sync/peer"
	"latus/sync/plan"
)

// Peer is a tree that another one has met, as that one sees it.
type Peer struct {
	Met
	// Awaits is how many deleted paths are still remembered because, as far as
	// is known here, this peer has not heard of the deletion. None if it is
	// retired.
	Awaits int
}

// ReadPeers lists the trees that the one at path has met, retired ones included.
func ReadPeers(path string) ([]Peer, error) {
	r, err := reading(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var ps []Peer
	for _, m := range r.cfg.Peers {
		p := Peer{Met: m}
		if m.Retired == "" {
			known := r.x.Knowledge()
			has := known.Verified(counts(m.Knows))
			for e := range r.x.All() {
				if plan.Collectable(e, known) && !plan.Collectable(e, has) {
					p.Awaits++
				}
			}
		}
		ps = append(ps, p)
	}
	return ps, nil
}

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

// begins tells whether the peer's id or name begins so.
func (m *Met) begins(named string) bool {
	return named != "" && (strings.HasPrefix(m.Peer, named) || strings.HasPrefix(m.Name, named))
}

// find looks a peer up by id, name, HOST:PATH, or a beginning of one of them that
// no other shares.
func (c *Config) find(named string) (int, error) {
	i, err := c.findExactly(named)
	if wrong := (*PeerError)(nil); errors.As(err, &wrong) && len(wrong.Match) == 0 {
		return c.only(named, (*Met).begins)
	}
	return i, err
}

// findExactly looks a peer up by id, name, path or HOST:PATH.
func (c *Config) findExactly(named string) (int, error) {
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

// Forget retires a peer of the tree at path: deletions are no longer remembered
// for its sake. Should it come back after all, it is given a full listing, and
// is a peer like any other again. It returns the peer, and how many deleted
// paths could be forgotten now. One that is retired stays so.
func Forget(path, named string, o Options) (Met, int, error) {
	r, err := Open(path, o)
	if err != nil {
		return Met{}, 0, err
	}
	defer r.Close()
	if err := r.seize(); err != nil {
		return Met{}, 0, err
	}
	i, err := r.cfg.find(named)
	if err != nil {
		return Met{}, 0, err
	}
	before := r.x.Len()
	m := &r.cfg.Peers[i]
	if m.Retired == "" {
		m.Retired, m.Knows = stamp(r.now()), nil
	}
	if err := r.lease(); err != nil {
		return *m, 0, err
	}
	if err := r.home.writeConfig(&r.cfg); err != nil {
		return *m, 0, fmt.Errorf("%s: cannot write %s: %w", r.o.Spec, configFile, err)
	}
	err = r.collect()
	if err == nil {
		err = r.x.Compact()
	}
	return *m, before - r.x.Len(), err
}

// seize opens the tree to write to what is known of it, without a run.
func (r *Replica) seize() error {
	var err error
	if r.home, err = r.openHome(); err != nil {
		return err
	}
	r.cfg, err = r.home.readConfig()
	switch {
	case errors.Is(err, os.ErrNotExist):
		return r.noTree()
	case err != nil:
		return r.refuse(peer.Unreadable, "%v", err)
	}
	if err := r.lock(); err != nil {
		return err
	}
	r.home.setTraits(r.cfg.Traits)
	return r.load(context.Background())
}
