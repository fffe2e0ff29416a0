package memory

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"slices"

	"latus/index"
)

// change is what happens to names at once, or not at all: a filesystem with a
// journal keeps no half of a rename.
type change struct{ sets []set }

// set gives or takes away one name.
type set struct {
	dir  *node
	e    entry
	gone bool
}

// apply makes a change that is not durable yet.
func (s *system) apply(c change) {
	for _, x := range c.sets {
		n, key := x.e.n, s.key(x.e.name)
		if x.gone {
			delete(x.dir.names, key)
			n.links--
		} else {
			x.dir.names[key] = x.e
			n.links++
		}
		if n.kind == index.Dir {
			n.up = x.dir
		}
		s.modify(x.dir)
		s.touch(n)
	}
	for _, x := range c.sets {
		if x.e.n.links > 0 {
			continue
		}
		if x.e.n.kind == index.Dir {
			x.e.n.up = nil
		}
		s.space += int64(len(x.e.n.now.data))
	}
	s.pending = append(s.pending, c)
}

// commit makes a change durable.
func (s *system) commit(c change) {
	for _, x := range c.sets {
		if key := s.key(x.e.name); x.gone {
			delete(x.dir.kept, key)
		} else {
			x.dir.kept[key] = x.e
		}
	}
}

// saveAll makes everything durable.
func (s *system) saveAll() {
	for _, c := range s.pending {
		s.commit(c)
	}
	s.pending = nil
	for n := range s.all() {
		n.saved = n.now
	}
}

// saveDir makes the names in dir durable, and the changes that those rest on.
func (s *system) saveDir(dir *node) {
	dir.saved = dir.now
	wanted, save := newMarks(), make([]bool, len(s.pending))
	for i, c := range slices.Backward(s.pending) {
		if about := s.subject(c); slices.Contains(about.dirs, dir) || wanted.restOn(about) {
			save[i] = true
			wanted.add(about)
		}
	}
	var rest []change
	for i, c := range s.pending {
		if save[i] {
			s.commit(c)
		} else {
			rest = append(rest, c)
		}
	}
	s.pending = rest
}

// PowerLoss is Restart after the power went: of what was not synced, a random part is lost,
// or all of it if r is nil. Names keep the order of changes that concern the same name, the
// same file or a directory and what is in it, and no other order. Content that was not synced
// is the old, the new, cut short (but not what was synced before something was appended), or
// a mixture of blocks; mode and mtime may be old or new whatever the content is.
func (m *Tree) PowerLoss(r *rand.Rand) {
	m.Restart()
	s := m.sys
	s.mu.Lock()
	defer s.mu.Unlock()
	luck := 0.0
	if r != nil {
		luck = float64(r.IntN(5)) / 4
	}
	lost := newMarks()
	for _, c := range s.pending {
		if about := s.subject(c); r == nil || r.Float64() >= luck || lost.carry(about) {
			lost.add(about)
		} else {
			s.commit(c)
		}
	}
	s.pending = nil
	s.root.relink(map[*node]bool{})
	for n := range s.all() {
		n.now = n.remains(r, luck)
		n.saved = n.now
	}
}

// relink brings the names from n on back to what is durable.
func (n *node) relink(seen map[*node]bool) {
	n.names = maps.Clone(n.kept)
	for _, e := range n.names {
		if !seen[e.n] {
			seen[e.n] = true
			e.n.links = 0
		}
		e.n.links++
		if e.n.kind == index.Dir {
			e.n.up = n
			e.n.relink(seen)
		}
	}
}

// lossBlock is what reaches a disk whole or not at all, in bytes.
const lossBlock = 4096

// remains is what a power loss leaves of a file.
func (n *node) remains(r *rand.Rand, luck float64) state {
	switch {
	case r == nil:
		return n.saved
	case r.Float64() < luck:
		return n.now
	}
	left := n.saved
	if r.IntN(2) == 0 {
		left.mode = n.now.mode
	}
	if r.IntN(2) == 0 {
		left.mtime = n.now.mtime
	}
	if n.now.owner != n.saved.owner && r.IntN(2) == 0 {
		left.owner = n.now.owner
	}
	if n.now.attrs != n.saved.attrs && r.IntN(2) == 0 {
		left.attrs = n.now.attrs
	}
	if slices.Equal(n.now.data, n.saved.data) {
		return left
	}
	switch r.IntN(4) {
	case 0:
		left.data = n.now.data
	case 1:
		synced := 0
		if bytes.HasPrefix(n.now.data, n.saved.data) {
			synced = len(n.saved.data) // only appended to since
		}
		left.data = slices.Clip(n.now.data[:synced+r.IntN(len(n.now.data)-synced+1)])
	case 2:
		left.data = slices.Clone(n.now.data)
		for at := 0; at < len(left.data); at += lossBlock {
			if block := left.data[at:min(at+lossBlock, len(left.data))]; r.IntN(2) == 0 {
				clear(block)
				copy(block, n.saved.data[min(at, len(n.saved.data)):])
			}
		}
	}
	return left
}
