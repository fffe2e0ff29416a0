package plan

import (
	"slices"

	"latus/index"
	"latus/sync/reason"
)

// heldFor is why a directory that is full cannot go.
func (n *node) heldFor() reason.Code {
	if n.keeps {
		return reason.KeepsDeleted
	}
	return reason.NotEmpty
}

func (m *maker) leave(n *node, why reason.Reason, problem bool) {
	n.held = true
	m.plan.Held = append(m.plan.Held, Held{Path: n.path, Reason: why, Problem: problem})
}

// hold finds the nodes that can't or mustn't change. It goes from what the user
// and the scan said, over what that keeps in the tree, to what a name, a missing
// directory or a conflict forbids.
func (m *maker) hold() {
	for _, n := range m.nodes {
		if why, blocked := m.in.Blocked(n.path); blocked {
			m.leave(n, why, n.want != nil && m.in.Taken(n.path)) // else the scan reported it
		} else if m.in.Ignored(n.path, n.wants(index.Dir) || n.want == nil && n.on(index.Dir)) {
			m.leave(n, reason.Ignored.Why(), false)
			n.ignored = true
		} else if m.obstructed(n) {
			m.leave(n, reason.InTheWay.Why(), true)
		} else if m.in.NoDelete && n.want == nil && (n.on(index.File) || n.on(index.Link)) {
			m.leave(n, reason.NoDelete.Why(), true)
			n.kept, n.keeps = true, true
		}
	}
	// Children stand behind their directory, so going backwards all that stays
	// below a directory is known when it is looked at.
	for i := len(m.nodes) - 1; i >= 0; i-- {
		n := m.nodes[i]
		if m.in.NoDelete && !n.held && n.want == nil && n.on(index.Dir) {
			if n.stays {
				n.held = true // what is below says why
			} else {
				m.leave(n, reason.NoDelete.Why(), true)
				n.keeps = true
			}
		}
		if !n.held && n.on(index.Dir) && !n.wants(index.Dir) && (n.stays || m.in.Keeps(n.path) || m.in.Holds(n.path)) {
			n.held, n.full = true, true // said at the end: its directory may be moved
		}
		if n.want == &impliedDir && !n.held && n.on(index.Absent) && !n.needed {
			m.leave(n, reason.Ignored.Why(), false) // only what is ignored here lives in it
			n.ignored = true
		}
		if n.parent == nil {
			continue
		}
		if n.held && !n.on(index.Absent) {
			n.parent.stays = true
			n.parent.keeps = n.parent.keeps || n.keeps
		}
		n.parent.needed = n.parent.needed || n.want != nil && !n.ignored
	}
	twins := m.twins()
	for _, n := range m.nodes {
		if n.want == nil || n.held {
			continue
		}
		if n.parent != nil {
			if n.parent.held && !n.parent.on(index.Dir) {
				m.leave(n, reason.NoParent.Why(), false)
				continue
			}
			n.late = n.late || n.parent.late
		}
		if n.on(index.Absent) && m.withheld(n, twins) {
			continue
		}
		if n.wants(index.Link) && !m.in.Disk.Links {
			m.leave(n, reason.NoLink.Why(), true)
			continue
		}
		m.contest(n)
		if !n.held && n.wants(index.File) && m.in.Lost(n.path, n.want.Gen) {
			m.lose(n)
		}
	}
}

// obstructed tells whether the name of n, new on this disk, is that of something of another
// kind, which is ignored as n would not be.
func (m *maker) obstructed(n *node) bool {
	stands := n.parent == nil || n.parent.on(index.Dir)
	return stands && n.want != nil && n.on(index.Absent) && m.in.Ignored(n.path, !n.wants(index.Dir)) && m.in.There(n.path)
}

// lose leaves n for want of its content. What becomes of a conflict there is told when it can
// be had.
func (m *maker) lose(n *node) {
	m.leave(n, reason.NoBytes.Why(), true)
	n.lost = true
	m.plan.open = append(m.plan.open, Question{Path: n.path, Gen: n.want.Gen})
	if n.conflict > 0 {
		m.plan.Conflicts = m.plan.Conflicts[:n.conflict-1]
		n.conflict = 0
	}
}

