package replica

import (
	"slices"

	"latus/sync/config"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
)

// maxUnlike bounds what is remembered. Whoever has settled so many reads them all again.
const maxUnlike = 1000

// present tells whether the peer takes part in this run.
func (r *Replica) present(u *config.Unlike) bool {
	return slices.ContainsFunc(r.others, func(t peer.Tree) bool { return t.Peer.String() == u.Peer })
}

// reads tells whether this run compares what is remembered anew: this tree does, or where it
// is the first one, which takes nothing, the others do, and remember it.
func (r *Replica) reads() bool { return r.hello.Checksum }

// stillUnlike is what is remembered and holds, of what is as asked for.
func (r *Replica) stillUnlike(is func(*config.Unlike) bool) []plan.Held {
	var held []plan.Held
	for i := range r.cfg.Unlike {
		if u := &r.cfg.Unlike[i]; is(u) && u.Holds(r.merged.get(u.Where())) {
			held = append(held, plan.Held{Path: u.Where(), Reason: reason.Unlike.Why(), Problem: true})
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
	return r.reads() && slices.ContainsFunc(r.cfg.Unlike, func(u config.Unlike) bool { return r.present(&u) })
}

// noteUnlike brings what is remembered up to date at the end of a run.
func (r *Replica) noteUnlike() {
	r.cfg.Unlike = slices.DeleteFunc(r.cfg.Unlike, func(u config.Unlike) bool { return r.reads() && r.present(&u) })
	for _, u := range r.unlikeOf {
		if !slices.ContainsFunc(r.cfg.Unlike, func(o config.Unlike) bool { return o.Where() == u.Where() && o.Peer == u.Peer }) && len(r.cfg.Unlike) < maxUnlike {
			r.cfg.Unlike = append(r.cfg.Unlike, u)
		}
	}
	r.cfg.Unlike = slices.DeleteFunc(r.cfg.Unlike, func(u config.Unlike) bool { return !u.Holds(r.x.Get(u.Where())) })
	if len(r.cfg.Unlike) == 0 {
		r.cfg.Unlike = nil
	}
}
