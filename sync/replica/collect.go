package replica

import (
	"fmt"
	"iter"
	"slices"

	"latus/index"
	"latus/sync/config"
	"latus/sync/peer"
	"latus/sync/plan"
)

// defaultTidy is how many dead entries are worth writing an index that a run
// had no other reason to write.
const defaultTidy = 1000

// collect drops the entries of what was deleted long ago: nothing is left to do
// about them here, and every known peer has merged the deletion. Should a peer
// know less than was noted, or come back from the dead, the floor tells: it is
// given the full listing.
func (r *Replica) collect() error {
	if len(r.x.Intents()) > 0 || !r.mayDrop(1) {
		return nil
	}
	known := r.x.Knowledge()
	_, all := r.knownBy(nil)
	tx := r.x.Begin()
	n := 0
	for e := range r.dead(all) {
		tx.Drop(e.Path)
		tx.Forget(marks(e, known)...)
		n++
	}
	if n == 0 {
		return nil
	}
	if err := tx.Commit(true); err != nil {
		return fmt.Errorf("%s: cannot write the index: %w", r.o.Spec, err)
	}
	r.o.Log.Debug("dropped what is dead", "tree", r.o.Spec, "entries", n)
	return nil
}

// untidy tells whether a run that has nothing else to do shall be written down
// all the same: many dead entries wait for nothing but word that the other trees
// of this run know of them, or for that and word of others that are not here.
func (r *Replica) untidy() bool {
	least := r.o.Tidy
	if least == 0 {
		least = defaultTidy
	}
	if !r.mayDrop(least) {
		return false
	}
	here, away := r.knownBy(r.others)
	n := 0
	for e, parent := range r.dead(nil) {
		if collectable(r.x, e, parent, away) || !plan.Collectable(e, here...) {
			n++
		}
	}
	return n >= least
}

// mayDrop is a quick look whether so many entries could be dropped at all.
func (r *Replica) mayDrop(least int) bool {
	n := 0
	for range r.dead(nil) {
		if n++; n == least {
			return true
		}
	}
	return false
}

// dead yields the entries that may be dropped when peers have merged so much, and whether
// there is any entry below each.
func (r *Replica) dead(peers []plan.Known) iter.Seq2[*index.Entry, bool] {
	return func(yield func(*index.Entry, bool) bool) {
		for e, parent := range r.x.Absent() {
			if collectable(r.x, e, parent, peers) && !yield(e, parent) {
				return
			}
		}
	}
}

// collectable tells whether e of x may be dropped when peers have merged so much. parent
// says that there are entries below it: a directory that nobody has a version of keeps its
// registers for as long as anybody may need it for what is in it, until all that is
// remembered below it may be dropped as well.
func collectable(x *index.Index, e *index.Entry, parent bool, peers []plan.Known) bool {
	if !plan.Collectable(e, peers...) {
		return false
	}
	if parent && e.Set() {
		for below := range x.Below(e.Path) {
			if !plan.Collectable(below, peers...) {
				return false
			}
		}
	}
	return true
}

// knownBy is what each known peer has merged as far as is noted here, and what this
// tree has, which is in either list: those of present are listed apart.
func (r *Replica) knownBy(present []peer.Tree) (here, away []plan.Known) {
	known := r.x.Knowledge()
	here, away = []plan.Known{known}, []plan.Known{known}
	for _, m := range r.cfg.Peers {
		if m.Retired != "" {
			continue
		}
		noted := known.Verified(config.Counts(m.Knows))
		if slices.ContainsFunc(present, func(t peer.Tree) bool { return t.Peer.String() == m.Peer }) {
			here = append(here, noted)
		} else {
			away = append(away, noted)
		}
	}
	return here, away
}

// marks is the floor under which e's versions lie.
func marks(e *index.Entry, k *index.Knowledge) []index.Mark {
	sets := e.Sets()
	gens := sets[:]
	for i := range e.Heads {
		gens = append(gens, e.Heads[i].Gen)
	}
	return marksOf(k, gens...)
}

// marksOf is the floor under which generations lie, as far as they are known.
func marksOf(k *index.Knowledge, gens ...index.GenID) (ms []index.Mark) {
	for _, id := range gens {
		if g, ok := k.Get(id); ok {
			ms = append(ms, index.Mark{Author: g.Author, Seq: g.Seq})
		}
	}
	return ms
}
