package memory

import (
	"cmp"

	"latus/index"
	"latus/sync/tree"
)

// node is an inode.
type node struct {
	kind   index.Kind
	ino    uint64
	device uint64
	btime  int64
	target string

	ctime int64
	links int
	names map[string]entry // of a directory, by key
	up    *node            // of a directory: its parent

	now   state
	saved state            // what a power loss leaves of it
	kept  map[string]entry // what it leaves of names
}

// state is what a write changes. Several states may share the bytes of data:
// within its length they are never changed in place.
type state struct {
	data  []byte
	mode  uint32
	mtime int64
	owner index.IDs
	attrs index.Attrs // "": none
}

// entry is a name in a directory, as it was given.
type entry struct {
	name string
	n    *node
}

func (s *system) newNode(kind index.Kind, mode uint32, device uint64) *node {
	s.inodes++
	now := s.time()
	n := &node{kind: kind, ino: s.inodes, device: device, ctime: now}
	n.now = state{mode: s.mode(mode), mtime: s.cut(now), owner: self}
	if kind == index.Link {
		n.now.mode = 0o777
	}
	if s.can.BirthTimes {
		n.btime = now
	}
	n.saved = n.now
	if kind == index.Dir {
		n.names, n.kept = map[string]entry{}, map[string]entry{}
	}
	return n
}

func (n *node) info() tree.Info {
	info := tree.Info{
		Witness: index.Witness{
			Kind: n.kind, Mode: n.now.mode, Mtime: n.now.mtime, Ctime: n.ctime, Btime: n.btime, Inode: n.ino,
			Owner: n.now.owner,
		},
		Device: n.device,
		Links:  uint32(n.links),
	}
	if n.kind == index.File {
		info.Size = int64(len(n.now.data))
	}
	return info
}

func (n *node) attrs() index.Attrs { return cmp.Or(n.now.attrs, index.NoAttrs) }
