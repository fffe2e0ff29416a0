// Package scan walks a tree and finds what differs from the witnesses in its
// index. It reads and never writes.
//
// What it promises: a path is Absent only if its directory was read, lies on the
// filesystem of the root, and does not have it. What could not be looked at is a
// Problem, and nothing is said about it or what is below. What is ignored is not
// mentioned, whatever the index knows of it. No content is read unless asked for, or
// where another file of the same size and mtime stands in the place of one.
package scan

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/reason"
	"latus/sync/tree"
)

// ErrLostRoot is wrapped by the error of Scan when nothing that the index has
// seen is there any more, and the private folder neither: some other directory
// stands where the tree stood.
var ErrLostRoot = errors.New("holds nothing of what was here, and no " + index.Private)

// Options rule a scan. The zero value ignores what the tree's own ignore files say.
type Options struct {
	Filter   *filter.Filter // learns the tree's ignore files anew; nil: an empty one
	Checksum bool           // read and hash every file
	Workers  int            // how many directories are read at a time; 0: 4
	// Owner says which ids an owner has here, now being those that stand there; nil:
	// owners are not looked at. What the index has an owner for and the disk shows with
	// another one is a Found, though nothing may be new there.
	Owner func(o index.Owner, now index.IDs) index.IDs
	// Attrs has extended attributes looked at, where the change time is not the one that
	// was there with the known ones. What the index has others for is a Found as well.
	Attrs bool
}

// Found is a path that differs from its witness.
type Found struct {
	Path    index.Path
	Witness index.Witness // how the disk shows it; Kind Absent: a verified absence
	Target  string        // of a link
	Hash    index.Hash    // if it was read, or if Origin knows it
	Links   uint32        // how many names the file has; 0: unknown
	Attrs   index.Attrs   // if they were looked at anew; Witness has their sum

	// Origin is where it was moved from: same inode, birth, size and mtime. With Linked it
	// is another name that the file has as well; a Gen of zero is that of this scan, should
	// it author a version there.
	Origin *index.Origin

	// Replaced: other content than was there, whatever size and mtime say. It was read.
	Replaced bool
}

// Hashed is the content of an unchanged file that had no recorded hash.
type Hashed struct {
	Path index.Path
	Gen  index.GenID
	Hash index.Hash
}

// Problem is a path that could not be looked at, with the reason.
type Problem struct {
	Path    index.Path
	Reason  reason.Reason
	Subtree bool // nor anything below it
}

// Nested is a directory that is a tree itself: it holds a private folder, which is left
// alone. New: this tree's index has never seen the directory.
type Nested struct {
	Path index.Path
	New  bool
}

// Result is what a scan came to. All lists are in path order.
type Result struct {
	Changed  []Found
	Hashed   []Hashed     // only with Options.Checksum
	Problems []Problem    // nothing in Changed is covered by one
	Bare     []Problem    // paths of which all is known but their extended attributes
	Specials []Problem    // sockets, FIFOs and devices where the index has seen nothing
	Kept     []index.Path // directories that hold something left alone: ignored, or another tree's private folder
	Nested   []Nested     // directories that are trees themselves
	Files    int64        // files and links that are here
	Bytes    int64        // of these files
	Lost     int          // files and links witnessed before and verified absent now
	Was      int          // files and links witnessed before

	stayed int // files that are the one that was there, by inode and birth time
}

// Scan looks at the whole of t and compares it with the witnesses in x. In x it
// changes nothing but ctimes, by Seen. An error means that nothing is known: the
// root cannot be read, is lost (ErrLostRoot), or ctx ended.
func Scan(ctx context.Context, t tree.Tree, x *index.Index, o Options) (*Result, error) {
	return scan(ctx, t, x, o, systemClock{})
}

