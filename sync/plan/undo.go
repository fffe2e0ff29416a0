package plan

import (
	"cmp"
	"iter"
	"slices"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/reason"
)

// Undoing is what Undo decides from.
type Undoing struct {
	Records []mergelog.Record // of the run to undo, in the order of the log
	Get     func(index.Path) *index.Entry
	Below   func(dir index.Path) iter.Seq[*index.Entry]
	// Old is the version that a record displaced, with its permission bits, as far
	// as log and trash tell. why: nobody knows it any more; zero if somebody does.
	Old func(*mergelog.Record) (h index.Head, mode uint32, why reason.Reason)
	// Stood has directories that later runs did something to, as these last found them.
	Stood map[index.Path]mergelog.Former
	Left  map[index.Path]reason.Reason // paths that must stay, with the reason
}

// Undone is what putting back a run comes to.
type Undone struct {
	Entries []*index.Entry        // to be authored, in path order; all pending
	Trash   map[index.Path]string // items of the trash that have the content of some
	Goes    map[index.Path]bool   // directories that the run made and nobody has a version of; they go
	Left    []Held                // what of the run stays as it is, in path order
	Paths   int                   // that are put back
}

// Why something is not put back.
var (
	leftChanged = reason.Words("changed since that run")
	leftTaken   = reason.Words("something else stands there since")
	leftPending = reason.Words("another version waits to be put in place")
	leftMate    = reason.Words("the other end of its move stays")
	leftFull    = reason.Words("the directory holds what stays")
	leftParent  = reason.Words("what stands in the way of its directory stays")
	leftUntold  = reason.Words("the log of that run does not tell how it was")
)

// Undo authors what puts back the paths of a run that are still as it left them:
// for each a version with what stood there before, which supersedes all that this
// disk has acknowledged. Content that was moved goes back to where it was; both ends
// of such a move are put back, or neither.
//
// Whether the content is still to be had, and whether the disk lets it in, Make
// finds out. Paths for which that fails are to be named in Left, and all is to be
// decided once more.
func Undo(in Undoing, a Authoring) *Undone {
	u := &undo{Undoing: in, a: a, at: map[index.Path]*undoing{}, retained: map[index.Path]bool{}}
	u.gather()
	for _, n := range u.order {
		u.judge(n)
	}
	u.spread()
	for u.fit() {
		u.spread()
	}
	u.lead()
	u.retain()
	return u.result()
}

type undo struct {
	Undoing
	a     Authoring
	at    map[index.Path]*undoing
	order []*undoing // in path order

	retained map[index.Path]bool // directories that get a version of their own to stay
	kept     []*index.Entry      // with those of the ones that the undo is not about
}

// undoing is one path of a run: how it was, how the run left it, what it will be.
type undoing struct {
	path   index.Path
	before former
	after  mergelog.Record // the last about the path; zero: a move took away what was here
	own    bool            // there is a record about the path
	ends   []*undoing      // the other ends of moves of files and links
	left   reason.Reason   // why it stays; zero if it does not
	mate   bool            // for the sake of another end
	entry  *index.Entry    // to be authored; nil: nothing is
}

func (n *undoing) stays() bool { return n.left != reason.Reason{} }

// former is what stood at a path before the run.
type former struct {
	mergelog.Former
	hash  index.Hash
	from  *mergelog.Record // that took it away, or the first about the path
	moved index.Path       // where a move took it; "": to the trash, or nowhere
	same  bool             // its content is there still: mtime or mode were touched
}

func (u *undo) path(p index.Path) *undoing {
	n := u.at[p]
	if n == nil {
		n = &undoing{path: p}
		u.at[p] = n
		u.order = append(u.order, n)
	}
	return n
}

// gather finds out what the run as a whole did to each path. The first record
// tells how it was and the last one how it is; what a move took away stood there
// before anything else.
func (u *undo) gather() {
	came := map[index.Path]*undoing{} // where what a move brought had been
	for i := range u.Records {
		r := &u.Records[i]
		if r.Op == Keep.String() {
			continue
		}
		n := u.path(r.Path)
		if n.before.from == nil {
			n.before = former{Former: r.Was, from: r, same: r.Op == Touch.String()}
			n.before.Gen = r.OldGen
		}
		n.own, n.after = true, *r
		if was := came[r.Path]; was != nil && r.Trash != "" {
			// What came along was replaced: it lies in the trash, not here.
			was.before.from, was.before.moved = r, ""
			delete(came, r.Path)
		}
		if r.Op != Move.String() || r.From == "" {
			continue
		}
		from := u.path(r.From)
		from.before = former{Former: r.Took, hash: r.Hash, from: r, moved: r.Path}
		from.before.Kind = r.Kind
		if r.Took.Kind == index.Absent { // an older log
			from.before.Mtime, from.before.Mode = r.Mtime, r.Mode
		}
		came[r.Path] = from
		if r.Kind != index.Dir {
			n.ends, from.ends = append(n.ends, from), append(from.ends, n)
		}
	}
	slices.SortFunc(u.order, func(a, b *undoing) int { return index.Compare(a.path, b.path) })
}

