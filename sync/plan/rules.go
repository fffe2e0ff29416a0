package plan

import "latus/index"

// keepRules has an ignore file that is to go stay, where its directory does for what is
// ignored in it: without the file that would be ignored no longer, and the next run would
// publish it. What was to be moved from there is copied.
func (m *maker) keepRules() {
	for _, n := range m.nodes {
		if n.op != Delete || n.held || n.covered || !n.on(index.File) || !m.in.Rules(n.path) || !n.guarding(m) {
			continue
		}
		n.held = true // its directory says why
		if to := n.goesTo; to != nil {
			n.goesTo, to.aside, to.source = nil, false, source{}
			if !m.in.Distant {
				to.source = source{op: Copy, from: n.path, node: n}
			}
		}
	}
}

// guarding tells whether the directory of n stays for something that is ignored in it.
func (n *node) guarding(m *maker) bool {
	d := n.parent
	return d != nil && d.held && d.full && m.in.Keeps(d.path)
}
