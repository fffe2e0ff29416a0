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

// draft is the generation that a tree makes of a scan, before it is written down.
type draft struct {
	tx       *index.Tx
	gen      index.GenID
	versions int                         // paths that differ, with a new version
	looks    int                         // paths of which only a look, or a hash, is news
	linked   map[index.Path]bool         // files with several names, by path: whether they have a new version
	edited   map[index.Path]*index.Entry // with new versions; nil: nothing is pending, and nobody asks
}

func (r *Replica) authorFound() (int, error) {
	insists, unfit := r.insists(), r.unfit()
	if len(r.found.Changed)+len(r.found.Hashed)+len(insists)+len(unfit) == 0 {
		return 0, nil
	}
	k := r.x.Knowledge()
	g := r.generation(k)
	a := r.authoring(g, r.x.Len() == 0 && k.Len() == 0)
	d := &draft{tx: r.x.Begin(), gen: g.GenID, linked: map[index.Path]bool{}}
	if r.x.Pending() > 0 {
		d.edited = map[index.Path]*index.Entry{}
	}
	r.authorChanged(d, a)
	for _, e := range unfit {
		d.tx.Put(e)
	}
	for _, h := range r.found.Hashed {
		d.tx.Annotate(h.Path, h.Gen, h.Hash)
	}
	d.looks += len(unfit) + len(r.found.Hashed)
	ended := r.lost(d.edited, insists, a)
	for _, e := range ended {
		d.tx.Put(e)
	}
	for _, e := range insists {
		disk, _ := plan.Display(e.Have)
		d.tx.Put(plan.Resolve(e, disk, r.bitsAt(e), a))
	}
	d.versions += len(ended) + len(insists)
	if d.versions+d.looks == 0 {
		return 0, nil
	}
	if d.versions > 0 {
		d.tx.Generation(g)
		if err := r.mustWrite("has changed since its last run, which would have to be written down"); err != nil {
			return 0, err
		}
	}
	return d.versions, r.writeAuthored(d.tx)
}

// authorChanged authors where the scan shows something else than the index.
func (r *Replica) authorChanged(d *draft, a plan.Authoring) {
	hidden, formers := r.hidden(), r.formers()
	var none index.Entry
	for i := range r.found.Changed {
		f := &r.found.Changed[i]
		if o := f.Origin; o != nil && o.Gen == (index.GenID{}) {
			f.Origin = nil
			if d.linked[o.Path] {
				f.Origin = &index.Origin{Path: o.Path, Gen: d.gen, Linked: true}
			}
		}
		e := r.x.Get(f.Path)
		if e == nil {
			none.Path = f.Path
			e = &none // of which Author keeps nothing
		}
		seen := found(f)
		seen.Former = formers[f.Path]
		if n := plan.Author(e, seen, r.carriedTo(a, f.Path, hidden)); n != nil {
			d.put(n, f.Links > 1)
		}
	}
}

// put takes in the entry that Author made of a path.
func (d *draft) put(n *index.Entry, linked bool) {
	d.tx.Put(n)
	_, version := n.Head(d.gen)
	if version && d.edited != nil {
		d.edited[n.Path] = n
	}
	if linked {
		d.linked[n.Path] = version
	}
	if authoredBy(n, d.gen) {
		d.versions++
	} else {
		d.looks++
	}
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
