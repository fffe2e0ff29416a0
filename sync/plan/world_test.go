package plan

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"latus/index"
)

// The simulated world: trees with metadata, a disk and a trash; users who edit;
// syncs in which each side may merge or not and apply or not. Beside the heads it
// keeps the truth: which version was made from which.

// object is what stands at a path of a simulated disk.
type object struct {
	kind    index.Kind
	content int // names the bytes of a file, or the target of a link
	size    int64
	mtime   int64
	mode    uint32
	inode   uint64
}

type thrown struct {
	path    index.Path
	gen     index.GenID
	content int
	size    int64
}

// side is one tree.
type side struct {
	peer    index.PeerID
	seq     int
	entries map[index.Path]*index.Entry
	known   bits
	disk    map[index.Path]object
	trash   []thrown
	floor   bits
	skew    int64 // of its clock

	// The truth, by path: versions merged, and versions its disk stands for.
	merged, acked map[index.Path]bits
	last          map[index.Path]object // the disk as it was last looked at
	met           [8]bits               // what it knows its peers to know
}

type version struct {
	path index.Path
	tag  int
}

// truth is what is true of one version, whatever anybody knows.
type truth struct {
	before  bits // all versions it was made from, directly or not
	kind    index.Kind
	content int
	older   bits // all contents it was made from
	first   bool
}

type world struct {
	sides    []*side
	paths    []index.Path
	clock    int64
	contents int
	inodes   uint64
	tags     []tagged
	versions map[version]truth
	dropped  map[version]bool // of equal content with another, which stood for it
	sizes    func(content int) int64
	fileMode func(content int) uint32 // of new files; nil: 0644, and nobody cares
	chmods   bool                     // users give files other permission bits, too
	rules    *rules
	delta    bool            // exchange deltas, not full listings
	unequal  map[[2]int]bool // the last run of these ended with different digests: the next lists in full
	skews    int64
	lossy    bool // index losses or restores happened: some things can't be asked for
	notes    []string
	talk     bool
}

type tagged struct {
	author index.PeerID
	seq    int
}

// rules are the rules of the core as a simulation uses them, so that a test can
// break one.
type rules struct {
	author  func(*index.Entry, Found, Authoring) *index.Entry
	merge   func(mine, theirs *index.Entry, kMine, kTheirs Known, r MergeRule) (*index.Entry, bool)
	plan    func(Input) *Plan
	known   func(w *world, b bits) Known
	collect func(*index.Entry, ...Known) bool
	listed  func(floor, known bits) bool // whether a full listing is needed
	learn   func(mine, theirs bits, merges bool) bits
	scan    func(p index.Path, failed bool, o object) (seen object, skip bool)
	ack     func(p *Plan, e *index.Entry, w index.Witness) *index.Entry
	ahead   bool // have is raised for what was not applied, too
}

func sound() *rules {
	return &rules{
		author:  Author,
		merge:   MergeEntry,
		plan:    Make,
		known:   func(_ *world, b bits) Known { return byTag(b) },
		collect: Collectable,
		listed:  func(floor, known bits) bool { return !floor.within(known) },
		learn: func(mine, theirs bits, merges bool) bits {
			if merges {
				return mine.or(theirs)
			}
			return mine
		},
		scan: func(_ index.Path, failed bool, o object) (object, bool) { return o, failed },
		ack:  (*Plan).Acknowledge,
	}
}

type byTag bits

func (b byTag) Has(g index.GenID) bool { return bits(b).has(int(g.Tag)) }

// broken is how a check says that the core failed.
type broken struct{ what string }

func (w *world) fail(what string, args ...any) {
	panic(broken{fmt.Sprintf(what, args...)})
}

func (w *world) note(text string, args ...any) {
	if w.talk {
		w.notes = append(w.notes, fmt.Sprintf(text, args...))
	}
}

