package replica

import (
	"iter"
	"slices"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/trash"
)

// OpenConflict is a path with versions that exclude each other.
type OpenConflict struct {
	Path     index.Path
	Versions []Version
}

// Version is one side of a conflict.
type Version struct {
	N      int // from 1, the winner
	Head   index.Head
	Author string // name of the tree it was made on; "": nobody authored the directory, what is in it needs it
	Winner bool
	Here   string // "in the tree", "trash:ID", or "" where its bytes are not here
}

// ReadConflicts lists the open conflicts of the tree at path.
func ReadConflicts(path string) ([]OpenConflict, error) {
	r, err := reading(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var cs []OpenConflict
	for c := range r.open() {
		if vs := r.versions(r.edited(r.x.Get(c.Path))); len(vs) > 0 {
			cs = append(cs, OpenConflict{Path: c.Path, Versions: vs})
		}
	}
	return cs, nil
}

// edited is e as the next scan will have it: an edit that no run has seen yet settles a
// conflict, or takes one of its sides. What cannot be looked at stays as it is known.
func (r *Replica) edited(e *index.Entry) *index.Entry {
	dir, name := e.Path.Split()
	d, err := r.home.Tree.Open(dir)
	if err != nil {
		return e
	}
	defer d.Close()
	i, err := d.Stat(name)
	if err != nil || i.Kind != index.File && i.Kind != index.Link {
		return e // what is missing may be so for many reasons: that is for the scan to say
	}
	f := plan.Found{Witness: i.Witness}
	if i.Kind == index.Link {
		if f.Target, err = d.Readlink(name); err != nil {
			return e
		}
	}
	now := r.now()
	g := index.GenID{Author: r.cfg.PeerID(), Tag: 1}
	n := plan.Author(e, f, r.authoring(index.Generation{GenID: g, Time: now}, false))
	if n == nil || !authoredBy(n, g) {
		return e
	}
	return n
}

// open yields the conflicts of the index that are not settled, in path order.
func (r *Replica) open() iter.Seq[plan.Conflict] {
	return func(yield func(plan.Conflict) bool) {
		for e := range r.x.Contended() {
			if c, ok := r.conflict(e); ok && !yield(c) {
				return
			}
		}
	}
}

// conflict is the one at e, an entry of the index, if there is one. A directory that
// only what lives in it needs holds its name like any other.
func (r *Replica) conflict(e *index.Entry) (plan.Conflict, bool) {
	if displaced := plan.Displaced(e.Heads); len(displaced) > 0 && inhabited(r.x, e.Path) {
		return plan.Conflict{Path: e.Path, Winner: index.Head{Kind: index.Dir}, Losers: displaced}, true
	}
	for _, c := range conflictsOf(e) {
		return c, true
	}
	return plan.Conflict{}, false
}

// versions lists the sides of a conflict at e, the winner first; none if there
// is no conflict.
func (r *Replica) versions(e *index.Entry) []Version {
	c, ok := r.conflict(e)
	if !ok {
		return nil
	}
	var vs []Version
	for i, h := range append([]index.Head{c.Winner}, c.Losers...) {
		v := Version{N: i + 1, Head: h, Winner: i == 0}
		if h.Gen != (index.GenID{}) {
			v.Author = r.cfg.NameOf(h.Gen.Author)
		}
		here, ok := plan.Display(e.Acked())
		if implied := h.Gen == (index.GenID{}); e.Witness.Kind == h.Kind && (implied || ok && here.Gen == h.Gen) {
			v.Here = "in the tree"
		} else if its := slices.DeleteFunc(r.kept(e, h), func(it trash.Item) bool { return !r.trash.Intact(it) }); len(its) > 0 {
			v.Here = "trash:" + its[0].ID
		}
		vs = append(vs, v)
	}
	return vs
}

// kept are the items in the trash that have the bytes of h, one of e's heads: its
// own, and those of versions known to be equal.
func (r *Replica) kept(e *index.Entry, h index.Head) []trash.Item {
	var its []trash.Item
	for _, gen := range plan.Alike(e, h.Gen) {
		if it, ok := r.trash.Find(e.Path, gen); ok {
			its = append(its, it)
		}
	}
	if it, ok := r.trash.ByHash(h.Hash); ok && h.Hash.Known() {
		its = append(its, it)
	}
	return its
}
