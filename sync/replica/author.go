package replica

import (
	"fmt"

	"latus/index"
	"latus/sync/config"
	"latus/sync/plan"
	"latus/sync/scan"
)

// author turns what the scan found into a generation, and writes it down
// before anybody is told. It returns how many paths differ.
func (r *Replica) author() (int, error) {
	n, err := r.authorFound()
	if err == nil {
		r.arrived()
	}
	if err == nil && r.isModel() {
		var dirs int
		dirs, err = r.insistOnDirs()
		n += dirs
	}
	return n, err
}

func (r *Replica) authorFound() (int, error) {
	insists, unfit := r.insists(), r.unfit()
	if len(r.found.Changed)+len(r.found.Hashed)+len(insists)+len(unfit) == 0 {
		return 0, nil
	}
	k := r.x.Knowledge()
	g := r.generation(k)
	a, hidden := r.authoring(g, r.x.Len() == 0 && k.Len() == 0), r.hidden()
	tx := r.x.Begin()
	versions, looks := 0, 0
	pending := r.x.Pending() > 0
	authored := map[index.Path]*index.Entry{} // while something is pending
	linked := map[index.Path]bool{}           // has names that came with it
	var none index.Entry
	for i := range r.found.Changed {
		f := &r.found.Changed[i]
		if o := f.Origin; o != nil && o.Gen == (index.GenID{}) {
			f.Origin = nil
			if linked[o.Path] {
				f.Origin = &index.Origin{Path: o.Path, Gen: g.GenID, Linked: true}
			}
		}
		e := r.x.Get(f.Path)
		if e == nil {
			none.Path = f.Path
			e = &none // of which Author keeps nothing
		}
		n := plan.Author(e, found(f), r.carriedTo(a, f.Path, hidden))
		if n == nil {
			continue
		}
		tx.Put(n)
		if _, ok := n.Head(g.GenID); ok && pending {
			authored[f.Path] = n
		}
		if f.Links > 1 {
			_, linked[f.Path] = n.Head(g.GenID)
		}
		if authoredBy(n, g.GenID) {
			versions++
		} else {
			looks++
		}
	}
	for _, e := range unfit {
		tx.Put(e)
		looks++
	}
	for _, h := range r.found.Hashed {
		tx.Annotate(h.Path, h.Gen, h.Hash)
		looks++
	}
	for _, e := range r.lost(authored, insists, a) {
		tx.Put(e)
		versions++
	}
	for _, e := range insists {
		disk, _ := plan.Display(e.Have)
		tx.Put(plan.Resolve(e, disk, r.bitsAt(e), a))
		versions++
	}
	if versions > 0 {
		tx.Generation(g)
	}
	if versions+looks == 0 {
		return 0, nil
	}
	if versions > 0 {
		if err := r.mustWrite("has changed since its last run, which would have to be written down"); err != nil {
			return 0, err
		}
	}
	return versions, r.writeAuthored(tx)
}

// writeAuthored commits what this tree authors, once others can be told who it is.
func (r *Replica) writeAuthored(tx *index.Tx) error {
	if err := r.lease(); err != nil {
		return err
	}
	if r.renamed != "" && !r.hello.Dry {
		if err := r.home.WriteConfig(&r.cfg); err != nil {
			return fmt.Errorf("%s: cannot write %s: %w", r.o.Spec, config.File, err)
		}
	}
	if err := tx.Commit(true); err != nil {
		return fmt.Errorf("%s: cannot write the index: %w", r.o.Spec, err)
	}
	return nil
}

func authoredBy(e *index.Entry, g index.GenID) bool {
	for _, set := range e.Sets() {
		if set == g {
			return true
		}
	}
	_, ok := e.Head(g)
	return ok
}

func found(f *scan.Found) plan.Found {
	return plan.Found{Witness: f.Witness, Target: f.Target, Hash: f.Hash, Origin: f.Origin, Attrs: f.Attrs, Replaced: f.Replaced}
}
