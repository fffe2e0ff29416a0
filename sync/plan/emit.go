package plan

import (
	"slices"

	"latus/index"
	"latus/sync/reason"
)

// emit writes the plan down, in an order in which it can be carried out:
//
//  0. deletions below a directory that is moved, children before their directory
//  1. directories and whole directories' moves, parents first
//  2. moves, each before what takes its old place, where they make no ring
//  3. everything else that puts something somewhere
//  4. deletions, children before their directory
//  5. what needs the room that deletions make
//  6. copies of what this plan brings
//  7. the bytes of conflicts' losers, last of all
func (m *maker) emit() {
	var early, dirs, moves, puts, gone, late, made []*node
	for _, n := range m.nodes {
		switch {
		case n.held || n.covered:
		case n.op == None:
		case n.early:
			early = append(early, n)
		case n.op == Delete:
			if n.goesTo == nil {
				gone = append(gone, n)
			}
		case n.op == Rmdir:
			gone = append(gone, n)
		case n.source.made:
			made = append(made, n)
		case n.late:
			late = append(late, n)
		case n.op == Mkdir || n.op == Move:
			dirs = append(dirs, n)
		case n.source.op == Move:
			moves = append(moves, n)
		default:
			puts = append(puts, n)
		}
	}
	slices.Reverse(early)
	slices.Reverse(gone)
	groups := [][]*node{early, dirs, unwound(moves), puts, m.along(), gone, late, made}
	total := 0
	for _, ns := range groups {
		total += len(ns)
	}
	m.plan.Actions = make([]Action, 0, total)
	m.plan.Wants = make([]Want, 0, len(puts))
	for _, ns := range groups {
		for _, n := range ns {
			m.act(n)
			n.done = true
		}
	}
	for _, n := range m.nodes {
		if n.full && n.held {
			m.leave(n, n.heldFor().Why(), n.want != nil)
		}
		m.keepLosers(n)
	}
	slices.SortStableFunc(m.plan.Held, func(a, b Held) int { return index.Compare(a.Path, b.Path) })
	slices.SortStableFunc(m.plan.open, func(a, b Question) int { return index.Compare(a.Path, b.Path) })
}

// unwound orders moves so that each comes before the one that takes its place.
func unwound(moves []*node) []*node {
	done := make(map[*node]bool, len(moves))
	order := moves[:0:0]
	for _, n := range moves {
		var chain []*node
		for n != nil && !done[n] && n.source.op == Move && n.op != Move && !n.late && !n.covered {
			done[n] = true
			chain = append(chain, n)
			n = n.goesTo // who takes the bytes that are in the way
		}
		slices.Reverse(chain)
		order = append(order, chain...)
	}
	return order
}

// along is what a directory's move carried, and still differs.
func (m *maker) along() []*node {
	var ns []*node
	for _, n := range m.nodes {
		if n.along == nil || n.op == Update {
			continue // nothing came along, or what is updated anyway
		}
		old := n.along.witness()
		n.op, n.content, n.source = None, false, source{}
		mode, set := m.mode(n)
		switch {
		case n.want.Kind != index.Link && set && mode != old.Mode&m.in.Disk.ModeBits:
			n.op = Touch
		case n.want.Kind == index.File && !m.near(n.want, old.Mtime), m.disowned(n, old), m.unlike(n, old):
			n.op = Touch
		}
		if n.op == Touch {
			ns = append(ns, n)
		}
	}
	return ns
}

// act appends the action of n.
func (m *maker) act(n *node) {
	a := Action{Op: n.op, Path: n.path, Old: n.witness(), Want: -1, Why: why(n)}
	switch {
	case n.along != nil:
		a.Old = n.along.witness()
		if n.entry == nil || n.entry.Attrs.Value == "" {
			a.Old.Attrs = 0 // nobody has told whether they go along
		}
		if n.along.cur != nil {
			over := *n.along.cur
			a.Over = &over
		}
	case n.goesTo != nil:
		a.Old = index.Witness{} // moved away by then
	case n.cur != nil:
		over := m.displaced(n)
		a.Over = &over
		if n.conflict > 0 && n.leaves && hasGen(n.losers, n.cur.Gen) {
			m.plan.Conflicts[n.conflict-1].Costs = true
		}
	}
	if n.want != nil {
		a.Head = n.want
		a.Mode, _ = m.mode(n)
		a.Owner = m.owner(n, index.IDs{})
		if a.Op == Touch {
			a.Owner = m.owner(n, a.Old.Owner)
		}
	} else {
		gone := deletion(n)
		a.Head = &gone
	}
	if a.Op == Update && a.Old.Kind == index.Absent {
		a.Op = Create
	}
	if n.content {
		switch n.source.op {
		case None:
			if n.want.Kind == index.File {
				a.Want = m.want(n.path, n.want)
			}
		default:
			a.Op, a.From, a.Trash = n.source.op, n.source.from, n.source.trash
			switch r := n.source.twin; {
			case r != nil:
				a.FromGen, a.Linked = r.Gen, m.in.Disk.HardLinks
			case n.source.made: // should that not come, something else stands there
				a.FromGen = n.source.node.want.Gen
			}
		}
	} else if n.op == Move {
		a.From = n.source.from
	}
	if n.want != nil {
		a.Attrs = m.attrs(n, a.Op == Touch || a.Op == Move || a.Linked)
	}
	if a.Op == Move {
		// Too late when its old place is filled, or its directory gone, by then.
		a.Aside = n.late || n.aside || n.source.node.done
	}
	if a.Old.Kind == index.File || a.Old.Kind == index.Link {
		if n.op == Delete || n.op == Mkdir {
			m.plan.Losses++
		}
	}
	m.plan.Actions = append(m.plan.Actions, a)
}

