package replica

import (
	"context"
	"fmt"
	"slices"

	"latus/index"
	"latus/sync/config"
	"latus/sync/merge"
	"latus/sync/peer"
	"latus/sync/trash"
	"latus/sync/tree"
)

// load reads the index, opens the trash, and finishes what a killed run left.
func (r *Replica) load(ctx context.Context) error {
	dry := r.hello.Dry
	var (
		x      *index.Index
		damage *index.Damage
		err    error
		terr   error
	)
	store := r.keep(r.home.Store())
	tree.Together(r.home.Tree,
		func() { x, damage, err = index.Load(store, dry) },
		func() { r.trash, terr = trash.Open(r.home.Tree, dry || r.home.Dir == nil) },
	)
	if err != nil {
		return r.refuse(peer.CannotUse(err), "its index cannot be used: %v", err)
	}
	r.x, r.damage = x, damage
	if damage != nil {
		r.o.Log.Warn("the index was damaged", "tree", r.o.Spec, "damage", damaged(damage))
	}
	if terr != nil {
		return r.noTrash(terr)
	}
	if r.amnesic() && !dry {
		found, err := merge.Salvage(r.home.Tree, x, r.trash, r.now())
		if err != nil {
			return r.refuse(peer.Fatal, "what an interrupted run left cannot be put into the trash: %v", err)
		}
		if found > 0 {
			r.o.Log.Warn("what lay in staging is in the trash", "tree", r.o.Spec, "files", found)
		}
	}
	if len(x.Intents()) > 0 && !dry {
		placed, err := merge.Recover(ctx, r.home.Tree, x, r.trash, r.now(), r.logRecovered)
		for i := range placed {
			r.recovered = append(r.recovered, change(&placed[i]))
		}
		if err != nil {
			return r.refuse(peer.Fatal, "what an interrupted run left cannot be finished: %v", err)
		}
	}
	return nil
}

// amnesic tells whether the index has lost lines that it had, or all of them.
func (r *Replica) amnesic() bool {
	if r.damage != nil {
		return r.damage.Middle
	}
	return r.x.Len() == 0 && r.x.Knowledge().Len() == 0 && r.hasMet()
}

// hasMet tells whether the tree has known something of others' versions.
func (r *Replica) hasMet() bool {
	return slices.ContainsFunc(r.cfg.Peers, func(m config.Met) bool { return m.Seq > 0 || len(m.Knows) > 0 })
}

// damaged says in a line what of an index could not be read.
func damaged(d *index.Damage) string {
	s := fmt.Sprintf("line %d: %s", d.Line, d.Reason)
	if d.Saved != "" {
		s += "; the file as it was is " + d.Saved
	}
	return s
}
