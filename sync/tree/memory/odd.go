package memory

import (
	"latus/index"
	"latus/sync/tree"
)

// MakeSpecial puts something at p that is neither file, directory nor link, as
// a FIFO would be. The directory must exist.
func (m *Tree) MakeSpecial(p index.Path) error {
	dir, name := p.Split()
	s := m.sys
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.find(dir)
	if err == nil {
		err = s.free(d, name)
	}
	if err != nil {
		return tree.Fault("mknod", string(p), err)
	}
	s.apply(change{sets: []set{{d, entry{name, s.newNode(index.Special, 0o644, d.device)}, false}}})
	return nil
}

// MakeMount makes the empty directory p the root of another filesystem: it and
// what is made below it later are on another device.
func (m *Tree) MakeMount(p index.Path) error {
	s := m.sys
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.find(p)
	if err == nil && len(d.names) > 0 {
		err = tree.ErrNotEmpty
	}
	if err != nil {
		return tree.Fault("mount", string(p), err)
	}
	s.inodes++
	d.device = s.inodes
	return nil
}