// displaced is the version that the bytes at n are kept as in the trash: the
// loser that they are the bytes of, if they were another tree's version of it.
func (m *maker) displaced(n *node) index.Head {
	for _, l := range n.losers {
		if l.Kind == index.File && n.leaves && !hasGen(n.entry.Heads, n.cur.Gen) && compareContent(*n.cur, l, m.in.Rule) == equal {
			l.Hash = learnt(l.Hash, n.cur.Hash)
			return l
		}
	}
	return *n.cur
}

// deletion is the version that says that nothing shall stand at n.
func deletion(n *node) index.Head {
	if n.entry != nil {
		if d, _ := Display(n.entry.Heads); d.Kind == index.Deleted {
			return d
		}
	}
	return index.Head{Kind: index.Deleted}
}

func why(n *node) string {
	switch {
	case n.op == Delete || n.op == Rmdir:
		return "deleted"
	case n.leaves && n.cur != nil && hasGen(n.entry.Heads, n.cur.Gen):
		return "lost a conflict"
	case n.leaves, n.along != nil && n.op == Update: // what came along with its directory
		return "replaced"
	}
	return ""
}

func (m *maker) want(p index.Path, h *index.Head) int {
	m.plan.Wants = append(m.plan.Wants, Want{p, h})
	return len(m.plan.Wants) - 1
}

// keepLosers appends what brings the losers' bytes, or acknowledges n.
func (m *maker) keepLosers(n *node) {
	if n.held && !n.lost || n.entry == nil {
		return
	}
	acked := n.entry.Acked()
	news := len(n.entry.Heads)
	for i := range n.entry.Heads {
		if hasGen(acked, n.entry.Heads[i].Gen) {
			news--
		}
	}
	kept := n.open
	for i := range n.losers {
		l := &n.losers[i]
		if l.Kind != index.File || m.athand(n, l) {
			continue
		}
		kept++
		if m.in.Lost(n.path, l.Gen) {
			m.plan.open = append(m.plan.open, Question{Path: n.path, Gen: l.Gen})
			if !n.lost {
				m.plan.Held = append(m.plan.Held, Held{Path: n.path, Reason: reason.NoBytes.Why(), Problem: true})
			}
			continue
		}
		m.plan.Actions = append(m.plan.Actions, Action{
			Op: Keep, Path: n.path, Head: l, Want: m.want(n.path, l), Why: "lost a conflict",
		})
	}
	switch {
	case n.held:
	case n.op != None || n.along != nil || n.covered || n.goesTo != nil:
	case kept == 0:
		m.plan.Acks = append(m.plan.Acks, n.path)
	case news > kept:
		m.plan.Shown = append(m.plan.Shown, n.path)
	}
}

// athand tells whether the bytes of the loser l are in this tree's trash: they
// were acknowledged, or will be there when their version is displaced.
func (m *maker) athand(n *node, l *index.Head) bool {
	if hasGen(n.entry.Acked(), l.Gen) {
		return true
	}
	for _, gen := range Alike(n.entry, l.Gen) {
		if _, ok := m.in.InTrash(n.path, gen); ok {
			return true
		}
	}
	if l.Hash.Known() {
		// By another version's name, perhaps one that was dropped for this one.
		if _, ok := m.in.TrashByHash(l.Hash); ok {
			return true
		}
	}
	return n.leaves && n.goesTo == nil && n.cur != nil && compareContent(*n.cur, *l, m.in.Rule) == equal
}
