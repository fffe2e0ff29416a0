package plan

import (
	"latus/index"
	"latus/sync/reason"
)

// rulesStay is said of an ignore file that is to go by itself by now.
var rulesStay = reason.Words("was to go before, and stays for what it ignores here: delete it here as well to sync that, or edit it")

// keepRules has an ignore file that is to go stay, where something that is ignored in its
// directory stays though the directory was deleted or renamed: nobody took the rules away,
// and without them the next run would publish it. What was to be moved from there is copied.
func (m *maker) keepRules() {
	for _, n := range m.nodes {
		if n.op != Delete || n.held || n.covered || n.early || !n.on(index.File) || !m.in.Rules(n.path) || !m.in.Keeps(n.path.Dir()) {
			continue
		}
		switch {
		case m.outlived(n):
			n.held = true
		case m.in.Stayed(n.path): // somebody has made a directory of that name since
			m.leave(n, rulesStay, true)
		default:
			continue
		}
		if to := n.goesTo; to != nil {
			n.goesTo, to.aside, to.source = nil, false, source{}
			if !m.in.Distant {
				to.source = source{op: Copy, from: n.path, node: n}
			}
		}
	}
}

// outlived tells whether n, an ignore file, goes with its directory, as far as anybody knows,
// which stays for something that is ignored in it, and perhaps for what somebody else put there.
func (m *maker) outlived(n *node) bool {
	if d := n.parent; d != nil {
		return d.held && d.full || d.want == &impliedDir
	}
	e := m.in.Get(n.path.Dir()) // is as it shall be
	if e == nil {
		return false
	}
	shown, live := Display(e.Heads)
	return !live || shown.Kind != index.Dir
}
