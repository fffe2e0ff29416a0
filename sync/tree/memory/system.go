package memory

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"

	"latus/index"
	"latus/sync/tree"
)

// system is the filesystem under one or more Trees. mu guards all of it,
// nodes included.
type system struct {
	can   tree.Traits
	modes bool         // the owner's permission bits count
	owns  *tree.Owners // nil: nobody owns anything
	attrs bool         // extended attributes are kept
	clock func() int64 // nil: ticks

	mu      sync.Mutex
	root    *node
	ticks   int64
	inodes  uint64
	limited bool
	space   int64 // bytes left for content, if limited
	pending []change
	holder  *int // of the lock
}

func newSystem() *system { return &system{can: Capable(), ticks: 1_770_000_000_000_000_000} }

func (s *system) time() int64 {
	if s.clock != nil {
		return s.clock()
	}
	s.ticks += 1_000_003
	return s.ticks
}

// cut is what the filesystem's clock makes of a time.
func (s *system) cut(t int64) int64 {
	rest := t % s.can.Clock
	if rest < 0 {
		rest += s.can.Clock
	}
	return t - rest
}

// mode is what the filesystem makes of a mode: bits that do not stick are as on
// FAT.
func (s *system) mode(m uint32) uint32 {
	return m&s.can.ModeBits | 0o755&^s.can.ModeBits
}

// key is what makes two names the same name.
func (s *system) key(name string) string {
	if s.can.Normalizes {
		name = norm.NFC.String(name)
	}
	if s.can.FoldsCase {
		name = strings.ToLower(name)
	}
	return name
}

// maxName is the longest name that a Tree holds, in bytes.
const maxName = 255

// newName tells whether the filesystem can hold name.
func (s *system) newName(name string) error {
	if len(name) > maxName || s.can.DOSNames && strings.ContainsAny(name, `:*?"<>|\`) {
		return tree.ErrBadName
	}
	return nil
}

// find walks to a directory.
func (s *system) find(dir index.Path) (*node, error) {
	n := s.root
	for rest, name := string(dir), ""; rest != ""; {
		name, rest, _ = strings.Cut(rest, "/")
		e, err := s.lookup(n, name)
		if err != nil {
			return nil, err
		}
		if err := directory(e.n); err != nil {
			return nil, err
		}
		n = e.n
	}
	if !s.may(n, 0o400) {
		return nil, fs.ErrPermission
	}
	return n, nil
}

func directory(n *node) error {
	switch n.kind {
	case index.Dir:
		return nil
	case index.Link:
		return tree.ErrIsLink
	}
	return tree.ErrNotDir
}

func (s *system) lookup(dir *node, name string) (entry, error) {
	switch e, ok := dir.names[s.key(name)]; {
	case !s.may(dir, 0o100):
		return entry{}, fs.ErrPermission
	case len(name) > maxName:
		return entry{}, tree.ErrBadName
	case !ok:
		return entry{}, fs.ErrNotExist
	default:
		return e, nil
	}
}

// free tells whether name can be made in dir.
func (s *system) free(dir *node, name string) error {
	if err := s.newName(name); err != nil {
		return err
	}
	switch _, err := s.lookup(dir, name); {
	case err == nil:
		return fs.ErrExist
	case !tree.IsNotExist(err):
		return err
	case dir.links == 0:
		return fs.ErrNotExist
	case !s.may(dir, 0o300):
		return fs.ErrPermission
	}
	return nil
}

// may tells whether the owner's bits allow something.
func (s *system) may(n *node, bits uint32) bool {
	return !s.modes || n.now.mode&bits == bits
}

// room is how far a file may grow, at most to size.
func (s *system) room(n *node, size int64) int64 {
	if has := int64(len(n.now.data)); s.limited && size > has {
		return min(size, has+max(s.space, 0))
	}
	return size
}

// resize gives a file its content.
func (s *system) resize(n *node, data []byte) {
	s.space -= int64(len(data) - len(n.now.data))
	n.now.data = data
}

// touch notes that something about n changed, other than its content.
func (s *system) touch(n *node) { n.ctime = s.time() }

// modify notes that the content of n changed.
func (s *system) modify(n *node) {
	n.ctime = s.time()
	n.now.mtime = s.cut(n.ctime)
}

// pathOf finds the present path of a directory.
func (s *system) pathOf(n *node) index.Path {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for ; n.up != nil; n = n.up {
		for _, e := range n.up.names {
			if e.n == n {
				names = append(names, e.name)
			}
		}
	}
	slices.Reverse(names)
	return index.Path(strings.Join(names, "/"))
}

// lock returns how to unlock, or nil if the tree is locked.
func (s *system) lock() func() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder != nil {
		return nil
	}
	holder := new(int)
	s.holder = holder
	return func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.holder == holder {
			s.holder = nil
		}
		return nil
	}
}

// restart lets go of what a process held.
func (s *system) restart() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holder = nil
	if !s.can.StableInodes {
		for n := range s.all() {
			s.inodes++
			n.ino = s.inodes
		}
	}
}

// all is every node with a name, in a fixed order.
func (s *system) all() func(yield func(*node) bool) {
	return func(yield func(*node) bool) {
		seen := map[*node]bool{}
		var walk func(n *node) bool
		walk = func(n *node) bool {
			if seen[n] {
				return true
			}
			seen[n] = true
			if !yield(n) {
				return false
			}
			for _, key := range slices.Sorted(maps.Keys(n.names)) {
				if !walk(n.names[key].n) {
					return false
				}
			}
			return true
		}
		walk(s.root)
	}
}
