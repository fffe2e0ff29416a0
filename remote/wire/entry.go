package wire

import (
	"latus/index"
)

// entry codes one element of a list of entries. Their order is checked here: the
// path before is still the last one.
func (c *Coder) entry(p **index.Entry) {
	before := c.path
	if c.reading {
		*p = c.newEntry()
	}
	e := *p
	c.take(entrySize)
	c.pathOf(&e.Path)
	if c.reading && before != "" && index.Compare(before, e.Path) >= 0 {
		c.refuse("entries out of order: %q after %q", e.Path, before)
	}
	heads, follow := c.shape(e)
	from := c.versions(e, heads)
	if follow&hasMode != 0 {
		c.mode(&e.Mode, from)
	}
	if follow&hasOwner != 0 {
		register(c, &e.Owner, from, index.ParseOwner)
	}
	if follow&hasAttrs != 0 {
		register(c, &e.Attrs, from, index.ParseAttrs)
	}
}

// versions codes the heads of e, of which there are n, and returns the author_utime of the
// first one, as it was sent.
func (c *Coder) versions(e *index.Entry, n int) (from int64) {
	if c.reading {
		e.Heads = c.newHeads(min(n, arrayed))[:0]
	}
	for i := 0; i < n && c.err == nil; i++ {
		c.take(headSize)
		if c.reading {
			e.Heads = append(e.Heads, index.Head{})
		}
		h := &e.Heads[i]
		if c.head(h); i == 0 {
			from = c.utime
		}
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
	return from
}

func less(a, b index.GenID) bool {
	if a.Author != b.Author {
		return a.Author < b.Author
	}
	return a.Tag < b.Tag
}

// arrayed is how many heads of a path get memory before they have come.
const arrayed = 64

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
