package replica

import (
	"cmp"
	"slices"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/plan"
	"latus/sync/trash"
)

// leastBase is the size from which on an old content is worth reading for what a
// new one may have in common with it.
const leastBase = fetch.LeastDelta / 4

// findBases finds, for each want, contents of this tree that may have most of it:
// the old version at its path, the one it came from, files that the plan deletes
// and that look like it, what is in the trash. Want.Base is set for those that have
// any. A wrong guess costs time, nothing else.
func (r *Replica) findBases(p *plan.Plan, wants []fetch.Want) [][]fetch.Content {
	var bases [][]fetch.Content
	var rel *relatives
	for i := range p.Actions {
		a := &p.Actions[i]
		if a.Want < 0 || a.Want >= len(wants) {
			continue
		}
		w := &wants[a.Want]
		if w.Size < fetch.LeastDelta {
			continue
		}
		if rel == nil {
			rel, bases = newRelatives(r, p), make([][]fetch.Content, len(wants))
		}
		if len(bases[a.Want]) > 0 {
			continue
		}
		if bases[a.Want] = rel.of(w, a.Op != plan.Keep); len(bases[a.Want]) > 0 {
			w.Base = bases[a.Want][0].Witness.Size
			w.Start = r.startOf(w, &bases[a.Want][0])
		}
	}
	return bases
}

// startOf tells all of the old content c, if it stands where it always was, its hash is known
// and w is longer: it may have grown at its end.
func (r *Replica) startOf(w *fetch.Want, c *fetch.Content) *fetch.Start {
	size, e := c.Witness.Size, r.merged.get(w.Path)
	if size < fetch.LeastStart || size >= w.Size || c.At != w.Path || e == nil || r.distant() {
		return nil
	}
	was, ok := plan.Display(e.Acked())
	if !ok || was.Kind != index.File || !was.Hash.Known() || was.Size != size {
		return nil
	}
	dir, name := c.At.Split()
	d, err := r.home.Tree.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	f, err := d.Read(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	tail := make([]byte, fetch.StartTail)
	if _, err := f.ReadAt(tail, size-fetch.StartTail); err != nil {
		return nil
	}
	return fetch.StartOf(was.Hash, tail)
}

// relatives is what is known of contents that may have something in common.
type relatives struct {
	r       *Replica
	moves   map[index.Path]index.Path  // where the plan moves files
	leaving []*plan.Action             // deletions of files, by size
	named   map[string][]*plan.Action  // the same, by name
	trashed map[index.Path]*trash.Item // the newest at each path; nil: not looked at yet
}

func newRelatives(r *Replica, p *plan.Plan) *relatives {
	rel := &relatives{r: r, moves: map[index.Path]index.Path{}, named: map[string][]*plan.Action{}}
	for i := range p.Actions {
		a := &p.Actions[i]
		switch {
		case a.Op == plan.Move && a.Head.Kind == index.File:
			rel.moves[a.From] = a.Path
		case a.Op == plan.Delete && a.Old.Kind == index.File && a.Old.Size >= leastBase:
			rel.leaving = append(rel.leaving, a)
			rel.named[a.Path.Base()] = append(rel.named[a.Path.Base()], a)
		}
	}
	slices.SortStableFunc(rel.leaving, func(a, b *plan.Action) int { return cmp.Compare(a.Old.Size, b.Old.Size) })
	return rel
}

// of returns the relatives of w, best first.
func (rel *relatives) of(w *fetch.Want, guess bool) (bases []fetch.Content) {
	add := func(c fetch.Content) {
		if c.Witness.Kind == index.File && c.Witness.Size >= leastBase && !slices.Contains(bases, c) {
			bases = append(bases, c)
		}
	}
	if e := rel.r.merged.get(w.Path); e != nil {
		add(fetch.Content{At: w.Path, Witness: e.Witness})
		if to, ok := rel.moves[w.Path]; ok {
			add(fetch.Content{At: to, Witness: e.Witness})
		}
	}
	if o := w.Origin; o != nil {
		// The caller is deciding: merged is not to be locked again.
		if c, ok := rel.r.bytesOf(rel.r.merged.get(o.Path), o.Path, o.Gen); ok {
			c.Hash = index.Hash{}
			add(c)
		}
	}
	if len(bases) > 0 || !guess {
		return bases
	}
	for _, a := range rel.similar(w) {
		add(fetch.Content{At: a.Path, Witness: a.Old})
	}
	if len(bases) == 0 {
		if it := rel.inTrash(w.Path); it != nil {
			if c, ok := rel.r.trashed(*it); ok {
				c.Hash = index.Hash{}
				add(c)
			}
		}
	}
	return bases
}

// guesses is how many files that leave are looked at for one that comes.
const guesses = 2

// similar returns files that leave and have the name of w, or nearly its size: w
// may be one of them that was moved and edited.
func (rel *relatives) similar(w *fetch.Want) (as []*plan.Action) {
	far := func(a *plan.Action) int64 { return max(a.Old.Size-w.Size, w.Size-a.Old.Size) }
	for _, a := range rel.named[w.Path.Base()] {
		if far(a) <= w.Size {
			as = append(as, a)
		}
	}
	i, _ := slices.BinarySearchFunc(rel.leaving, w.Size, func(a *plan.Action, size int64) int { return cmp.Compare(a.Old.Size, size) })
	for _, a := range rel.leaving[max(i-guesses, 0):min(i+guesses, len(rel.leaving))] {
		if far(a) <= w.Size/8 && !slices.Contains(as, a) {
			as = append(as, a)
		}
	}
	slices.SortStableFunc(as, func(a, b *plan.Action) int { return cmp.Compare(far(a), far(b)) })
	return as[:min(len(as), guesses)]
}

func (rel *relatives) inTrash(p index.Path) *trash.Item {
	if rel.trashed == nil {
		rel.trashed = map[index.Path]*trash.Item{}
		for _, it := range rel.r.trash.Items() { // newest first
			if it.Kind == index.File && rel.trashed[it.Path] == nil {
				rel.trashed[it.Path] = &it
			}
		}
	}
	return rel.trashed[p]
}
