package replica

import (
	"fmt"
	"reflect"
	"slices"

	"latus/sync/peer"
)

// Meet writes down who the other trees of a run are and where they stand, before
// they are told to Apply: whatever becomes of the run, and of this process, this tree
// knows that there is to be one, and is of their group. Of what they know it says
// nothing new: that is for Finish, when they do.
func (r *Replica) Meet() error {
	r.joined = true
	r.joinGroup()
	r.settleDown()
	for _, o := range r.others {
		m := met(o)
		m.LastSync = stamp(r.now())
		if i := slices.IndexFunc(r.cfg.Peers, func(old Met) bool { return old.Peer == m.Peer }); i >= 0 {
			old := r.cfg.Peers[i]
			m.LastSync, m.Seq, m.Knows = old.LastSync, old.Seq, old.Knows
		}
		r.cfg.Peers = remember(r.cfg.Peers, m)
	}
	return r.writeMet()
}

func (r *Replica) writeMet() error {
	if err := r.home.writeConfig(&r.cfg); err != nil {
		return fmt.Errorf("%s: cannot write %s: %w", r.o.Spec, configFile, err)
	}
	return nil
}

// joinGroup makes the run's group this tree's.
func (r *Replica) joinGroup() {
	if r.group != 0 && !(r.o.ReadOnly && r.cfg.group() != 0) {
		r.cfg.Group = r.group.String()
	}
}

// met is what is remembered of o, whatever it knows.
func met(o peer.Tree) Met {
	return Met{Peer: o.Peer.String(), Name: o.Name, Machine: o.Place.Machine, Host: o.Place.Host, Path: o.Place.Path}
}

// belated tells whether this tree has generations of its own that nobody is noted to
// have, though the other trees of this run, should they turn out to know as much, do:
// an earlier run was cut off when all was done but that.
func (r *Replica) belated() bool {
	own := r.x.Knowledge().NextSeq(r.cfg.peer()) - 1
	return own > 0 && !slices.ContainsFunc(r.cfg.Peers, func(m Met) bool { return m.Seq >= own })
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
	all := knows(theirs.Counts())
	for _, o := range r.others {
		m := met(o)
		m.LastSync, m.LastRun, m.Seq, m.Knows = now, run, theirs.NextSeq(r.cfg.peer())-1, all
		known := func(old Met) bool {
			old.LastSync, old.LastRun, old.Before = m.LastSync, m.LastRun, nil
			return reflect.DeepEqual(old, m)
		}
		if r.brought || run != "" || !slices.ContainsFunc(r.cfg.Peers, known) {
			r.cfg.Peers = remember(r.cfg.Peers, m)
		}
	}
}

// remember replaces what was known of a peer, and of the place where it stands. A
// machine of another name is another one here, whatever its id: copies of one image
// would take each other's place with every run, and one record too many can be retired.
func remember(ms []Met, m Met) []Met {
	kept := ms[:0:0]
	for _, old := range ms {
		switch {
		case old.Peer == m.Peer:
			if m.LastRun == "" {
				m.LastRun = old.LastRun
			}
			m.Before = append([]Spot{{old.Machine, old.Path}}, old.Before...)
		case old.Path == m.Path && peer.AlikeMachines(old.Machine, m.Machine):
		default:
			old.Before = slices.DeleteFunc(slices.Clone(old.Before), func(s Spot) bool {
				return s.Path == m.Path && peer.AlikeMachines(s.Machine, m.Machine)
			})
			kept = append(kept, old)
		}
	}
	m.Before = slices.DeleteFunc(m.Before, m.stands)
	m.Before = m.Before[:min(len(m.Before), maxBefore)]
	if len(m.Before) == 0 {
		m.Before = nil
	}
	return append(kept, m)
}

// stands tells whether s, where the peer stood earlier, is where it stands now, by
// whatever name its machine goes.
func (m Met) stands(s Spot) bool { return m.Path == s.Path && peer.SameMachine(s.Machine, m.Machine) }
