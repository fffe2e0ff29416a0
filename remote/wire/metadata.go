package wire

import (
	"math"
	"slices"
	"strings"

	"latus/index"
)

// many bounds the lists that grow with a tree: more than any tree has, and few
// enough that a number never overflows.
const many = min(1<<32, math.MaxInt)

// maxSeq and maxTime keep counting on from a peer's numbers possible. maxTime is
// in the year 2116; mtimes may be anything, for files have such.
const (
	maxSeq  = 1 << 48
	maxTime = 1 << 62
)

// optionalPath codes a path, or the root.
func (c *Coder) optionalPath(p *index.Path) {
	if c.reading {
		c.readPath(p)
		return
	}
	shared := 0
	for n := min(len(*p), len(c.path)); shared < n && (*p)[shared] == c.path[shared]; {
		shared++
	}
	c.uvarint(uint64(shared))
	rest := (*p)[shared:]
	str(c, &rest, index.MaxPath)
	c.path = *p
}

func (c *Coder) readPath(p *index.Path) {
	var shared, rest int
	number(c, &shared, uint64(len(c.path)))
	number(c, &rest, index.MaxPath)
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

// moment codes a time that latus itself counts on from, as a difference.
func (c *Coder) moment(t *int64, from int64) {
	at := from + c.varint(*t-from)
	if !c.reading {
		return
	}
	if *t = at; at > maxTime {
		c.refuse("a time after the year 2116")
		*t = 0
	}
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
	if c.version >= 3 {
		c.flag(&o.Linked)
	}
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
	c.moment(&h.Utime, c.utime)
	c.utime = h.Utime
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
		c.origin(h.Origin)
	}
}

func bit(set bool, b byte) byte {
	if set {
		return b
	}
	return 0
}

// entry codes one element of a list of entries. Their order is checked here: the
// path before is still the last one.
func (c *Coder) entry(p **index.Entry) {
	before := c.path
	if c.reading {
		*p = c.newEntry()
	}
	e := *p
	c.pathOf(&e.Path)
	if c.reading && before != "" && index.Compare(before, e.Path) >= 0 {
		c.refuse("entries out of order: %q after %q", e.Path, before)
	}
	n := uint64(len(e.Heads)) << 1
	if e.Mode != (index.ModeReg{}) {
		n |= 1
	}
	owner, mayOwn := c.newer(e.Owner != (index.OwnerReg{}), hasOwner, 4, "--owner")
	attrs, mayHave := c.newer(e.Attrs != (index.AttrsReg{}), hasAttrs, 5, "--xattrs")
	n |= owner | attrs
	number(c, &n, MaxHeads<<1|1|mayOwn|mayHave)
	owner, attrs = n&mayOwn, n&mayHave
	if n &^= owner | attrs; n > MaxHeads<<1|1 {
		c.refuse("%d versions of %q", n>>1, e.Path)
		n = 0
	}
	if c.reading {
		e.Heads = c.newHeads(int(n >> 1))
	}
	for i := range e.Heads {
		h := &e.Heads[i]
		c.head(h)
		if !c.reading {
			continue
		}
		switch {
		case h.Gen == (index.GenID{}):
			c.refuse("a version without a generation")
		case i > 0 && !less(e.Heads[i-1].Gen, h.Gen):
			c.refuse("versions of %q twice, or out of order", e.Path)
		}
	}
	var from int64
	if len(e.Heads) > 0 {
		from = e.Heads[0].Utime
	}
	if n&1 != 0 {
		c.mode(&e.Mode, from)
	}
	if owner != 0 {
		register(c, &e.Owner, from, index.ParseOwner)
	}
	if attrs != 0 {
		register(c, &e.Attrs, from, index.ParseAttrs)
	}
}

func less(a, b index.GenID) bool {
	if a.Author != b.Author {
		return a.Author < b.Author
	}
	return a.Tag < b.Tag
}

// newEntry and newHeads take memory for many at a time.
func (c *Coder) newEntry() *index.Entry {
	if len(c.entries) == cap(c.entries) {
		c.entries = make([]index.Entry, 0, min(max(2*cap(c.entries), 4), 512))
	}
	c.entries = c.entries[:len(c.entries)+1]
	return &c.entries[len(c.entries)-1]
}

func (c *Coder) newHeads(n int) []index.Head {
	if n == 0 {
		return nil
	}
	if cap(c.heads)-len(c.heads) < n {
		c.heads = make([]index.Head, 0, max(n, min(2*cap(c.heads), 512)))
	}
	l := len(c.heads)
	c.heads = c.heads[:l+n]
	return c.heads[l : l+n : l+n]
}
