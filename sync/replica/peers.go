package replica

import (
	"context"
	"fmt"

	"latus/sync/config"
	"latus/sync/plan"
)

// Peer is a tree that another one has met, as that one sees it.
type Peer struct {
	config.Met
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
			has := known.Verified(config.Counts(m.Knows))
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

// Forget retires a peer of the tree at path: deletions are no longer remembered
// for its sake. Should it come back after all, it is given a full listing, and
// is a peer like any other again. It returns the peer, and how many deleted
// paths could be forgotten now. One that is retired stays so.
func Forget(path, named string, o Options) (config.Met, int, error) {
	r, err := holding(context.Background(), path, o)
	if err != nil {
		return config.Met{}, 0, err
	}
	defer r.Close()
	i, err := r.cfg.Find(named)
	if err != nil {
		return config.Met{}, 0, err
	}
	before := r.x.Len()
	m := &r.cfg.Peers[i]
	if m.Retired == "" {
		m.Retired, m.Knows = stamp(r.now()), nil
	}
	if err := r.lease(); err != nil {
		return *m, 0, err
	}
	if err := r.home.WriteConfig(&r.cfg); err != nil {
		return *m, 0, fmt.Errorf("%s: cannot write %s: %w", r.o.Spec, config.File, err)
	}
	err = r.collect()
	if err == nil {
		err = r.x.Compact()
	}
	return *m, before - r.x.Len(), err
}
