package replica

import (
	"fmt"

	"latus/index"
	"latus/sync/cache"
	"latus/sync/peer"
)

// keep is s, the store of the index, with a copy of that on this machine if the tree is
// distant: then only what came to it since is fetched.
func (r *Replica) keep(s index.Store) index.Store {
	r.letKept()
	site, distant := r.site.(peer.DistantSite)
	if !distant || r.o.Cache == "" || r.home.Dir == nil {
		return s
	}
	r.nearby = cache.Store(s, r.o.Cache, fmt.Sprintf("%s %s", site.Address(), r.cfg.Peer), r.o.Now)
	return r.nearby
}

// letKept puts down what is known of the index by now.
func (r *Replica) letKept() {
	if r.nearby == nil {
		return
	}
	if err := r.nearby.Close(); err != nil {
		r.o.Log.Debug("no copy of the index is kept here", "tree", r.o.Spec, "error", err)
	}
	r.nearby = nil
}
