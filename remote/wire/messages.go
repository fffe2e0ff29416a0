package wire

import (
	"math"
	"time"

	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
)

// some bounds the lists that grow with the command line, not with a tree.
const some = 1 << 16

// maxTrees bounds those that take part in a run.
const maxTrees = 1 << 10

// Greeting is what the Hello message carries: peer.Hello, and what the server
// has to know to serve.
type Greeting struct {
	Path     string        // the tree, as the client names it there; "" leaves it to the server
	Compress Compression   // for what the server sends
	Limit    int64         // bytes a second that the server may send; 0: any
	Timeout  time.Duration // how long the client listens to silence
	Nice     bool          // the server is to give way to what else runs there
	Hello    peer.Hello
}

// Greeting visits a Hello message. Later versions add fields at the end.
func (c *Coder) Greeting(g *Greeting) {
	c.raw(&g.Path)
	number(c, &g.Compress, uint64(Never))
	amount(c, &g.Limit)
	amount(c, &g.Timeout)
	c.flag(&g.Nice)
	h := &g.Hello
	c.flag(&h.Dry)
	c.flag(&h.Join)
	number(c, &h.Mode, uint64(peer.Mirror))
	c.flag(&h.First)
	c.raw(&h.Spec)
	list(c, &h.Others, maxTrees, (*Coder).tree)
	c.counts(&h.Counts)
	list(c, &h.Filter, many, (*Coder).raw)
	c.flag(&h.Checksum)
	c.limit(&h.MaxDelete)
	c.text(&h.Version)
	c.flag(&h.HardLinks)
	c.flag(&h.Owner)
	c.flag(&h.Xattrs)
	c.Skip()
}

func (c *Coder) limit(l *peer.Limit) {
	c.flag(&l.Off)
	amount(c, &l.Count)
	c.float(&l.Percent)
	c.flag(&l.Set)
}

func (c *Coder) tree(t *peer.Tree) {
	fixed(c, &t.Group)
	fixed(c, &t.Peer)
	c.text(&t.Name)
	c.place(&t.Place)
	c.flag(&t.Fresh)
}

func (c *Coder) place(p *peer.Place) {
	c.raw(&p.Machine)
	c.text(&p.Host)
	c.raw(&p.Path)
	fixed(c, &p.Device)
	fixed(c, &p.Inode)
}

// Welcome visits a Welcome message. Later versions add fields at the end.
func (c *Coder) Welcome(w *peer.Welcome) {
	c.tree(&w.Tree)
	c.counts(&w.Counts)
	c.peers(&w.Forked)
	list(c, &w.Remembers, some, (*Coder).tree)
	c.text(&w.Version)
	c.flag(&w.Missing)
	list(c, &w.Recovered, many, (*Coder).change)
	c.Skip()
}

func (c *Coder) LookQuery(q *peer.LookQuery) {
	fixed(c, &q.Group)
	list(c, &q.Others, maxTrees, (*Coder).tree)
	c.counts(&q.To)
	c.peers(&q.Forked)
	optional(c, &q.Known, (*Coder).summary)
	list(c, &q.Verify, many, (*Coder).count)
	c.flag(&q.Brief)
}

func (c *Coder) View(v *peer.View) {
	fixed(c, &v.Peer)
	c.text(&v.Name)
	c.counts(&v.Counts)
	c.summary(&v.Known)
	c.peers(&v.Forked)
	fixed(c, &v.Digest)
	optional(c, &v.Delta, (*Coder).Delta)
	c.flag(&v.Quiet)
	c.flag(&v.Untidy)
	list(c, &v.Problems, many, (*Coder).problem)
	list(c, &v.Notices, many, (*Coder).problem)
	list(c, &v.Held, many, (*Coder).problem)
	amount(c, &v.Files)
	total(c, &v.Bytes)
	amount(c, &v.Authored)
}

func (c *Coder) problem(p *peer.Problem) {
	c.optionalPath(&p.Path)
	c.reason(&p.Reason)
}

// MergeQuery is what a Merge message carries.
type MergeQuery struct {
	Options peer.MergeOptions
	Deltas  []*peer.Delta
}

func (c *Coder) MergeQuery(q *MergeQuery) {
	number(c, &q.Options.Conflict, uint64(plan.Fail))
	c.flag(&q.Options.Mirror)
	c.flag(&q.Options.Actions)
	list(c, &q.Deltas, some, func(c *Coder, d **peer.Delta) {
		if c.reading {
			*d = new(peer.Delta)
		}
		c.Delta(*d)
	})
}

// Questions visits a Hash message.
func (c *Coder) Questions(qs *[]plan.Question) {
	list(c, qs, many, func(c *Coder, q *plan.Question) {
		c.pathOf(&q.Path)
		c.genOf(&q.Gen)
		number(c, &q.Use, uint64(plan.Likeness))
	})
}

// Answers visits an Answers or an Answer message.
func (c *Coder) Answers(as *[]peer.Answer) {
	list(c, as, many, func(c *Coder, a *peer.Answer) {
		c.pathOf(&a.Path)
		c.genOf(&a.Gen)
		c.hash(&a.Hash)
	})
}

// Wants visits a Send message.
func (c *Coder) Wants(ws *[]fetch.Want) { list(c, ws, many, (*Coder).want) }

func (c *Coder) want(w *fetch.Want) {
	c.pathOf(&w.Path)
	c.genOf(&w.Gen)
	c.knownHash(&w.Hash)
	amount(c, &w.Size)
	number(c, &w.Offset, math.MaxInt64)
	optional(c, &w.Origin, (*Coder).origin)
	if c.reading && w.Offset > w.Size {
		c.refuse("content of %d bytes wanted from byte %d", w.Size, w.Offset)
	}
	c.delta(w)
}

// Unreadable is a want that a tree could not fulfil, by its place among those asked about.
type Unreadable struct {
	N   int
	Why error
}

// Unreadables visits a Probed message.
func (c *Coder) Unreadables(us *[]Unreadable) {
	list(c, us, many, func(c *Coder, u *Unreadable) {
		amount(c, &u.N)
		c.Error(&u.Why)
	})
}