// contest looks for a conflict at n. Live heads that were all acknowledged once,
// in this same order, are a conflict that is settled.
func (m *maker) contest(n *node) {
	if n.entry == nil || len(n.entry.Heads) < 2 && n.want != &impliedDir {
		return
	}
	n.losers = losers(n.entry.Heads, *n.want, m.in.Rule)
	if n.cur != nil && n.want != &impliedDir && compareContent(*n.cur, *n.want, m.in.Rule) == equal {
		// What equals the bytes on the disk equals the display, too.
		n.losers = slices.DeleteFunc(n.losers, func(l index.Head) bool {
			return compareContent(*n.cur, l, m.in.Rule) == equal
		})
	}
	if n.want != &impliedDir && m.undecided(n) {
		m.leave(n, reason.Undecided.Why(), true)
		return
	}
	if len(n.losers) == 0 || m.settled(n) {
		return
	}
	m.plan.Conflicts = append(m.plan.Conflicts, Conflict{Path: n.path, Winner: *n.want, Losers: n.losers})
	n.conflict = len(m.plan.Conflicts)
	if m.in.Conflict == Fail {
		m.leave(n, reason.Conflict.Why(), true)
	}
}

// undecided asks for the hashes that tell whether there is a conflict, and tells
// whether to wait for them. A directory holds its name in any case, and a winner
// does once it is clear that nobody here can answer: its rivals are neither
// reported nor acknowledged until somebody can.
func (m *maker) undecided(n *node) bool {
	wait := false
	for _, gen := range Undecided(append([]index.Head{*n.want}, n.losers...), m.in.Rule) {
		h, _ := n.entry.Head(gen)
		wait = m.ask(n.path, &h) || wait
	}
	if wait && !n.wants(index.Dir) {
		return true
	}
	var sure []index.Head
	for _, l := range n.losers {
		if compareContent(l, *n.want, m.in.Rule) == different && descends(*n.want, l, m.in.Rule) == different {
			sure = append(sure, l)
			continue
		}
		m.plan.open = append(m.plan.open, Question{Path: n.path, Gen: l.Gen})
		n.open++
	}
	n.losers = sure
	if n.open > 0 && m.in.Conflict == Fail {
		return true
	}
	if n.open > 0 {
		m.plan.Held = append(m.plan.Held, Held{Path: n.path, Reason: reason.Undecided.Why(), Problem: !m.in.Mirrored})
	}
	return false
}

func (m *maker) settled(n *node) bool {
	if n.wants(index.Dir) && !n.on(index.Dir) {
		return false
	}
	acked := n.entry.Acked()
	for _, h := range n.losers {
		if !hasGen(acked, h.Gen) {
			return false
		}
	}
	return n.want == &impliedDir || hasGen(acked, n.want.Gen)
}

// place is a name as a filesystem tells names apart.
type place struct {
	dir  index.Path
	name string
}

func (m *maker) place(p index.Path) place {
	dir, name := p.Split()
	return place{dir, m.in.Disk.Fold(name)}
}

// twin is a name on the disk that is the same as a new one.
type twin struct {
	path index.Path
	node *node // nil: it is as it shall be
}

// twins finds who holds the places of names that are about to appear. Only
// filesystems that fold names need the second pass over the entries.
func (m *maker) twins() map[place]twin {
	if m.in.Disk.Fold == nil {
		return nil
	}
	twins := make(map[place]twin)
	nodes := make(map[index.Path]*node)
	dirs := make(map[index.Path]bool)
	for _, n := range m.nodes {
		nodes[n.path] = n
		if n.want != nil && n.on(index.Absent) {
			dirs[n.path.Dir()] = true
		}
	}
	if len(dirs) == 0 {
		return nil
	}
	for e := range m.in.Entries {
		if e.Witness.Kind != index.Absent && dirs[e.Path.Dir()] {
			twins[m.place(e.Path)] = twin{e.Path, nodes[e.Path]}
		}
	}
	return twins
}

// withheld tells whether the name of n, new on this disk, can't be here. The name
// that is on the disk stays; one that is about to go makes room first.
func (m *maker) withheld(n *node, twins map[place]twin) bool {
	if m.in.Disk.Legal != nil && !m.in.Disk.Legal(n.path.Base()) {
		m.leave(n, reason.BadName.Why(), true)
		return true
	}
	if twins == nil {
		return false
	}
	t, there := twins[m.place(n.path)]
	if there && (t.node == nil || t.node.held || t.node.want != nil) {
		m.leave(n, reason.Twin.Why(), true)
		return true
	}
	if there {
		n.late = true
	}
	twins[m.place(n.path)] = twin{n.path, n}
	return false
}
