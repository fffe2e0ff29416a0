package memory

import (
	"fmt"
	"slices"

	"latus/index"
	"latus/sync/tree"
)

// Carry is the tree, copied with all that is in it to a filesystem that can do other things: what
// that cannot hold is left behind, and permission bits that do not stick are as that shows them.
// Of names that are one there the last one stays.
func (m *Tree) Carry(to tree.Traits) {
	m.sys.mu.Lock()
	defer m.sys.mu.Unlock()
	m.sys.can = to
	m.sys.carry(m.sys.root)
	m.sys.saveAll()
}

func (s *system) carry(n *node) {
	n.now.mode = s.mode(n.now.mode)
	if n.kind != index.Dir {
		return
	}
	var names []string
	entries := map[string]entry{}
	for _, e := range n.names {
		names, entries[e.name] = append(names, e.name), e
	}
	slices.Sort(names)
	n.names = map[string]entry{}
	for _, name := range names {
		e := entries[name]
		if s.newName(name) != nil || e.n.kind == index.Link && !s.can.Links {
			continue
		}
		n.names[s.key(name)] = e
		s.carry(e.n)
	}
}

// Filesystem tells what the filesystem can do, which is all that matters of it.
func (m *Tree) Filesystem() string {
	m.sys.mu.Lock()
	defer m.sys.mu.Unlock()
	return fmt.Sprintf("%+v", m.sys.can)
}

// Expect is what a look at it would say.
func (m *Tree) Expect() tree.Traits {
	m.sys.mu.Lock()
	defer m.sys.mu.Unlock()
	return m.sys.can
}
