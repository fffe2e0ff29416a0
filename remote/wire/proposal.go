package wire

import (
	"maps"
	"math"
	"slices"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

func (c *Coder) Proposal(p *peer.Proposal) {
	c.text(&p.Refused)
	tally(c, &p.Counts)
	total(c, &p.Bytes)
	list(c, &p.Actions, many, (*Coder).change)
	c.Questions(&p.Questions)
	c.flag(&p.Undecided)
	list(c, &p.Conflicts, many, (*Coder).conflict)
	list(c, &p.Held, many, (*Coder).held)
	c.Wants(&p.Wants)
	optional(c, &p.Second, (*Coder).Delta)
	amount(c, &p.Losses)
	amount(c, &p.Files)
	c.flag(&p.Rules)
	fixed(c, &p.Digest)
}

// tally codes a few numbers by name.
func tally[T ~int | ~int64](c *Coder, m *map[string]T) {
	type item struct {
		name string
		n    T
	}
	var items []item
	if *m != nil {
		items = []item{}
	}
	for _, name := range slices.Sorted(maps.Keys(*m)) {
		items = append(items, item{name, (*m)[name]})
	}
	list(c, &items, some, func(c *Coder, i *item) {
		c.text(&i.name)
		amount(c, &i.n)
	})
	if !c.reading || items == nil {
		return
	}
	*m = make(map[string]T)
	for _, i := range items {
		(*m)[i.name] = i.n
	}
}

func (c *Coder) change(a *peer.Change) {
	number(c, &a.Op, uint64(plan.Keep))
	number(c, &a.Kind, uint64(index.Special))
	c.pathOf(&a.Path)
	before := c.path
	c.optionalPath(&a.From)
	c.path = before
	amount(c, &a.Size)
	number(c, &a.What, math.MaxUint8)
}

func (c *Coder) conflict(f *plan.Conflict) {
	c.pathOf(&f.Path)
	c.head(&f.Winner)
	c.crowd(len(f.Losers)+1, f.Path)
	list(c, &f.Losers, MaxHeads, (*Coder).head)
	c.flag(&f.Costs)
}

func (c *Coder) held(h *plan.Held) {
	c.optionalPath(&h.Path)
	c.reason(&h.Reason)
	c.flag(&h.Problem)
	c.flag(&h.News)
}
