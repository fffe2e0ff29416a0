package wire

import "latus/sync/peer"

func (c *Coder) DeltaQuery(q *peer.DeltaQuery) {
	c.counts(&q.To)
	c.peers(&q.Forked)
	optional(c, &q.Known, (*Coder).summary)
	c.flag(&q.Full)
	list(c, &q.Also, many, (*Coder).pathOf)
	c.flag(&q.Brief)
}

func (c *Coder) Delta(d *peer.Delta) {
	fixed(c, &d.From)
	c.summary(&d.Known)
	c.flag(&d.Full)
	c.floor(&d.Floor)
	list(c, &d.Asked, many, (*Coder).pathOf)
	c.path = ""
	list(c, &d.Entries, many, (*Coder).entry)
	c.path = ""
	list(c, &d.Lags, many, (*Coder).pathOf)
	c.flag(&d.Attrs)
	c.moved(d)
}

// moved codes which entries of d are short, as the distances between them.
func (c *Coder) moved(d *peer.Delta) {
	next := 0
	list(c, &d.Moved, len(d.Entries), func(c *Coder, i *int) {
		skipped := *i - next
		if number(c, &skipped, uint64(len(d.Entries))); c.reading {
			*i = next + skipped
			if *i >= len(d.Entries) || !peer.Shortened(d.Entries[*i]) {
				c.refuse("what did not move, as moved")
			}
		}
		next = *i + 1
	})
	if d.Moved != nil {
		fixed(c, &d.Sum)
	}
}
