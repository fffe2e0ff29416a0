package replica

import (
	"slices"

	"latus/index"
	"latus/sync/config"
	"latus/sync/plan"
	"latus/sync/tree"
)

// cameFrom notes what the filesystem could do where the index was written last, if this one
// differs from it. Of what no scan has looked at there either, that is an earlier one.
func (r *Replica) cameFrom(was, can tree.Traits, keep bool) {
	r.before = slices.Clone(r.cfg.Before)
	if was.Clock != 0 && shows(was) != shows(can) {
		r.before = append(r.before, config.Before{Traits: was})
	}
	for n := len(r.before); n > 0 && shows(r.before[n-1].Traits) == shows(can); n-- {
		r.before = r.before[:n-1] // there is nothing to be told of what can do the same
	}
	if keep {
		r.cfg.Before = r.before
	}
}

// shows picks the traits that decide what a tree can have, and how it is shown.
func shows(t tree.Traits) tree.Traits {
	return tree.Traits{
		ModeBits: t.ModeBits, FoldsCase: t.FoldsCase, Normalizes: t.Normalizes, Links: t.Links,
		DOSNames: t.DOSNames, UTF8Names: t.UTF8Names,
	}
}

// lookedAt is what the filesystem could do on which p was looked at last; nil: what this one
// can.
func (r *Replica) lookedAt(p index.Path) *tree.Traits {
	for i := range r.before {
		if b := &r.before[i]; b.Only == nil || covered(b.Only, p) {
			if shows(b.Traits) == shows(r.home.Can) {
				return nil
			}
			return &b.Traits
		}
	}
	return nil
}

// covered tells whether p, or a directory above it, is one of paths, which are in path order.
func covered(paths [][]byte, p index.Path) bool {
	for ; p != ""; p = p.Dir() {
		_, found := slices.BinarySearchFunc(paths, p, func(b []byte, p index.Path) int { return index.Compare(index.Path(b), p) })
		if found {
			return true
		}
	}
	return false
}

// unseen tells whether the scan did not look at what stands at p.
func (r *Replica) unseen(e *index.Entry) bool {
	_, blocked := r.found.Blocked(e.Path)
	return blocked || r.rules.Ignored(e.Path, e.Witness.Kind == index.Dir)
}

// seesMore tells whether the scan looked at something where the tree is now that none had
// looked at there.
func (r *Replica) seesMore() bool {
	for _, b := range r.before {
		if b.Only == nil {
			return true
		}
		for _, p := range b.Only {
			if e := r.x.Get(index.Path(p)); e == nil || !r.unseen(e) {
				return true
			}
		}
	}
	return false
}

// arrived notes what was looked at where the tree is now: all but what is ignored, or could
// not be read.
func (r *Replica) arrived() {
	if len(r.cfg.Before) == 0 || r.hello.Dry || !r.seesMore() {
		return
	}
	old := r.cfg.Before
	r.cfg.Before = nil
	left := make([][][]byte, len(old))
	for e := range r.x.Survey() {
		if e.Witness.Kind == index.Absent || !r.unseen(e) {
			continue
		}
		for i := range old {
			if old[i].Only == nil || covered(old[i].Only, e.Path) {
				if !covered(left[i], e.Path.Dir()) {
					left[i] = append(left[i], []byte(e.Path))
				}
				break
			}
		}
	}
	for i, paths := range left {
		if paths != nil {
			r.cfg.Before = append(r.cfg.Before, config.Before{Traits: old[i].Traits, Only: paths})
		}
	}
	if err := r.home.WriteConfig(&r.cfg); err != nil {
		r.cfg.Before = old // the next run comes to the same
	}
}

// carriedTo is what authoring has to know of p, should it have been looked at on another
// filesystem. hidden is as of hidden.
func (r *Replica) carriedTo(a plan.Authoring, p index.Path, hidden map[index.Path]bool) plan.Authoring {
	was := r.lookedAt(p)
	if was == nil {
		return a
	}
	a.Moved, a.Unsure = true, a.ModeBits&^was.ModeBits
	can, could := disk(r.home.Can), disk(*was)
	a.Holds = func(p index.Path, k index.Kind) bool {
		if k == index.Link && !can.Links {
			return false
		}
		for ; p != ""; p = p.Dir() {
			legal := can.Legal == nil || can.Legal(p.Base())
			if hidden[p] || !legal && (could.Legal == nil || could.Legal(p.Base())) {
				return false
			}
		}
		return true
	}
	return a
}

// hidden are the paths whose names this filesystem takes for those of others that are there:
// where one of them was before the tree came here, it has given way to the other.
func (r *Replica) hidden() map[index.Path]bool {
	fold := r.home.Can.Fold()
	if len(r.before) == 0 || fold == nil {
		return nil
	}
	gone := map[string][]index.Path{}
	absent := map[index.Path]bool{}
	for i := range r.found.Changed {
		if f := &r.found.Changed[i]; f.Witness.Kind == index.Absent {
			name := fold(string(f.Path))
			gone[name], absent[f.Path] = append(gone[name], f.Path), true
		}
	}
	if len(gone) == 0 {
		return nil
	}
	hidden := map[index.Path]bool{}
	for e := range r.x.Survey() {
		if e.Witness.Kind == index.Absent || absent[e.Path] {
			continue
		}
		for _, p := range gone[fold(string(e.Path))] {
			hidden[p] = true
		}
	}
	return hidden
}

// leftBehind is how many files and links this filesystem cannot hold that were on the one that
// the tree came from.
func (r *Replica) leftBehind() (n int) {
	if len(r.before) == 0 {
		return 0
	}
	hidden := r.hidden()
	for i := range r.found.Changed {
		f := &r.found.Changed[i]
		if f.Witness.Kind != index.Absent {
			continue
		}
		e := r.x.Get(f.Path)
		if e == nil || e.Witness.Kind != index.File && e.Witness.Kind != index.Link {
			continue
		}
		if a := r.carriedTo(plan.Authoring{}, f.Path, hidden); a.Holds != nil && !a.Holds(f.Path, e.Witness.Kind) {
			n++
		}
	}
	return n
}

// unfit are the entries, but for those that the scan found changed, that show other permission
// bits than they should, now that these stick: to be brought up to date.
func (r *Replica) unfit() (es []*index.Entry) {
	bits := r.home.Tree.Traits().ModeBits
	more := func(b config.Before) bool { return bits&^b.Traits.ModeBits != 0 }
	if !slices.ContainsFunc(r.before, more) || !r.seesMore() {
		return nil
	}
	changed := map[index.Path]bool{}
	for i := range r.found.Changed {
		changed[r.found.Changed[i].Path] = true
	}
	for e := range r.x.All() {
		if e.Pending || changed[e.Path] || r.unseen(e) {
			continue
		}
		if was := r.lookedAt(e.Path); was != nil && plan.Lags(e.Mode, e.Witness, bits&^was.ModeBits) {
			n := *e
			n.Pending, n.Have = true, e.Acked()
			es = append(es, &n)
		}
	}
	return es
}
