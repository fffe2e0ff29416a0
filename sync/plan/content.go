package plan

import "latus/index"

// source says where the content of a node comes from. The zero source is another
// tree.
type source struct {
	op    Op // Move, Copy, Undelete
	from  index.Path
	node  *node       // the node at from, if there is one
	trash string      // Undelete
	made  bool        // the copy is of what this plan puts at from
	twin  *index.Head // the version at from that the copy is another name of
}

// Below this size a file that stays, or lies in the trash, is not worth a question.
const worthAsking = 64 << 10

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
	sizes   map[int64][]*node
}

// find looks for the bytes that are needed: moved from where they leave, copied
// from where they stay, out of the trash, and only then from another tree.
func (m *maker) find() {
	var needs []*node
	for _, n := range m.nodes {
		if n.content {
			needs = append(needs, n)
		}
	}
	if len(needs) == 0 {
		return
	}
	p := m.pool()
	m.linked(needs, p)
	for _, n := range needs {
		if n.source.op == None {
			m.follow(n, p)
		}
	}
	// A file that keeps its name goes with it, then whatever is left.
	if len(p.leaving) > 0 {
		for _, n := range needs {
			p.match(n, true)
		}
		for _, n := range needs {
			p.match(n, false)
		}
	}
	if !m.in.Distant {
		m.copies(needs, p)
	}
	m.undelete(needs)
	m.inquire(needs, p)
	m.compare(needs, p)
	if m.in.Distant {
		return
	}
	made := make(map[index.Hash]*node, len(needs))
	for _, n := range needs {
		h := n.want.Hash
		switch first := made[h]; {
		case !h.Known() || n.want.Size == 0:
		case first == nil:
			made[h] = n
		case n.source.op == None:
			n.source = source{op: Copy, from: first.path, node: first, made: true}
		}
	}
}

// linked has what is another name of a file take its content from that one, or where it
// is not here from another one of its names that comes.
func (m *maker) linked(needs []*node, p *pool) {
	if m.in.Distant || m.in.Rule.Checksum {
		return
	}
	var twins []*node
	first := make(map[index.Origin]*node)
	for _, n := range needs {
		switch o := n.want.Origin; {
		case o == nil || n.want.Kind != index.File:
		case o.Linked:
			twins = append(twins, n)
		default: // the name that the others were linked to was renamed; to one name only
			if first[*o] != nil {
				n = new(node) // nobody knows to which
			}
			first[*o] = n
		}
	}
	for _, n := range twins {
		o := *n.want.Origin
		if r := m.standing(&o, p); r != nil && similar(*r, *n.want) {
			n.source = source{op: Copy, from: o.Path, made: true, twin: r}
			continue
		}
		o.Linked = false
		if f := first[o]; f == nil || f.want == nil {
			first[o] = n
		} else if similar(*f.want, *n.want) {
			n.source = source{op: Copy, from: f.path, made: true, twin: f.want}
		}
	}
}

// standing is the version that o names, if it stands at its path after the plan.
func (m *maker) standing(o *index.Origin, p *pool) *index.Head {
	if n := p.nodes[o.Path]; n != nil && !n.held {
		if n.wants(index.File) && n.want.Gen == o.Gen {
			return n.want
		}
		return nil
	}
	e := m.in.Get(o.Path)
	if e == nil || e.Witness.Kind != index.File {
		return nil
	}
	acked := e.Acked()
	if i := greatest(acked); i >= 0 && acked[i].Gen == o.Gen {
		return &acked[i]
	}
	return nil
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
		if n.cur.Kind == index.File && n.cur.Size > 0 {
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

// movable tells whether the bytes of n leave their path and nobody counts on
// finding them in the trash, as the loser of a conflict there.
func (n *node) movable() bool {
	return n.leaves && n.goesTo == nil && !hasGen(n.entry.Heads, n.cur.Gen)
}

// staying tells whether the bytes of n stay where they are and can be copied.
func (n *node) staying() bool { return n.kept || !n.held && !n.leaves }

func (n *node) move(from *node) {
	n.source = source{op: Move, from: from.path, node: from}
	from.goesTo = n
}

// follow takes the hint of n's origin, back through the names the content had in
// between. A hint rests on inodes, so it is not for Checksum.
func (m *maker) follow(n *node, p *pool) {
	o := n.want.Origin
	for range index.MaxLineage {
		if o == nil || m.in.Rule.Checksum {
			return
		}
		if id, ok := m.in.InTrash(o.Path, o.Gen); ok && n.want.Kind == index.File {
			n.source = source{op: Undelete, trash: id}
		}
		e := m.in.Get(o.Path)
		if e == nil {
			return
		}
		acked := e.Acked()
		if i := greatest(acked); o.Path != n.path && i >= 0 && acked[i].Gen == o.Gen && similar(acked[i], *n.want) {
			switch from := p.nodes[o.Path]; {
			case from != nil && from.movable():
				n.move(from)
				return
			case e.Witness.Kind == index.File && (from == nil || from.staying() && from.on(index.File)):
				if !m.in.Distant {
					n.source = source{op: Copy, from: o.Path, node: from}
				}
				return
			}
		}
		h, ok := e.Head(o.Gen)
		if !ok {
			return
		}
		o = h.Origin
	}
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

// copies finds content that stays where it is at another path. It costs a pass
// over all entries, made only if something of known hash is still needed.
func (m *maker) copies(needs []*node, p *pool) {
	wanted := make(map[index.Hash]index.Path, len(needs))
	for _, n := range needs {
		if n.source.op != Move && n.source.op != Copy && n.want.Hash.Known() && n.want.Size > 0 {
			wanted[n.want.Hash] = ""
		}
	}
	if len(wanted) == 0 {
		return
	}
	for e := range m.in.Entries {
		h := p.stays(e)
		if h == nil || !h.Hash.Known() {
			continue
		}
		if at, ok := wanted[h.Hash]; ok && at == "" {
			wanted[h.Hash] = e.Path
		}
	}
	for _, n := range needs {
		if from := wanted[n.want.Hash]; from != "" && n.source.op != Move && n.source.op != Copy {
			n.source = source{op: Copy, from: from, node: p.nodes[from]}
		}
	}
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

func (m *maker) undelete(needs []*node) {
	for _, n := range needs {
		if n.want.Kind != index.File || n.source.op != None {
			continue
		}
		id, ok := m.in.InTrash(n.path, n.want.Gen)
		if !ok && n.want.Hash.Known() {
			id, ok = m.in.TrashByHash(n.want.Hash)
		}
		if ok {
			n.source = source{op: Undelete, trash: id}
		}
	}
}

// inquire asks for hashes that may show content to be here already: of files
// about to go, or in the trash, with just the size of one that is needed.
func (m *maker) inquire(needs []*node, p *pool) {
	free := make(map[int64]int)
	for size, ns := range p.sizes {
		for _, n := range ns {
			free[size] += btoi(n.goesTo == nil)
		}
	}
	for _, n := range needs {
		size := n.want.Size
		if n.want.Kind != index.File || size == 0 || n.source.op != None {
			continue
		}
		others := free[size]
		if n.movable() && n.cur.Size == size {
			others--
		}
		switch {
		case others <= 0:
			if size > worthAsking && m.in.TrashSize(size) {
				m.ask(n.path, n.want)
			}
		case n.want.Hash.Known() || m.ask(n.path, n.want):
			for _, f := range p.sizes[size] {
				if f.goesTo == nil {
					m.ask(f.path, f.cur)
				}
			}
			p.sizes[size] = nil // asked, once is enough
		}
	}
}
