package wire

import "latus/index"

func (c *Coder) count(v *index.Count) {
	fixed(c, &v.Author)
	number(c, &v.N, maxSeq)
	fixed(c, &v.Hash)
}

func (c *Coder) counts(s *[]index.Count) { list(c, s, many, (*Coder).count) }

func (c *Coder) peers(s *[]index.PeerID) { list(c, s, many, fixed[index.PeerID]) }

func (c *Coder) authorKnown(v *index.AuthorKnown) {
	fixed(c, &v.Author)
	number(c, &v.Common, maxSeq)
	fixed(c, &v.Hash)
	var last index.Generation
	list(c, &v.More, many, func(c *Coder, g *index.Generation) {
		fixed(c, &g.Tag)
		seq := last.Seq + c.uvarint(g.Seq-last.Seq)
		at := last.Time + c.varint(g.Time-last.Time)
		if c.reading {
			g.Author, g.Seq, g.Time = v.Author, seq, at
		}
		if c.reading && (g.Seq == 0 || g.Seq > maxSeq || g.Seq < last.Seq || g.Seq == last.Seq && g.Tag <= last.Tag) {
			c.refuse("generations out of order")
		}
		last = *g
	})
}

func (c *Coder) floor(f *index.Floor) {
	list(c, (*[]index.Mark)(f), many, func(c *Coder, m *index.Mark) {
		fixed(c, &m.Author)
		number(c, &m.Seq, maxSeq)
	})
	for i := range *f {
		m := (*f)[i]
		if c.reading && (m.Author == 0 || m.Seq == 0 || i > 0 && (*f)[i-1].Author >= m.Author) {
			c.refuse("a floor out of order")
		}
	}
}

func (c *Coder) summary(s *index.Summary) {
	list(c, (*[]index.AuthorKnown)(s), many, (*Coder).authorKnown)
	for i := 1; i < len(*s) && c.reading; i++ {
		if (*s)[i-1].Author >= (*s)[i].Author {
			c.refuse("authors out of order")
		}
	}
}
