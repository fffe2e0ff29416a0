package index

import (
	"bytes"
	"iter"
	"sync"
)

// Index is what one tree knows. Get may be called by any goroutine at any time, and so
// may All, which yields what there was when it was called. Below, Children, Knowledge, Floor,
// Seen and Intents may be used by several goroutines as long as no transaction commits.
// Begin, Commit, Compact and Close belong to one goroutine.
type Index struct {
	store    Store
	readOnly bool
	known    *Knowledge
	floor    Floor
	intents  intents
	journal  journal

	mu sync.RWMutex // guards what follows
	contents
}

func (x *Index) total() sums {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.sums
}

// Len is the number of entries, dead ones included.
func (x *Index) Len() int { return x.total().entries }

// Pending is how many entries the disk has not caught up with.
func (x *Index) Pending() int { return x.total().pending }

// Shown counts what the disk shows by the witnesses: files, directories, links,
// and the bytes of the files.
func (x *Index) Shown() (files, dirs, links int, bytes int64) {
	s := x.total()
	return s.files, s.dirs, s.links, s.bytes
}

// Digest is a hash over path, generations of the heads and registers of every entry
// that has a live head, whatever their order. Equal trees have equal digests.
func (x *Index) Digest() uint64 { return x.total().digest }

// Get returns the entry of p, or nil.
func (x *Index) Get(p Path) *Entry {
	blocks := x.snapshot()
	i := locate(blocks, 0, p)
	if i < 0 {
		return nil
	}
	return blocks[i].get(p)
}

// All yields every entry in Compare order.
func (x *Index) All() iter.Seq[*Entry] { return entriesOf(x.snapshot()) }

// Below yields every entry below dir, at any depth, in Compare order.
func (x *Index) Below(dir Path) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		w := walker{blocks: x.snapshot()}
		if w.seek(dir); !w.ok || !under(w.path, string(dir)) {
			return
		}
		for e := range entriesOf(w.blocks) {
			switch {
			case e.Path.Under(dir):
				if !yield(e) {
					return
				}
			case Compare(e.Path, dir) > 0:
				return
			}
		}
	}
}

// Survey yields every entry in Compare order, for those who look at many and keep few.
// One that is at rest is only valid until the next one, but for its path, and may lack
// what takes memory of its own: target, lineage and origin of its version.
func (x *Index) Survey() iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		var (
			a     arena
			brief Entry
			head  [1]Head
			room  [256]byte
		)
		for _, b := range x.snapshot() {
			for c := b.cursor(room[:]); c.next(); {
				e := &brief
				if c.atRest() {
					*e, a.room = Entry{}, head[:]
					c.brief(e, &a)
				} else {
					e, a.room = new(Entry), nil
					c.entry(e, &a)
				}
				if !yield(e) {
					return
				}
			}
		}
	}
}

// Lagging yields, in Compare order, every entry that the disk has not caught up with.
func (x *Index) Lagging() iter.Seq[*Entry] {
	return x.among(func(s *sums) int { return s.pending }, func(e *Entry) bool { return e.Pending })
}

// Crowded yields every entry that has several heads, in Compare order. What has
// one is stepped over without being looked at.
func (x *Index) Crowded() iter.Seq[*Entry] {
	return x.among(func(s *sums) int { return s.crowded }, func(e *Entry) bool { return len(e.Heads) > 1 })
}

// Contended yields, in Compare order, every entry whose versions may exclude each
// other: those that Crowded yields, and files and links that the disk does not show
// yet or shows a directory in the place of.
func (x *Index) Contended() iter.Seq[*Entry] {
	return x.among(func(s *sums) int { return s.contended }, contended)
}

// Implied yields, in Compare order, the directories on this disk that nobody has a version
// of and of which registers say something.
func (x *Index) Implied() iter.Seq[*Entry] {
	return x.among(func(s *sums) int { return s.implied }, implied)
}

// Absent yields, in Compare order, every entry that the disk shows nothing of, and
// whether there is any entry below it.
func (x *Index) Absent() iter.Seq2[*Entry, bool] {
	return func(yield func(*Entry, bool) bool) {
		var last *Entry // whatever is below it comes right after it
		for _, b := range x.snapshot() {
			if last != nil {
				if !yield(last, b.first.Under(last.Path)) {
					return
				}
				last = nil
			}
			if b.sums.entries == b.sums.files+b.sums.dirs+b.sums.links {
				continue
			}
			for e := range entriesOf([]*block{b}) {
				if last != nil && !yield(last, e.Path.Under(last.Path)) {
					return
				}
				if last = nil; e.Witness.Kind == Absent {
					last = e
				}
			}
		}
		if last != nil {
			yield(last, false)
		}
	}
}

// among yields the entries that satisfy is. counted is how many of these a block has: one that
// has none is skipped.
func (x *Index) among(counted func(*sums) int, is func(*Entry) bool) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		for _, b := range x.snapshot() {
			if counted(&b.sums) == 0 {
				continue
			}
			for e := range entriesOf([]*block{b}) {
				if is(e) && !yield(e) {
					return
				}
			}
		}
	}
}

// Child is an entry right inside a directory, as far as a scan is concerned.
type Child struct {
	Name    []byte // only valid until the next one
	Witness Witness
	Owner   Owner // as registered; "": never
	Attrs   Attrs // the same
	Stem    bool  // there is no entry of that name, only of what is below it
	Below   bool  // there are entries below it

	block *block
	at    int
}

// Children yields the entries right inside dir, in the order of the names' bytes, and
// the names that only deeper ones have. What is deeper is stepped over. The Child is the
// same one each time: copy it to keep it.
func (x *Index) Children(dir Path) iter.Seq[*Child] {
	return func(yield func(*Child) bool) {
		w := walker{blocks: x.snapshot()}
		skip := len(dir)
		if dir != "" {
			skip++
		}
		var c Child
		var child []byte
		for w.seek(dir); w.ok && under(w.path, string(dir)); {
			name, _, deeper := bytes.Cut(w.path[skip:], []byte{'/'})
			child = append(child[:0], w.path[:skip+len(name)]...)
			c = Child{Name: child[skip:], Stem: deeper, block: w.b, at: w.at}
			if !deeper {
				w.child(&c)
				w.step()
			}
			c.Below = w.ok && under(w.path, string(child))
			if !yield(&c) {
				return
			}
			w.skipBelow(child)
		}
	}
}

// Knowledge is what the tree has merged. It belongs to the index and grows with
// its commits: Clone it to keep it.
func (x *Index) Knowledge() *Knowledge { return x.known }

// Generation returns the generation that id names, if it is known. Its Time is
// zero where no entry has referred to it for long.
func (x *Index) Generation(id GenID) (Generation, bool) { return x.known.Get(id) }

// Intents returns the plan lines that are not settled, oldest first.
func (x *Index) Intents() []Intent { return x.intents.all() }

// Seen notes, in memory only, the ctime in nanoseconds that a scan found on the
// unchanged path of c; 0: that it is unknown. Different ones may be noted at the same
// time.
func (x *Index) Seen(c *Child, ctime int64) { c.block.see(c.at, ctime) }

// Close lets go of the file. What was committed without sync stays so.
func (x *Index) Close() error { return x.journal.close() }

func (x *Index) snapshot() []*block {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.blocks
}
