package plan

import (
	"iter"

	"latus/index"
	"latus/sync/reason"
)

// Input is what Make plans from: the merged entries of one tree and what its
// disk, its filters and its trash have to say. Nil functions say no.
type Input struct {
	Entries     iter.Seq[*index.Entry] // in Compare order, as Index.Survey yields them; may be passed over more than once
	Get         func(index.Path) *index.Entry
	Disk        Disk
	Rule        MergeRule
	Conflict    ConflictPolicy
	Distant     bool // reading this disk costs as much as fetching from another: nothing is copied on it
	NoDelete    bool // what others deleted stays, pending; what takes a file's place may
	Mirrored    bool // the first tree's versions count, whatever is in those that cannot be compared with them
	Ignored     func(p index.Path, isDir bool) bool
	Blocked     func(index.Path) (why reason.Reason, blocked bool)
	Taken       func(index.Path) bool              // of what is blocked: by what is no file, directory or link
	Keeps       func(dir index.Path) bool          // dir holds what entries do not tell of: ignored files
	There       func(index.Path) bool              // something is, of which no entry tells
	Rules       func(index.Path) bool              // says what is ignored in its directory, if it is a file
	Stayed      func(index.Path) bool              // was to go before this run, and did not
	Exposes     func(from, to index.Path) bool     // what is ignored in the directory from would not be in to
	Hides       func(dir index.Path) bool          // dir holds what could not be looked at
	Holds       func(dir index.Path) bool          // the same, or what is never synchronized: dir cannot go
	Lost        func(index.Path, index.GenID) bool // no tree of the run has the content
	Stale       func(index.Path) bool              // the scan did not look at the file there, and it is not as its witness says
	InTrash     func(index.Path, index.GenID) (id string, ok bool)
	TrashByHash func(index.Hash) (id string, ok bool)
	TrashSize   func(size int64) bool              // whether the trash has a file of that size
	Unanswered  func(index.Path, index.GenID) bool // asked before, nobody knows: do not ask again
}

func (in *Input) fill() {
	if in.Get == nil {
		in.Get = func(index.Path) *index.Entry { return nil }
	}
	if in.Ignored == nil {
		in.Ignored = func(index.Path, bool) bool { return false }
	}
	if in.Blocked == nil {
		in.Blocked = func(index.Path) (reason.Reason, bool) { return reason.Reason{}, false }
	}
	if in.Taken == nil {
		in.Taken = func(index.Path) bool { return false }
	}
	if in.Keeps == nil {
		in.Keeps = func(index.Path) bool { return false }
	}
	if in.There == nil {
		in.There = func(index.Path) bool { return false }
	}
	if in.Rules == nil {
		in.Rules = func(index.Path) bool { return false }
	}
	if in.Stayed == nil {
		in.Stayed = func(index.Path) bool { return false }
	}
	if in.Exposes == nil {
		in.Exposes = func(index.Path, index.Path) bool { return false }
	}
	if in.Hides == nil {
		in.Hides = func(index.Path) bool { return false }
	}
	if in.Holds == nil {
		in.Holds = in.Hides
	}
	if in.Lost == nil {
		in.Lost = func(index.Path, index.GenID) bool { return false }
	}
	if in.Stale == nil {
		in.Stale = func(index.Path) bool { return false }
	}
	if in.InTrash == nil {
		in.InTrash = func(index.Path, index.GenID) (string, bool) { return "", false }
	}
	if in.TrashByHash == nil {
		in.TrashByHash = func(index.Hash) (string, bool) { return "", false }
	}
	if in.TrashSize == nil {
		in.TrashSize = func(int64) bool { return false }
	}
	if in.Unanswered == nil {
		in.Unanswered = func(index.Path, index.GenID) bool { return false }
	}
}

// maker carries one planning from step to step.
type maker struct {
	in      Input
	nodes   []*node                // in path order
	asked   map[Question]int       // where in the plan
	origins map[index.Origin]*node // new directories, by where they are said to come from
	plan    *Plan
}

// Make plans how to bring a tree to what its entries say. It passes over the
// entries once and then works on those alone where something is to be done; only
// where content is needed, or names may collide, does it pass again.
func Make(in Input) *Plan {
	in.fill()
	m := &maker{in: in, plan: new(Plan)}
	m.nodes, m.plan.Files = walk(in.Entries, in.Get)
	m.hold()
	m.choose()
	m.find()
	m.moveDirs()
	m.keepRules()
	m.emit()
	m.lag()
	return m.plan
}

