package plan

import "latus/index"

// source says where the content of a node comes from. The zero source is another
// tree.
type source struct {
	op    Op // Move, Copy, Undelete
	from  index.Path
	node  *node       // the node at from, if there is one
	trash string      // Undelete; Copy: has the content as well
	made  bool        // the copy is of what this plan puts at from
	twin  *index.Head // the version at from that the copy is another name of
}

// Below this size a file that stays, is replaced, or lies in the trash, is not worth a
// question.
const worthAsking = 64 << 10

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
	if i := greatest(acked); i >= 0 && acked[i].Gen == o.Gen && !m.in.Stale(o.Path) {
		return &acked[i]
	}
	return nil
}

// movable tells whether the bytes of n leave their path and nobody counts on
// finding them in the trash, as the loser of a conflict there.
func (n *node) movable() bool {
	return n.leaves && n.goesTo == nil && !hasGen(n.entry.Heads, n.cur.Gen)
}

// staying tells whether the bytes of n stay where they are and can be copied.
func (n *node) staying() bool { return n.kept || n.lost || !n.held && !n.leaves }

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
			case e.Witness.Kind == index.File && (from == nil || from.staying() && from.on(index.File)) && !m.in.Stale(o.Path):
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
		if at, ok := wanted[h.Hash]; ok && at == "" && !m.in.Stale(e.Path) {
			wanted[h.Hash] = e.Path
		}
	}
	for _, n := range needs {
		if from := wanted[n.want.Hash]; from != "" && n.source.op != Move && n.source.op != Copy {
			n.source = source{op: Copy, from: from, node: p.nodes[from]}
		}
	}
}

// undelete finds content in the trash, also for copies: what is copied may change before
// it is.
func (m *maker) undelete(needs []*node) {
	for _, n := range needs {
		if n.want.Kind != index.File || n.source.op != None && n.source.op != Copy {
			continue
		}
		id, ok := m.in.InTrash(n.path, n.want.Gen)
		if !ok && n.want.Hash.Known() {
			id, ok = m.in.TrashByHash(n.want.Hash)
		}
		switch {
		case !ok:
		case n.source.op == Copy:
			n.source.trash = id
		default:
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
		if n.movable() && n.cur.Size == size && size > worthAsking {
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
