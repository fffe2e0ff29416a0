package memory

import "slices"

// clone copies everything, open handles aside.
func (s *system) clone() *system {
	s.mu.Lock()
	defer s.mu.Unlock()
	copies := map[*node]*node{}
	c := &system{
		can: s.can, modes: s.modes, owns: s.owns, attrs: s.attrs, clock: s.clock, ticks: s.ticks, inodes: s.inodes,
		limited: s.limited, space: s.space, root: s.root.clone(copies),
	}
	for _, p := range s.pending {
		sets := slices.Clone(p.sets)
		for i, x := range sets {
			sets[i].dir, sets[i].e.n = x.dir.clone(copies), x.e.n.clone(copies)
		}
		c.pending = append(c.pending, change{sets})
	}
	return c
}

func (n *node) clone(copies map[*node]*node) *node {
	if n == nil {
		return nil
	}
	if c, ok := copies[n]; ok {
		return c
	}
	n.now.data, n.saved.data = slices.Clip(n.now.data), slices.Clip(n.saved.data)
	c := *n
	copies[n] = &c
	c.up = n.up.clone(copies)
	c.names, c.kept = cloneNames(n.names, copies), cloneNames(n.kept, copies)
	return &c
}

func cloneNames(names map[string]entry, copies map[*node]*node) map[string]entry {
	if names == nil {
		return nil
	}
	c := make(map[string]entry, len(names))
	for key, e := range names {
		c[key] = entry{e.name, e.n.clone(copies)}
	}
	return c
}
