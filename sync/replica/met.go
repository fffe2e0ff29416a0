package replica

import (
	"fmt"
	"reflect"
	"slices"

	"latus/sync/config"
	"latus/sync/peer"
)

// Meet writes down who the other trees of a run are and where they stand, before
// they are told to Apply: whatever becomes of the run, and of this process, this tree
// knows that there is to be one, and is of their group. Of what they know it says
// nothing new: that is for Finish, when they do.
func (r *Replica) Meet() error {
	r.joined = true
	r.joinGroup()
	r.noteHome()
	for _, o := range r.others {
		m := config.NewMet(o)
		m.LastSync = stamp(r.now())
		if i := slices.IndexFunc(r.cfg.Peers, func(old config.Met) bool { return old.Peer == m.Peer }); i >= 0 {
			old := r.cfg.Peers[i]
			m.LastSync, m.Seq, m.Knows = old.LastSync, old.Seq, old.Knows
		}
		r.cfg.Peers = config.Remember(r.cfg.Peers, m)
	}
	return r.writeMet()
}

func (r *Replica) writeMet() error {
	if err := r.home.WriteConfig(&r.cfg); err != nil {
		return fmt.Errorf("%s: cannot write %s: %w", r.o.Spec, config.File, err)
	}
	return nil
}

// joinGroup makes the run's group this tree's.
func (r *Replica) joinGroup() {
	if r.group != 0 && !(r.o.ReadOnly && r.cfg.GroupID() != 0) {
		r.cfg.Group = r.group.String()
	}
}

// belated tells whether this tree has generations of its own that nobody is noted to
// have, though the other trees of this run, should they turn out to know as much, do:
// an earlier run was cut off when all was done but that.
func (r *Replica) belated() bool {
	own := r.x.Knowledge().NextSeq(r.cfg.PeerID()) - 1
	return own > 0 && !slices.ContainsFunc(r.cfg.Peers, func(m config.Met) bool { return m.Seq >= own })
}

// meet remembers the other trees of the run. If nothing changed here, what is
// remembered of a tree stays where only the time is another.
func (r *Replica) meet(run string) {
	r.joinGroup()
	now := stamp(r.now())
	theirs := r.x.Knowledge() // all have merged all
	if r.hello.Mode != peer.TwoWay && r.hubKnows != nil {
		theirs = r.hubKnows // the first one has merged nothing
	}
	all := config.NewKnows(theirs.Counts())
	for _, o := range r.others {
		m := config.NewMet(o)
		m.LastSync, m.LastRun, m.Seq, m.Knows = now, run, theirs.NextSeq(r.cfg.PeerID())-1, all
		known := func(old config.Met) bool {
			old.LastSync, old.LastRun, old.Before = m.LastSync, m.LastRun, nil
			return reflect.DeepEqual(old, m)
		}
		if r.brought || run != "" || !slices.ContainsFunc(r.cfg.Peers, known) {
			r.cfg.Peers = config.Remember(r.cfg.Peers, m)
		}
	}
}
