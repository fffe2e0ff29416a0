package plan

import "latus/index"

// content names content, and the file name it goes by: "" for any.
type content struct {
	hash   index.Hash
	target string // of a link
	name   string
}

// pool is the content on this disk that the plan would take away, to be moved
// rather than lost.
type pool struct {
	nodes   map[index.Path]*node // every node, for looking one up
	leaving map[content][]*node
	sizes   map[int64][]*node // those that are worth a question
}

func (m *maker) pool() *pool {
	p := &pool{
		nodes:   make(map[index.Path]*node, len(m.nodes)),
		leaving: make(map[content][]*node),
		sizes:   make(map[int64][]*node),
	}
	for _, n := range m.nodes {
		p.nodes[n.path] = n
		if !n.movable() {
			continue
		}
		for _, named := range []bool{true, false} {
			if c, ok := known(n, n.cur, named); ok {
				p.leaving[c] = append(p.leaving[c], n)
			}
		}
		// What is replaced is the new content of another path less often than it has
		// the size of one by chance.
		if n.cur.Kind == index.File && n.cur.Size > 0 && (n.want == nil || n.cur.Size > worthAsking) {
			p.sizes[n.cur.Size] = append(p.sizes[n.cur.Size], n)
		}
	}
	return p
}

// known names the content of h at n, if that can be done. A link is only ever
// matched together with its name.
func known(n *node, h *index.Head, named bool) (c content, ok bool) {
	if named {
		c.name = n.path.Base()
	}
	switch {
	case h.Kind == index.Link:
		c.target = h.Target
		return c, named
	case h.Kind == index.File && h.Size > 0 && h.Hash.Known():
		c.hash = h.Hash
		return c, true
	}
	return c, false
}

// similar tells whether nothing known of two heads speaks against one content.
func similar(a, b index.Head) bool {
	switch {
	case a.Kind != b.Kind:
		return false
	case a.Kind == index.Link:
		return a.Target == b.Target
	}
	return a.Size == b.Size && (a.Hash == b.Hash || !a.Hash.Known() || !b.Hash.Known())
}

// match moves content here that is known to be the same.
func (p *pool) match(n *node, named bool) {
	c, ok := known(n, n.want, named)
	if !ok || n.source.op == Move || n.source.op == Copy {
		return
	}
	from := p.leaving[c]
	for len(from) > 0 && !from[0].movable() {
		from = from[1:]
	}
	if len(from) > 0 {
		n.move(from[0])
		from = from[1:]
	}
	p.leaving[c] = from
}

// stays is the version of the file at e that stays where it is; nil if there is
// none. Where another tree's version has the same content it is that one, which
// others know of.
func (p *pool) stays(e *index.Entry) *index.Head {
	if e.Witness.Kind != index.File {
		return nil
	}
	acked := e.Acked()
	i := greatest(acked)
	if i < 0 || acked[i].Kind != index.File {
		return nil
	}
	n := p.nodes[e.Path]
	switch {
	case n == nil:
	case !n.staying():
		return nil
	case !n.held && !acked[i].Hash.Known() && n.wants(index.File) && !n.content:
		return n.want
	}
	return &acked[i]
}
