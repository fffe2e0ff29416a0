package plan

import (
	"slices"

	"latus/index"
)

// spread leaves both ends of a move where one has to stay, and so on through
// rings and chains.
func (u *undo) spread() {
	var todo []*undoing
	for _, n := range u.order {
		if n.stays() {
			todo = append(todo, n)
		}
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, end := range n.ends {
			if !end.stays() {
				end.left, end.mate = leftMate, true
				todo = append(todo, end)
			}
		}
	}
}

// fit leaves what could not stand beside what stays: a directory that is to go
// and holds something, and what is to stand in a directory that can't be one. It
// tells whether there was any.
func (u *undo) fit() (more bool) {
	var top index.Path // all below was looked at
	for i, n := range u.order {
		if !n.stays() && u.goes(n) && (top == "" || !n.path.Under(top)) {
			top = n.path
			more = u.fitBelow(i) || more
		}
	}
	for _, n := range u.order {
		if n.stays() || n.before.Kind == index.Absent {
			continue
		}
		for dir := n.path.Dir(); dir != ""; dir = dir.Dir() {
			k := u.entry(dir).Witness.Kind
			if d := u.at[dir]; d != nil && !d.stays() {
				k = d.before.Kind
			}
			if k == index.File || k == index.Link {
				n.left, more = leftParent, true
				break
			}
		}
	}
	return more
}

// goes tells whether n is a directory that shall be one no more.
func (u *undo) goes(n *undoing) bool {
	return n.before.Kind != index.Dir && u.entry(n.path).Witness.Kind == index.Dir
}

// fitBelow looks at all below a directory that goes, the i-th path, and leaves
// it, and those below it that go too, where something stays in them.
func (u *undo) fitBelow(i int) (more bool) {
	top := u.order[i]
	full := func(p index.Path) {
		for dir := p.Dir(); dir == top.path || dir.Under(top.path); dir = dir.Dir() {
			if n := u.at[dir]; n != nil && !n.stays() && u.goes(n) {
				n.left, more = leftFull, true
			}
		}
	}
	for e := range u.Below(top.path) {
		if u.kind(e).Live() {
			full(e.Path)
		}
	}
	for _, n := range u.order[i+1:] {
		if !n.path.Under(top.path) {
			break
		}
		if !n.stays() && n.before.Kind != index.Absent {
			full(n.path) // it comes back, known to the index or not
		}
	}
	return more
}

// kind is what will stand at e's path because of its own versions: a directory
// that only its content needs does not.
func (u *undo) kind(e *index.Entry) index.Kind {
	n := u.at[e.Path]
	switch {
	case u.retained[e.Path]:
		return index.Dir
	case n != nil && n.stays(), e.Pending && n == nil:
		return e.Witness.Kind // whatever waits there is for another run
	case n != nil:
		return n.before.Kind
	}
	if h, live := Display(e.Heads); live {
		return h.Kind
	}
	if e.Witness.Kind == index.Dir {
		return index.Absent
	}
	return e.Witness.Kind
}

func (u *undo) result() *Undone {
	out := &Undone{Trash: map[index.Path]string{}, Goes: map[index.Path]bool{}}
	for _, n := range u.order {
		switch {
		case n.stays():
			if n.own || !n.mate {
				out.Left = append(out.Left, Held{Path: n.path, Reason: n.left, Problem: true})
			}
		case n.entry != nil:
			out.Entries = append(out.Entries, n.entry)
			b := &n.before
			if b.moved == "" && !b.same && b.Kind == index.File && b.from.Trash != "" {
				out.Trash[n.path] = b.from.Trash
			}
			out.Paths++
		case u.goesAlong(n):
			out.Goes[n.path] = true
			out.Paths++
		}
	}
	out.Entries = append(out.Entries, u.kept...)
	slices.SortFunc(out.Entries, func(a, b *index.Entry) int { return index.Compare(a.Path, b.Path) })
	return out
}

// goesAlong tells whether n is a directory that nobody has a version of and that goes with
// what it was made for.
func (u *undo) goesAlong(n *undoing) bool {
	return !n.stays() && n.entry == nil && n.before.Kind == index.Absent && u.entry(n.path).Witness.Kind == index.Dir
}