// lag notes the directories that stood for what was in them alone, and are to go
// now, or to make room for what they kept from its name. Nothing in their entries
// says so: if it cannot be done now it would be forgotten, or is not done at all.
func (m *maker) lag() {
	for _, n := range m.nodes {
		if n.entry == nil || n.entry.Pending || !n.on(index.Dir) {
			continue
		}
		if n.want == nil && (n.op == Rmdir && !n.covered || n.full && n.held) || n.want != nil && n.want.Kind != index.Dir {
			m.plan.Lags = append(m.plan.Lags, n.path)
		}
	}
}

// choose decides for every node that is free to change what is to be done with
// it, and which bytes it needs and which leave it.
func (m *maker) choose() {
	for _, n := range m.nodes {
		if n.held {
			continue
		}
		is := n.witness().Kind
		switch {
		case n.want == nil && is == index.Absent:
			n.op = None
		case n.want == nil && is == index.Dir:
			n.op = Rmdir
		case n.want == nil:
			n.op, n.leaves = Delete, true
		case n.want.Kind == index.Dir && is == index.Dir:
			n.op = m.touch(n)
		case n.want.Kind == index.Dir:
			n.op, n.leaves = Mkdir, is != index.Absent
		case n.want.Kind == is && m.shown(n):
			n.op = m.touch(n)
		case n.want.Kind == index.Link:
			n.op, n.content, n.leaves = MakeLink, true, is == index.File || is == index.Link
		case is == index.Absent || is == index.Dir:
			n.op, n.content = Create, true
		default:
			n.op, n.content, n.leaves = Update, true, true
		}
		if is == index.Dir && n.want != nil && n.want.Kind != index.Dir {
			n.late = true
		}
		if n.leaves && n.cur == nil {
			n.leaves = false // nobody knows what these bytes are
		}
	}
}

// shown tells whether the disk has the content of n.want already. Where only
// hashes could tell, it asks for them.
func (m *maker) shown(n *node) bool {
	if n.cur == nil {
		return false
	}
	if took(n.want, n.path, n.cur.Gen) || took(n.cur, n.path, n.want.Gen) {
		return true
	}
	switch compareContent(*n.want, *n.cur, m.in.Rule) {
	case equal:
		return true
	case unknown:
		m.ask(n.path, n.want)
		m.ask(n.path, n.cur)
	}
	return false
}

// took tells whether h took over the content of version gen of p.
func took(h *index.Head, p index.Path, gen index.GenID) bool {
	return h.Origin != nil && h.Origin.Path == p && h.Origin.Gen == gen
}

// touch is Touch where mtime, permission bits, owner or extended attributes are off, else None.
func (m *maker) touch(n *node) Op {
	w := n.witness()
	if m.disowned(n, w) || m.unlike(n, w) {
		return Touch
	}
	if n.want.Kind != index.Link {
		if mode, set := m.mode(n); set && mode != w.Mode&m.in.Disk.ModeBits {
			return Touch
		}
	}
	timed := n.want.Kind == index.File || n.want.Kind == index.Link && m.in.Disk.Times
	if timed && !m.near(n.want, w.Mtime) {
		return Touch
	}
	return None
}

func (m *maker) near(h *index.Head, mtime int64) bool {
	return near(h.Mtime, mtime, max(h.Clock, uint32(min(max(m.in.Disk.Clock, 1), 1<<32-1))))
}

// mode is the permission bits that n shall have, and whether anybody set them.
func (m *maker) mode(n *node) (mode uint32, set bool) {
	mode = UsualMode(n.want.Kind)
	if n.entry != nil && n.entry.Mode.Set() {
		mode, set = n.entry.Mode.Value, true
	}
	if n.want.Kind == index.Dir && mode&0o111 == 0 {
		mode |= mode & 0o444 >> 2 // bits of a file that stood there
	}
	if n.want == &impliedDir {
		mode |= 0o700
	}
	if bits := m.in.Disk.ModeBits; sticking(bits, n.want.Kind) != bits {
		return bits, false // all of these, as every directory there has
	}
	return mode & m.in.Disk.ModeBits, set
}

// ask notes that the hash of h is wanted, unless it is known or nobody has it.
func (m *maker) ask(p index.Path, h *index.Head) bool {
	if h.Hash.Known() || h.Kind != index.File || m.in.Unanswered(p, h.Gen) {
		return false
	}
	m.question(Question{Path: p, Gen: h.Gen})
	return true
}

// question notes a question. Of two that are the same the more urgent one counts.
func (m *maker) question(q Question) {
	at, there := m.asked[q.Plain()]
	switch {
	case !there:
		if m.asked == nil {
			m.asked = make(map[Question]int)
		}
		m.asked[q.Plain()] = len(m.plan.Questions)
		m.plan.Questions = append(m.plan.Questions, q)
	case q.Use < m.plan.Questions[at].Use:
		m.plan.Questions[at].Use = q.Use
	}
}
