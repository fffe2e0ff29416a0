package memory

import "latus/index"

// slot is a place for a name.
type slot struct {
	dir *node
	key string
}

// subject is what one change is about.
type subject struct {
	slots []slot
	nodes []*node // that get or lose a name
	dirs  []*node // in which names change
	ended []*node // directories that are removed: they have to be empty
	moves bool    // a directory gets another place
}

func (s *system) subject(c change) subject {
	var about subject
	for _, x := range c.sets {
		about.slots = append(about.slots, slot{x.dir, s.key(x.e.name)})
		about.nodes = append(about.nodes, x.e.n)
		about.dirs = append(about.dirs, x.dir)
		if !x.gone || x.e.n.kind != index.Dir {
			continue
		}
		if c.gives(x.e.n) {
			about.moves = true
		} else {
			about.ended = append(about.ended, x.e.n)
		}
	}
	return about
}

// gives tells whether n gets a name.
func (c change) gives(n *node) bool {
	for _, x := range c.sets {
		if x.e.n == n && !x.gone {
			return true
		}
	}
	return false
}

// marks is what a number of changes are about.
//
// A later change rests on an earlier one that concerns the same name or the same
// file, that gave the directory it works in its place, that took something out
// of the directory it removes, or that moved a directory as it does itself. The
// later can't be durable without the earlier.
type marks struct {
	slots              map[slot]bool
	nodes, dirs, ended map[*node]bool
	moves              bool
}

func newMarks() *marks {
	return &marks{map[slot]bool{}, map[*node]bool{}, map[*node]bool{}, map[*node]bool{}, false}
}

func (m *marks) add(about subject) {
	for _, at := range about.slots {
		m.slots[at] = true
	}
	for _, n := range about.nodes {
		m.nodes[n] = true
	}
	for _, n := range about.dirs {
		m.dirs[n] = true
	}
	for _, n := range about.ended {
		m.ended[n] = true
	}
	m.moves = m.moves || about.moves
}

// carry tells whether a later change rests on the marked ones.
func (m *marks) carry(later subject) bool {
	return m.moves && later.moves || m.anySlot(later.slots) ||
		anyNode(m.nodes, later.nodes) || anyNode(m.nodes, later.dirs) || anyNode(m.dirs, later.ended)
}

// restOn tells whether the marked changes rest on an earlier one.
func (m *marks) restOn(earlier subject) bool {
	return m.moves && earlier.moves || m.anySlot(earlier.slots) ||
		anyNode(m.nodes, earlier.nodes) || anyNode(m.dirs, earlier.nodes) || anyNode(m.ended, earlier.dirs)
}

func (m *marks) anySlot(slots []slot) bool {
	for _, at := range slots {
		if m.slots[at] {
			return true
		}
	}
	return false
}

func anyNode(marked map[*node]bool, nodes []*node) bool {
	for _, n := range nodes {
		if marked[n] {
			return true
		}
	}
	return false
}
