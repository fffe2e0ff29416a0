package plan

import (
	"slices"
	"strings"

	"latus/index"
)

// moveDirs makes one rename of each directory that goes as a whole: a directory
// that is new, and one that is about to go with everything that stands below it
// here bound for the same place in the new one, or ignored. There may be strays,
// if they are not the greater part: what was deleted goes first, what was edited
// goes along and is updated there, what was moved elsewhere is put aside.
func (m *maker) moveDirs() {
	if !slices.ContainsFunc(m.nodes, (*node).dying) {
		return
	}
	at := make(map[index.Path]int, len(m.nodes))
	for i, n := range m.nodes {
		at[n.path] = i
	}
	for i := 0; i < len(m.nodes); i++ {
		from := m.nodes[i]
		if !from.dying() || from.covered {
			continue
		}
		for _, to := range m.destinations(i, at) {
			if m.whole(i, to, at) {
				i = m.carry(i, to, at)
				break
			}
		}
	}
}

// dying tells whether n is a directory on the disk that is about to go. One that
// holds something ignored stays otherwise, but may go along with its content.
func (n *node) dying() bool {
	return n.on(index.Dir) && n.want == nil && (!n.held || n.full)
}

// destinations is where the directory at m.nodes[i] seems to have gone: what a new
// directory's origin says, or where its files go. A few are enough: content that
// is there twice may point elsewhere.
func (m *maker) destinations(i int, at map[index.Path]int) []*node {
	const few = 4
	from := m.nodes[i]
	var tos []*node
	add := func(to *node) {
		if to != nil && !slices.Contains(tos, to) {
			tos = append(tos, to)
		}
	}
	add(m.byOrigin(from))
	for _, n := range m.nodes[i+1:] {
		if !n.path.Under(from.path) || len(tos) == few {
			break
		}
		if n.goesTo == nil {
			continue
		}
		if d, ok := strings.CutSuffix(string(n.goesTo.path), string(n.path[len(from.path):])); ok {
			add(m.fresh(index.Path(d), at))
		}
	}
	return tos
}

// fresh is the node at p, if a new directory is to be made there.
func (m *maker) fresh(p index.Path, at map[index.Path]int) *node {
	if i, ok := at[p]; ok && m.nodes[i].op == Mkdir && m.nodes[i].on(index.Absent) && !m.nodes[i].covered {
		return m.nodes[i]
	}
	return nil
}

// byOrigin finds the new directory that is said to be from.
func (m *maker) byOrigin(from *node) *node {
	if from.cur == nil {
		return nil
	}
	if m.origins == nil {
		m.origins = make(map[index.Origin]*node)
		for _, n := range m.nodes {
			if n.op == Mkdir && n.on(index.Absent) && n.want.Origin != nil {
				m.origins[*n.want.Origin] = n
			}
		}
	}
	n := m.origins[index.Origin{Path: from.path, Gen: from.cur.Gen}]
	if n == nil || n.covered {
		return nil
	}
	return n
}

// whole tells whether what is below m.nodes[i] goes along to the directory to, but
// for some strays, and nothing that nobody could look at.
func (m *maker) whole(i int, to *node, at map[index.Path]int) bool {
	from := m.nodes[i]
	if to.path.Under(from.path) || from.path.Under(to.path) || m.in.Hides(from.path) ||
		m.in.Keeps(from.path) && m.in.Exposes(from.path, to.path) {
		return false
	}
	goes, strays := 0, 0
	for _, n := range m.nodes[i+1:] {
		if !n.path.Under(from.path) {
			break
		}
		if n.on(index.Absent) || n.held && n.ignored {
			continue
		}
		var t *node
		if j, ok := at[to.path+n.path[len(from.path):]]; ok {
			t = m.nodes[j]
		}
		switch {
		case n.held && !n.full, t != nil && (t.held || !t.on(index.Absent)):
			return false
		case n.on(index.Dir):
			stays := t != nil && t.want != nil
			if n.want != nil || stays && t.op != Mkdir || !stays && n.full {
				return false
			}
		case t != nil && n.accompanies(t):
			goes++
		case n.on(index.File) && m.in.Rules(n.path) && m.in.Keeps(n.path.Dir()):
			return false // what it ignores would go along without it
		case n.edited(t):
		case n.stray(t):
			strays++
		default:
			return false
		}
	}
	return goes >= strays
}

// accompanies tells whether n can go along to t as it is.
func (n *node) accompanies(t *node) bool {
	return n.goesTo == t || t.content && n.movedBytes() && compareContent(*n.cur, *t.want, MergeRule{Checksum: true}) == equal
}

// stray tells whether n, below a directory that is moved, has an end of its own. t
// is the node where it would come to lie; nil: there is none.
func (n *node) stray(t *node) bool {
	switch {
	case n.full || n.want != nil:
		return false
	case n.goesTo != nil:
		// What takes its place must not need the bytes that are put aside.
		return n.goesTo.op != Move && (t == nil || t.source.op != Move)
	}
	return n.op == Delete && (t == nil || t.want == nil)
}

// edited tells whether n can go along to t and be updated there.
func (n *node) edited(t *node) bool {
	return t != nil && n.op == Delete && n.goesTo == nil && n.cur != nil && n.on(index.File) && !n.full &&
		t.op == Create && t.wants(index.File) && t.content && t.source.op == None
}

// carry makes the move, and returns the last node below the directory that goes.
func (m *maker) carry(i int, to *node, at map[index.Path]int) int {
	from := m.nodes[i]
	to.op, to.source = Move, source{op: Move, from: from.path, node: from}
	from.goesTo, from.covered = to, true
	from.held, from.full = false, false
	for i+1 < len(m.nodes) && m.nodes[i+1].path.Under(from.path) {
		i++
		n := m.nodes[i]
		if n.on(index.Absent) || n.ignored {
			continue
		}
		var t *node
		if j, ok := at[to.path+n.path[len(from.path):]]; ok && m.nodes[j].want != nil {
			t = m.nodes[j]
		}
		n.held, n.full = false, false
		switch {
		case n.on(index.Dir) && t == nil, n.op == Delete && n.goesTo == nil && t == nil:
			n.early = true
			continue
		case n.on(index.Dir):
			n.goesTo = t
		case (t == nil || !n.accompanies(t)) && n.goesTo != nil:
			n.goesTo.aside = true
			continue
		case !n.accompanies(t):
			t.op, t.along, n.covered = Update, n, true
			continue
		case n.goesTo != t:
			swap(n, t)
		}
		n.covered, t.covered, t.along = true, true, n
	}
	return i
}

// movedBytes tells whether the bytes of n may be moved, or are.
func (n *node) movedBytes() bool {
	return n.goesTo != nil || n.movable()
}

// swap makes n move to t, which has the same content; whatever t was to be made
// from serves whoever n was to move to.
func swap(n, t *node) {
	other, was := n.goesTo, t.source
	if other != nil {
		other.source = was
	}
	if was.op == Move {
		was.node.goesTo = other
		if t.aside { // it was to be put aside before the directory goes
			t.aside = false
			if other != nil {
				other.aside = true
			} else {
				was.node.early = true
			}
		}
	}
	t.move(n)
}