// judge decides whether n is still as the run left it, and if so what is to be
// authored.
func (u *undo) judge(n *undoing) {
	if n.left = cmp.Or(u.Left[n.path], u.recall(n)); n.stays() {
		return
	}
	e := u.Get(n.path)
	if e == nil {
		e = &index.Entry{Path: n.path}
	}
	stands := shownBy(e)
	switch {
	case n.before.Kind == index.Absent && stands.Kind == index.Absent,
		n.before.Kind == index.Dir && stands.Kind == index.Dir && n.after.Kind != index.Dir:
		return // somebody did so already
	case !n.after.Kind.Live() && stands.Kind != index.Absent:
		n.left = leftTaken
	case n.after.Kind.Live() && !u.asLeft(n, e, stands):
		n.left = leftChanged
	case e.Pending && !sameGens(e.Heads, e.Have):
		n.left = leftPending
	default:
		n.entry = u.author(n, e, stands)
	}
}

// shownBy is the version that the disk shows at e, as far as anybody knows. Kind
// Absent: nothing stands there.
func shownBy(e *index.Entry) index.Head {
	h, live := Display(e.Acked())
	if live && h.Kind == e.Witness.Kind {
		return h
	}
	return index.Head{Kind: e.Witness.Kind} // an implied directory, or nothing
}

// recall completes what stood at n by what log and trash tell. It returns why it
// can't be put back; zero if it can.
func (u *undo) recall(n *undoing) (can reason.Reason) {
	b := &n.before
	switch {
	case b.moved != "":
		return can
	case b.same && b.Kind == index.Absent:
		return leftUntold
	case b.same || b.Kind == index.Dir:
		return can
	case b.from.Op == Rmdir.String(): // an older log
		b.Kind, b.Mode = index.Dir, ownDir
		return can
	case b.Kind == index.Absent && b.Gen == (index.GenID{}) && b.from.Trash == "":
		return can
	}
	h, mode, why := u.Old(b.from)
	if why == can {
		b.Former = mergelog.Former{Kind: h.Kind, Gen: h.Gen, Size: h.Size, Mtime: h.Mtime, Mode: mode, Owner: b.Owner, Attrs: b.Attrs, Target: h.Target}
		b.hash = h.Hash
	}
	return why
}

// asLeft tells whether e, which shows stands, is as the run left it.
func (u *undo) asLeft(n *undoing, e *index.Entry, stands index.Head) bool {
	r := &n.after
	switch {
	case stands.Kind != r.Kind:
		return false
	case r.Kind != index.Link && (e.Witness.Mode^r.Mode)&sticking(u.a.ModeBits, r.Kind) != 0,
		u.a.Owners != nil && r.Owner.Known() && e.Witness.Owner.Known() && moved(r.Owner, e.Witness.Owner, u.a),
		u.a.Attrs && r.Attrs != "" && e.Witness.Attrs.Known() && r.Attrs.Sum() != e.Witness.Attrs:
		return false
	case r.Kind == index.Dir || stands.Gen == r.Gen:
		return true
	case r.Gen == (index.GenID{}) && r.Kind == index.File:
		// Restored: nobody had authored it then, nor hashed what is new in the tree.
		return stands.Size == r.Size && near(stands.Mtime, r.Mtime, u.a.Clock)
	}
	// Of equal versions another one may be shown by now.
	same := r.Kind == index.File && r.Hash.Known() && stands.Hash == r.Hash ||
		r.Kind == index.Link && r.Target != "" && stands.Target == r.Target
	return same && near(stands.Mtime, r.Mtime, u.a.Clock)
}

func (u *undo) entry(p index.Path) *index.Entry {
	if e := u.Get(p); e != nil {
		return e
	}
	return &index.Entry{Path: p}
}
