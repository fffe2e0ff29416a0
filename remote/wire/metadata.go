package wire

import (
	"math"
	"reflect"
	"slices"
	"strings"

	"latus/index"
)

// many bounds the lists that grow with a tree: more than any tree has, and few
// enough that a number never overflows.
const many = min(1<<32, math.MaxInt)

// maxSeq keeps counting on from a peer's numbers possible.
const maxSeq = 1 << 48

// What a decoder takes memory for besides texts and the elements of lists, in bytes.
var (
	genSize    = int(reflect.TypeFor[index.GenID]().Size())
	originSize = int(reflect.TypeFor[index.Origin]().Size())
	headSize   = int(reflect.TypeFor[index.Head]().Size())
	entrySize  = int(reflect.TypeFor[index.Entry]().Size())
)

// optionalPath codes a path, or the root.
func (c *Coder) optionalPath(p *index.Path) {
	if c.reading {
		c.readPath(p)
		return
	}
	shared := 0
	for n := min(len(*p), len(c.path), MaxShared); shared < n && (*p)[shared] == c.path[shared]; {
		shared++
	}
	c.uvarint(uint64(shared))
	c.take(shared)
	rest := (*p)[shared:]
	str(c, &rest, index.MaxPath)
	c.path = *p
}

func (c *Coder) readPath(p *index.Path) {
	var shared, rest int
	number(c, &shared, uint64(len(c.path)))
	number(c, &rest, index.MaxPath)
	if c.take(shared + rest); c.err != nil {
		*p, c.path = "", ""
		return
	}
	c.scratch = slices.Grow(c.scratch[:0], shared+rest)[:shared+rest]
	copy(c.scratch, c.path[:shared])
	c.bytes(c.scratch[shared:])
	*p, c.path = "", ""
	if c.err != nil || len(c.scratch) == 0 {
		return
	}
	path, err := index.ParsePath(string(c.scratch))
	if err != nil {
		c.refuse("%s", Clean(err.Error()))
		return
	}
	*p, c.path = path, path
}

// pathOf codes a path that is not the root.
func (c *Coder) pathOf(p *index.Path) {
	c.optionalPath(p)
	if c.reading && *p == "" {
		c.refuse("a path that is empty")
	}
}

// gen codes the name of a generation: 0 for none, 1 for a new one that follows,
// else its number in the order of their coming, from 2.
func (c *Coder) gen(g *index.GenID) {
	if c.reading {
		c.readGen(g)
		return
	}
	if *g == (index.GenID{}) {
		c.uvarint(0)
		return
	}
	if n, ok := c.known[*g]; ok {
		c.uvarint(n)
		return
	}
	c.known[*g] = uint64(len(c.known)) + 2
	c.take(genSize)
	c.uvarint(1)
	fixed(c, &g.Author)
	fixed(c, &g.Tag)
}

func (c *Coder) readGen(g *index.GenID) {
	*g = index.GenID{}
	switch n := c.uvarint(0); {
	case n == 0:
	case n == 1:
		fixed(c, &g.Author)
		fixed(c, &g.Tag)
		if *g == (index.GenID{}) {
			c.refuse("a generation without a name")
		}
		c.take(genSize)
		c.gens = append(c.gens, *g)
	case n-2 < uint64(len(c.gens)):
		*g = c.gens[n-2]
	default:
		c.refuse("a generation that was not named")
	}
}

// genOf codes the name of a generation that is one.
func (c *Coder) genOf(g *index.GenID) {
	c.gen(g)
	if c.reading && *g == (index.GenID{}) {
		c.refuse("a version without a generation")
	}
}

func (c *Coder) hash(h *index.Hash) { c.bytes(h[:]) }

// knownHash codes a hash that may be unknown.
func (c *Coder) knownHash(h *index.Hash) {
	known := h.Known()
	if c.flag(&known); known {
		c.hash(h)
	}
}

// moment codes a time that latus itself counts on from, as a difference, and returns it
// for the next differences. No time is later than index.MaxTime: one that is said to be,
// as an index of an older latus may hold it, is as late as that.
func (c *Coder) moment(t *int64, from int64) int64 {
	at := *t
	if !c.reading {
		at = min(at, index.MaxTime)
	}
	at = from + c.varint(at-from)
	if c.reading {
		*t = min(at, index.MaxTime)
	}
	return at
}

func (c *Coder) ancestor(a *index.Ancestor) {
	fixed(c, &a.Hash)
	if a.Hash == 0 {
		amount(c, &a.Size)
		signed(c, &a.Mtime)
	}
}

func (c *Coder) origin(o *index.Origin) {
	// An origin must not disturb the order in which entries are front-coded.
	before := c.path
	c.pathOf(&o.Path)
	c.genOf(&o.Gen)
	c.flag(&o.Linked)
	c.path = before
}

// Bits of a head's first byte, above its kind.
const (
	headFirst = 1 << (iota + 3)
	headHash
	headLineage
	headOrigin
	headClock // not 1
)

func (c *Coder) head(h *index.Head) {
	b := byte(h.Kind) | bit(h.First, headFirst) | bit(h.Hash.Known(), headHash) | bit(len(h.Lineage) > 0, headLineage) |
		bit(h.Origin != nil, headOrigin) | bit(h.Clock != 1, headClock)
	c.byte(&b)
	if c.reading {
		h.Kind, h.First, h.Clock = index.Kind(b&7), b&headFirst != 0, 1
		if !h.Kind.Live() && h.Kind != index.Deleted {
			c.refuse("a version of kind %d", b&7)
			h.Kind = index.Deleted
		}
	}
	c.gen(&h.Gen)
	if b&headClock != 0 {
		number(c, &h.Clock, math.MaxUint32)
	}
	amount(c, &h.Size)
	if h.Kind == index.File || h.Kind == index.Link {
		if at := c.mtime + c.varint(h.Mtime-c.mtime); c.reading {
			h.Mtime = at
		}
		c.mtime = h.Mtime
		c.utime = h.Mtime
	} else {
		signed(c, &h.Mtime)
	}
	c.utime = c.moment(&h.Utime, c.utime)
	if h.Kind == index.Link {
		c.raw(&h.Target)
		if c.reading && strings.IndexByte(h.Target, 0) >= 0 {
			c.refuse("a link whose target has a NUL in it")
		}
	}
	if b&headHash != 0 {
		c.hash(&h.Hash)
	}
	if b&headLineage != 0 {
		if list(c, &h.Lineage, index.MaxLineage, (*Coder).ancestor); len(h.Lineage) == 0 {
			c.refuse("a lineage of nobody")
		}
	}
	if b&headOrigin != 0 {
		if c.reading {
			h.Origin = new(index.Origin)
		}
		c.take(originSize)
		c.origin(h.Origin)
	}
}

func bit(set bool, b byte) byte {
	if set {
		return b
	}
	return 0
}
