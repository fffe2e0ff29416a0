package replica

import (
	"fmt"
	"slices"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/scan"
)

// insists are the paths where the first tree of a mirror shows another version than
// the one that it has merged, or the loser of a conflict is still to come: a conflict that
// was left alone, or a version that could not be had. What is on its disk is what the
// others are to have. The other one's bytes may be nowhere any more.
func (r *Replica) insists() []*index.Entry {
	if !r.mirrors() {
		return nil
	}
	edited := map[index.Path]bool{}
	for i := range r.found.Changed {
		edited[r.found.Changed[i].Path] = true
	}
	var es []*index.Entry
	for e := range r.x.Lagging() {
		if edited[e.Path] {
			continue
		}
		disk, live := plan.Display(e.Have)
		shall, _ := plan.Display(e.Heads)
		_, blocked := r.found.Blocked(e.Path)
		left := blocked || r.rules.Ignored(e.Path, false)
		file := disk.Kind != index.Dir && shall.Kind != index.Dir && disk.Kind == e.Witness.Kind
		same := plan.Dated(disk, shall) && plan.Shows(e, shall.Gen)
		other := !same && disk.Gen != shall.Gen
		if live && file && !left && (other || disk.Gen == shall.Gen && rivals(e) > 0) {
			es = append(es, e)
		}
	}
	return es
}

// rivals is how many versions the displayed one of e is not alone with.
func rivals(e *index.Entry) (n int) {
	for i := range e.Heads {
		if e.Heads[i].Kind.Live() {
			n++
		}
	}
	return n - 1
}

// lags are the paths where the first tree of a mirror does not show yet what others
// told it of, and shows nothing else to insist on. Its disk has nothing that they
// could be made like, and the bytes may be nowhere any more.
func (r *Replica) lags() (ps []index.Path) {
	if !r.mirrors() {
		return nil
	}
	for e := range r.x.Lagging() {
		disk, on := plan.Display(e.Acked())
		shall, live := plan.Display(e.Heads)
		if live && !(on && (disk.Gen == shall.Gen || plan.Shows(e, shall.Gen))) {
			ps = append(ps, e.Path)
		}
	}
	return ps
}

// noModel are the paths of the first tree of a mirror that the others must not be made
// like, nor what is below them: where it lags, what could not be looked at or is none of what
// is synchronized, and what it ignores of asked. That nothing is known to stand there does not
// say that nothing does.
func (r *Replica) noModel(asked []index.Path) []index.Path {
	if !r.isModel() {
		return nil
	}
	ps := r.lags()
	for _, p := range asked {
		// It may be a directory there. What is ignored here is left alone there as well.
		if r.rules.Ignored(p, false) || r.rules.Ignored(p, true) {
			ps = append(ps, p)
		}
	}
	for _, found := range [][]scan.Problem{r.found.Problems, r.found.Specials} {
		for _, p := range found {
			if p.Path != "" { // the root was read, or there would be no run
				ps = append(ps, p.Path)
			}
		}
	}
	slices.SortFunc(ps, index.Compare)
	return slices.Compact(ps)
}

// lives tells whether e, which may be nil, has a version that can stand in a tree.
func lives(e *index.Entry) bool {
	if e == nil {
		return false
	}
	_, live := plan.Display(e.Heads)
	return live
}

// mirrors tells whether this is the first tree of a mirror, and not all that it
// knows of is on its disk.
func (r *Replica) mirrors() bool {
	return r.isModel() && r.x.Pending() > 0
}

// isModel tells whether this is the first tree of a mirror.
func (r *Replica) isModel() bool { return r.hello.First && r.hello.Mode == peer.Mirror }

// unmirrored is the problem that the first tree of a mirror lags: such paths are not
// taken from the others, and not brought to it either.
func (r *Replica) unmirrored() (p peer.Problem, lags bool) {
	ps := slices.DeleteFunc(r.lags(), func(p index.Path) bool {
		shall, _ := plan.Display(r.x.Get(p).Heads)
		return r.rules.Ignored(p, shall.Kind == index.Dir)
	})
	switch n := len(ps); n {
	case 0:
		return p, false
	case 1:
		p.Reason = reason.Words("is to come here and did not yet, so it was not mirrored: sync without --mirror first")
	default:
		p.Reason = reason.Words(fmt.Sprintf("and %s are to come here and did not yet, so they were not mirrored: sync without --mirror first", others(n-1)))
	}
	p.Path = ps[0]
	return p, true
}

// unfitted is the problem that the first tree of a mirror has still to get permission bits: its
// disk shows others, which somebody may have chosen, or which a filesystem that it was on before
// made of them. The other trees have those that are to come.
func (r *Replica) unfitted() (p peer.Problem, lags bool) {
	if !r.mirrors() {
		return p, false
	}
	bits, n := r.home.Tree.Traits().ModeBits, 0
	for e := range r.x.Lagging() {
		shall, live := plan.Display(e.Heads)
		_, blocked := r.found.Blocked(e.Path)
		if !live || shall.Kind != e.Witness.Kind || !plan.Lags(e.Mode, e.Witness, bits) || blocked || r.rules.Ignored(e.Path, shall.Kind == index.Dir) {
			continue
		}
		if n++; n == 1 {
			p.Path = e.Path
		}
	}
	p.Reason = reason.Words("is to get other permission bits here, which the other trees have: sync without --mirror first")
	if n > 1 {
		p.Reason = reason.Words(fmt.Sprintf("and %s are to get other permission bits here, which the other trees have: sync without --mirror first", others(n-1)))
	}
	return p, n > 0
}

// others is how n more paths are spoken of.
func others(n int) string {
	if n == 1 {
		return "another path"
	}
	return fmt.Sprintf("%d other paths", n)
}

// within tells whether p, or a directory above it, is one of ps, which are in path order.
func within(ps []index.Path, p index.Path) bool {
	for ; p != ""; p = p.Dir() {
		if _, found := slices.BinarySearchFunc(ps, p, index.Compare); found {
			return true
		}
	}
	return false
}

// mirror puts back what differs from the first tree: a generation of this tree
// supersedes it with the first tree's version, or a deletion.
func (r *Replica) mirror(d *peer.Delta) bool {
	first := map[index.Path]*index.Entry{}
	var paths []index.Path
	for _, e := range d.Entries {
		first[e.Path] = e
		paths = append(paths, e.Path)
	}
	paths = append(paths, d.Asked...)
	slices.SortFunc(paths, index.Compare)
	g := r.generation(r.merged.known)
	r.mirrored = g.GenID
	a := r.authoring(g, false)
	var batch []*index.Entry
	for _, p := range slices.Compact(paths) {
		if within(d.Lags, p) {
			continue
		}
		mine, theirs := r.merged.get(p), first[p]
		if mine == nil && !lives(theirs) {
			continue
		}
		if theirs != nil && d.Attrs && !theirs.Attrs.Set() {
			plain := *theirs
			plain.Attrs.Value = index.NoAttrs
			theirs = &plain
		}
		if e := plan.Supersede(mine, theirs, r.rule(), a); e != nil {
			batch = append(batch, e)
		}
	}
	r.putsRight(batch)
	return r.decide(g, batch)
}
