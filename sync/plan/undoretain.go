package plan

import (
	"slices"

	"latus/index"
	"latus/index/mergelog"
)

// retain gives a version of its own to each directory that stood before the run and that
// nobody has one of any more: it stands for what is in it alone, and would go with what the
// run brought there.
func (u *undo) retain() {
	var dirs []index.Path
	seen := map[index.Path]bool{}
	for _, n := range u.order {
		if n.stays() || n.entry == nil && !u.goesAlong(n) {
			continue
		}
		for dir := n.path.Dir(); dir != "" && !seen[dir]; dir = dir.Dir() {
			seen[dir] = true
			dirs = append(dirs, dir)
		}
	}
	slices.SortFunc(dirs, index.Compare)
	for _, dir := range slices.Backward(dirs) { // what is in a directory comes first
		if u.wouldGo(dir) {
			u.keep(dir)
		}
	}
}

// lead gives the directories that have to be made for what comes back, and that are gone by
// something later than the run, the bits that they had. Where nobody knows these any more,
// they are for their owner alone.
func (u *undo) lead() {
	seen := map[index.Path]bool{}
	for _, n := range u.order {
		if n.stays() || n.entry == nil || !n.before.Kind.Live() {
			continue
		}
		for dir := n.path.Dir(); dir != "" && !seen[dir]; dir = dir.Dir() {
			seen[dir] = true
			if e := u.entry(dir); e.Witness.Kind == index.Absent && !e.Pending && (u.at[dir] == nil || u.at[dir].stays()) {
				u.remake(e)
			}
		}
	}
}

func (u *undo) remake(e *index.Entry) {
	was, told := u.Stood[e.Path]
	if !told {
		if e.Mode.Set() || sticking(u.a.ModeBits, index.Dir) == 0 {
			return // with the bits that it had
		}
		was.Mode = ownDir
	}
	was.Kind = index.Dir
	u.directory(e, &former{Former: was})
}

// wouldGo tells whether the directory dir goes though it is not to.
func (u *undo) wouldGo(dir index.Path) bool {
	e := u.Get(dir)
	if e == nil || e.Witness.Kind != index.Dir || e.Pending && !sameGens(e.Heads, e.Have) {
		return false // what waits there is for another run, and this one leaves it
	}
	n := u.at[dir]
	if n != nil && !n.stays() {
		if n.before.Kind != index.Dir {
			return false
		}
		if n.entry != nil {
			e = n.entry
		}
	}
	if h, live := Display(e.Heads); live && h.Kind == index.Dir {
		return false
	}
	return !u.filled(dir)
}

// filled tells whether something will be in dir.
func (u *undo) filled(dir index.Path) bool {
	for e := range u.Below(dir) {
		if u.kind(e).Live() {
			return true
		}
	}
	at, _ := slices.BinarySearchFunc(u.order, dir, func(n *undoing, p index.Path) int { return index.Compare(n.path, p) })
	for _, n := range u.order[at:] {
		switch {
		case n.path == dir:
		case !n.path.Under(dir):
			return false
		case !n.stays() && n.before.Kind.Live():
			return true // known to the index or not
		}
	}
	return false
}

// keep authors the directory dir as it stands, or as it is to be.
func (u *undo) keep(dir index.Path) {
	n, e := u.at[dir], u.Get(dir)
	if n == nil || n.stays() || n.entry == nil {
		w := e.Witness
		u.directory(e, &former{Former: mergelog.Former{Kind: index.Dir, Mode: w.Mode, Owner: w.Owner}})
		return
	}
	u.retained[dir] = true
	n.entry = u.directoryOf(n.entry)
}

// directory has e become a directory as b was.
func (u *undo) directory(e *index.Entry, b *former) {
	x := u.directoryOf(e)
	x.Mode, x.Owner, x.Attrs = u.mode(e, b), u.owner(e, b), u.attrs(e, b)
	u.retained[e.Path] = true
	u.kept = append(u.kept, x)
}

func (u *undo) directoryOf(e *index.Entry) *index.Entry {
	x := *e
	x.Have, x.Pending = e.Acked(), true
	supersede(&x, x.Have, successor(e.Path, index.Head{Kind: index.Dir, Clock: u.a.Clock}, x.Have, u.a))
	return &x
}