func scan(ctx context.Context, t tree.Tree, x *index.Index, o Options, c clock) (*Result, error) {
	if o.Filter == nil {
		o.Filter = filter.New(nil)
	}
	o.Filter.Forget()
	w := &walk{
		tree:     t,
		traits:   t.Traits(),
		index:    x,
		filter:   o.Filter,
		checksum: o.Checksum,
		owner:    o.Owner,
		attrs:    o.Attrs,
		racy:     c.Now().Add(-racyTime).UnixNano(),
	}
	start := c.Now()
	r, err := w.run(ctx, o.Workers)
	if err == nil {
		err = w.outlastTick(ctx, r, start, c)
	}
	if err == nil {
		w.lookInto(ctx, r, o.Workers)
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("scan %s: %w", t.Where(), err)
	}
	w.findMoves(r.Changed)
	w.findLinks(r.Changed)
	r.sort()
	return r, nil
}

// sort puts the lists in order and takes out of Changed what a problem covers.
func (r *Result) sort() {
	byPath := func(a, b Problem) int { return index.Compare(a.Path, b.Path) }
	slices.SortFunc(r.Problems, byPath)
	slices.SortFunc(r.Specials, byPath)
	slices.SortFunc(r.Bare, byPath)
	slices.SortFunc(r.Kept, index.Compare)
	slices.SortFunc(r.Nested, func(a, b Nested) int { return index.Compare(a.Path, b.Path) })
	slices.SortFunc(r.Hashed, func(a, b Hashed) int { return index.Compare(a.Path, b.Path) })
	if len(r.Problems) > 0 {
		r.Changed = slices.DeleteFunc(r.Changed, func(f Found) bool {
			_, blocked := covering(r.Problems, f.Path)
			return blocked
		})
	}
}

// Keeps tells whether dir holds, at any depth, something that is left alone
// because it is ignored: then it cannot be removed.
func (r *Result) Keeps(dir index.Path) bool {
	i, found := slices.BinarySearchFunc(r.Kept, dir, index.Compare)
	return found || i < len(r.Kept) && r.Kept[i].Under(dir)
}

// KeepsIn tells whether dir holds such a thing itself.
func (r *Result) KeepsIn(dir index.Path) bool {
	_, found := slices.BinarySearchFunc(r.Kept, dir, index.Compare)
	return found
}

// KeptIn are the directories from dir downwards that hold such a thing themselves.
func (r *Result) KeptIn(dir index.Path) []index.Path {
	from, _ := slices.BinarySearchFunc(r.Kept, dir, index.Compare)
	to := from
	for to < len(r.Kept) && (r.Kept[to] == dir || r.Kept[to].Under(dir)) {
		to++
	}
	return r.Kept[from:to]
}

// Hides tells whether something below dir could not be looked at: nobody knows what
// would go along if dir were moved.
func (r *Result) Hides(dir index.Path) bool {
	return under(r.Problems, dir)
}

// Holds tells whether dir holds, at any depth, what no index knows of and no run takes away:
// it could not be looked at, or is no file, directory or link. Then dir cannot be removed.
func (r *Result) Holds(dir index.Path) bool {
	return under(r.Problems, dir) || under(r.Specials, dir)
}

// under tells whether one of a sorted list is at dir, or below it.
func under(problems []Problem, dir index.Path) bool {
	i, found := slices.BinarySearchFunc(problems, dir, func(q Problem, p index.Path) int { return index.Compare(q.Path, p) })
	return found || i < len(problems) && problems[i].Path.Under(dir)
}

// Blocked tells whether p must be left alone, and why: it could not be looked
// at, or something that is no file, directory or link stands there or above.
func (r *Result) Blocked(p index.Path) (why reason.Reason, blocked bool) {
	if why, blocked = covering(r.Problems, p); blocked {
		return why, true
	}
	return covering(r.Specials, p)
}

// Taken tells whether something that is no file, directory or link stands at p, or
// above it.
func (r *Result) Taken(p index.Path) bool {
	_, taken := covering(r.Specials, p)
	return taken
}

// covering looks in a sorted list for a problem of p, or one of a directory
// above it that covers all below.
func covering(problems []Problem, p index.Path) (why reason.Reason, found bool) {
	if len(problems) == 0 {
		return why, false
	}
	for dir := p; dir != ""; dir = dir.Dir() {
		i, ok := slices.BinarySearchFunc(problems, dir, func(q Problem, p index.Path) int { return index.Compare(q.Path, p) })
		if ok && (dir == p || problems[i].Subtree) {
			return problems[i].Reason, true
		}
	}
	return why, false
}
