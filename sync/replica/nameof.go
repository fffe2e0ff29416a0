package replica

import (
	"slices"
	"strings"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// nameOf names the tree that authored something, as well as this one knows.
func (r *Replica) nameOf(id index.PeerID) string {
	if id == r.cfg.PeerID() {
		return r.cfg.Name
	}
	for _, t := range r.others {
		if t.Peer == id {
			return t.Name
		}
	}
	return r.cfg.NameOf(id)
}

// nameOfHead names the tree that the version h of p is from. What a mirror puts back is
// the first tree's, though this one had to author it; so is what a conflict came to the
// version of whoever had made it.
func (r *Replica) nameOfHead(p index.Path, h index.Head) string {
	if h.Gen == r.mirrored && len(r.others) > 0 {
		return r.others[0].Name
	}
	if made := plan.Decided(p, h); made.Author != 0 {
		return r.nameOf(made.Author)
	}
	return r.nameOf(h.Gen.Author)
}

// markOf is how a conflict's file names the tree that its version is from: by
// host, and by more where several trees of the run share that.
func (r *Replica) markOf(id index.PeerID) string {
	name := r.nameOf(id)
	host, _, _ := strings.Cut(name, ":")
	mark := host
	for _, t := range append(slices.Clone(r.others), peer.Tree{Peer: r.cfg.PeerID(), Name: r.cfg.Name}) {
		other, _, _ := strings.Cut(t.Name, ":")
		switch {
		case t.Peer == id || other != host:
		case t.Name == name:
			return name + " " + id.String()[:4]
		default:
			mark = name
		}
	}
	return mark
}
