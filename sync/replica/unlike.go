package replica

import (
	"slices"
	"unicode/utf8"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// Unlike is a version that has one content here and another one at a peer, as a run found
// out that read both. Later runs read neither, and must not call that in sync: it is
// remembered until the path has another version here, or the two have been read again.
type Unlike struct {
	Path   string `json:"path,omitempty"`
	Raw    []byte `json:"path_base64,omitempty"` // instead, if the path is no UTF-8
	Author string `json:"author"`
	Tag    string `json:"tag"`
	Peer   string `json:"peer"`
}

// maxUnlike bounds what is remembered. Whoever has settled so many reads them all again.
const maxUnlike = 1000

func newUnlike(p index.Path, gen index.GenID, other index.PeerID) Unlike {
	u := Unlike{Path: string(p), Author: gen.Author.String(), Tag: index.PeerID(gen.Tag).String(), Peer: other.String()}
	if !utf8.ValidString(u.Path) {
		u.Path, u.Raw = "", []byte(p)
	}
	return u
}

func (u *Unlike) path() index.Path {
	if len(u.Raw) > 0 {
		return index.Path(u.Raw)
	}
	return index.Path(u.Path)
}

// holds tells whether e, what is known of the path, still is that version, and shall be.
func (u *Unlike) holds(e *index.Entry) bool {
	if e == nil {
		return false
	}
	for _, heads := range [][]index.Head{e.Heads, e.Acked()} {
		h, live := plan.Display(heads)
		if !live || h.Gen.Author.String() != u.Author || index.PeerID(h.Gen.Tag).String() != u.Tag {
			return false
		}
	}
	return true
}

// present tells whether the peer takes part in this run.
func (r *Replica) present(u *Unlike) bool {
	return slices.ContainsFunc(r.others, func(t peer.Tree) bool { return t.Peer.String() == u.Peer })
}

// reads tells whether this run compares what is remembered anew.
func (r *Replica) reads() bool {
	return r.hello.Checksum && !(r.hello.First && r.hello.Mode != peer.TwoWay)
}

// stillUnlike is what is remembered and holds, of what is as asked for.
func (r *Replica) stillUnlike(is func(*Unlike) bool) []plan.Held {
	var held []plan.Held
	for i := range r.cfg.Unlike {
		if u := &r.cfg.Unlike[i]; is(u) && u.holds(r.merged.get(u.path())) {
			held = append(held, plan.Held{Path: u.path(), Reason: plan.HeldUnlike, Problem: true})
		}
	}
	return held
}

// knownUnlike is where this run's trees differ: as it found out itself, or as is remembered
// by one that does not read them.
func (r *Replica) knownUnlike() []plan.Held {
	if r.reads() {
		return r.unlike
	}
	return r.stillUnlike(r.present)
}

// outdatedUnlike tells whether a run that has found nothing to do has proved wrong what is
// remembered.
func (r *Replica) outdatedUnlike() bool {
	return r.reads() && slices.ContainsFunc(r.cfg.Unlike, func(u Unlike) bool { return r.present(&u) })
}

// noteUnlike brings what is remembered up to date at the end of a run.
func (r *Replica) noteUnlike() {
	r.cfg.Unlike = slices.DeleteFunc(r.cfg.Unlike, func(u Unlike) bool { return r.reads() && r.present(&u) })
	for _, u := range r.unlikeOf {
		if !slices.ContainsFunc(r.cfg.Unlike, func(o Unlike) bool { return o.path() == u.path() && o.Peer == u.Peer }) && len(r.cfg.Unlike) < maxUnlike {
			r.cfg.Unlike = append(r.cfg.Unlike, u)
		}
	}
	r.cfg.Unlike = slices.DeleteFunc(r.cfg.Unlike, func(u Unlike) bool { return !u.holds(r.x.Get(u.path())) })
	if len(r.cfg.Unlike) == 0 {
		r.cfg.Unlike = nil
	}
}
