package plan

import (
	"iter"
	"slices"

	"latus/index"
)

// node is a path where the disk and what shall stand there may differ, or whose
// heads are not all acknowledged. Most entries of a tree are none.
type node struct {
	path   index.Path
	entry  *index.Entry // nil: a directory that only descendants need, not in the index
	parent *node        // of the directory that holds it; nil: that is as it shall be
	want   *index.Head  // what shall stand here; nil: nothing
	cur    *index.Head  // the acknowledged version whose bytes stand here; nil: none, or an implied directory

	losers   []index.Head
	conflict int  // 1 + where it is among the plan's; 0: none that is new here
	open     int  // further heads that may have the same content, or not
	held     bool // stays as it is
	ignored  bool // held because of that
	kept     bool // held because nothing is deleted here
	keeps    bool // the same, or a directory that holds something of that kind
	stays    bool // a directory that holds something that stays
	needed   bool // a directory that holds something that shall be here, and is not ignored
	full     bool // held because of that
	lost     bool // held because nobody in the run has the content that shall stand here
	late     bool // only after deletions have made room

	content bool   // the bytes of want must be brought here
	source  source // from where
	leaves  bool   // the bytes of cur leave this path
	goesTo  *node  // the move that takes them along
	covered bool   // a directory's move does it
	along   *node  // the node whose bytes such a move brings
	early   bool   // goes before such a move
	aside   bool   // what moves here is put aside before such a move
	op      Op
	done    bool // its action is written down
}

func (n *node) witness() index.Witness {
	if n.entry == nil {
		return index.Witness{}
	}
	return n.entry.Witness
}

func (n *node) on(k index.Kind) bool    { return n.witness().Kind == k }
func (n *node) wants(k index.Kind) bool { return n.want != nil && n.want.Kind == k }

// impliedDir is the version of every directory that only its descendants need.
var impliedDir = index.Head{Kind: index.Dir}

// walk passes over all entries once and returns the nodes among them in path
// order, and how many files and links the disk holds. Whether a path is a
// directory depends on what lives below it, so a path is judged when the walk
// leaves it.
func walk(entries iter.Seq[*index.Entry], get func(index.Path) *index.Entry) (nodes []*node, files int) {
	type frame struct {
		path      index.Path
		entry     *index.Entry // nil: none, or one at rest
		atRest    index.Kind   // of that one
		liveBelow bool
		from      int // where among the nodes those below it begin
	}
	stack := []frame{{}}
	var made nodeArena

	leave := func() {
		f := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		var n *node
		live := true
		switch {
		case f.atRest == index.Absent:
			n, live = made.judge(f.path, f.entry, f.liveBelow)
		case f.liveBelow && f.atRest != index.Dir:
			n, _ = made.judge(f.path, get(f.path), true)
		}
		if n != nil {
			nodes = slices.Insert(nodes, f.from, n) // mostly the end: few directories are nodes
		}
		if live {
			stack[len(stack)-1].liveBelow = true
		}
	}
	var enter func(f frame)
	enter = func(f frame) {
		if dir := f.path.Dir(); dir != stack[len(stack)-1].path {
			enter(frame{path: dir})
		}
		f.from = len(nodes)
		stack = append(stack, f)
	}
	for e := range entries {
		for len(stack) > 1 && !e.Path.Under(stack[len(stack)-1].path) {
			leave()
		}
		if e.AtRest() {
			enter(frame{path: e.Path, atRest: e.Witness.Kind})
		} else {
			enter(frame{path: e.Path, entry: e})
		}
		if k := e.Witness.Kind; k == index.File || k == index.Link {
			files++
		}
	}
	for len(stack) > 1 {
		leave()
	}
	adopt(nodes)
	return nodes, files
}

// nodeArena hands out nodes, whose memory it takes for many of them at a time.
type nodeArena struct {
	room []node
	made int
}

func (a *nodeArena) node() *node {
	if len(a.room) == 0 {
		a.room = make([]node, min(a.made+1, 64))
	}
	n := &a.room[0]
	a.room, a.made = a.room[1:], a.made+1
	return n
}

// judge decides what shall stand at p. It returns no node where the disk is
// known to show just that.
func (a *nodeArena) judge(p index.Path, e *index.Entry, liveBelow bool) (n *node, live bool) {
	var want *index.Head
	if e != nil {
		if i := greatest(e.Heads); i >= 0 && e.Heads[i].Kind.Live() {
			want = &e.Heads[i]
		}
	}
	if liveBelow && (want == nil || want.Kind != index.Dir) {
		want = &impliedDir
	}
	shall, is := index.Absent, index.Absent
	if want != nil {
		shall = want.Kind
	}
	if e != nil {
		is = e.Witness.Kind
	}
	if shall == is && (e == nil || !e.Pending) {
		return nil, want != nil
	}
	n = a.node()
	n.path, n.entry, n.want = p, e, want
	if e != nil {
		acked := e.Acked()
		if i := greatest(acked); i >= 0 && acked[i].Kind == is {
			n.cur = &acked[i]
		}
	}
	return n, want != nil
}

// adopt finds each node's parent among the nodes.
func adopt(nodes []*node) {
	var open []*node
	for _, n := range nodes {
		for len(open) > 0 && !n.path.Under(open[len(open)-1].path) {
			open = open[:len(open)-1]
		}
		if len(open) > 0 && open[len(open)-1].path == n.path.Dir() {
			n.parent = open[len(open)-1]
		}
		open = append(open, n)
	}
}