func newWorld(n int, paths ...index.Path) *world {
	w := &world{
		paths: paths, tags: make([]tagged, 1), versions: map[version]truth{}, dropped: map[version]bool{}, unequal: map[[2]int]bool{}, rules: sound(),
		sizes: func(int) int64 { return 100 },
		clock: 1000,
	}
	for i := range n {
		w.sides = append(w.sides, newSide(index.PeerID(i+1)))
	}
	return w
}

func newSide(peer index.PeerID) *side {
	return &side{
		peer:    peer,
		entries: map[index.Path]*index.Entry{},
		disk:    map[index.Path]object{},
		merged:  map[index.Path]bits{},
		acked:   map[index.Path]bits{},
		last:    map[index.Path]object{},
	}
}

func (s *side) clone() *side {
	c := *s
	c.entries = maps.Clone(s.entries)
	c.disk = maps.Clone(s.disk)
	c.trash = slices.Clip(s.trash)
	c.merged = maps.Clone(s.merged)
	c.acked = maps.Clone(s.acked)
	c.last = maps.Clone(s.last)
	return &c
}

// told is what others see of a tree's metadata; it stays as it is when the tree
// goes on.
func (s *side) told() *side {
	return &side{peer: s.peer, known: s.known, floor: s.floor, entries: maps.Clone(s.entries), merged: maps.Clone(s.merged)}
}

// bytes is what others can fetch from a tree; it stays as it is as well.
func (s *side) bytes() *side {
	return &side{peer: s.peer, entries: maps.Clone(s.entries), disk: maps.Clone(s.disk), trash: slices.Clip(s.trash)}
}

func (w *world) clone() *world {
	c := *w
	c.sides = make([]*side, len(w.sides))
	for i, s := range w.sides {
		c.sides[i] = s.clone()
	}
	c.tags = slices.Clip(w.tags)
	c.versions = maps.Clone(w.versions)
	c.dropped = maps.Clone(w.dropped)
	c.unequal = maps.Clone(w.unequal)
	c.notes = slices.Clip(w.notes)
	return &c
}

// maximal lists the versions in set that no other version there was made from.
func (w *world) maximal(p index.Path, set bits) (tags []int) {
	all := set.all()
	var before bits
	for _, a := range all {
		before = before.or(w.versions[version{p, a}].before)
	}
	for _, a := range all {
		if !before.has(a) {
			tags = append(tags, a)
		}
	}
	return tags
}

// key is all of the state that matters for what comes.
func (w *world) key() string {
	var b strings.Builder
	for _, s := range w.sides {
		fmt.Fprintf(&b, "|%x %d ", s.known[0], s.seq)
		for _, p := range w.paths {
			o := s.disk[p]
			b.WriteString(string(rune('A'+int(o.kind)*26+o.content)) + string(rune('A'+o.mtime/10)))
			if e := s.entries[p]; e != nil {
				for _, h := range e.Heads {
					b.WriteByte('a' + byte(h.Gen.Tag))
					b.WriteByte('0' + byte(btoi(h.Hash.Known())))
				}
				if e.Pending {
					b.WriteByte('/')
					for _, h := range e.Have {
						b.WriteByte('a' + byte(h.Gen.Tag))
						b.WriteByte('0' + byte(btoi(h.Hash.Known())))
					}
				}
				if w.fileMode != nil {
					fmt.Fprintf(&b, "%o.%x", e.Mode.Value, e.Mode.Gen.Tag)
				}
				b.WriteByte('=' + byte(e.Witness.Kind))
				b.WriteByte('A' + byte(e.Witness.Mtime/10))
			}
			b.WriteByte(',')
		}
		thrown := make([]string, len(s.trash))
		for i, t := range s.trash {
			thrown[i] = fmt.Sprintf("%s%d.%d", t.path, t.gen.Tag, t.content)
		}
		sort.Strings(thrown)
		for _, t := range slices.Compact(thrown) {
			b.WriteString(t)
		}
	}
	fmt.Fprintf(&b, "|%d %d", w.contents, len(w.tags))
	return b.String()
}
