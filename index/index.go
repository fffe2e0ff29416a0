package index

import (
	"encoding/binary"
	"iter"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"
)

// Index is what one tree knows. Get may be called by any goroutine at any time.
// All, Below, Children, Knowledge, Floor, Seen and Intents may be used by several
// goroutines as long as no transaction commits. Begin, Commit, Compact and Close
// belong to one goroutine.
type Index struct {
	store    Store
	readOnly bool
	known    *Knowledge
	floor    Floor
	intents  intents
	journal  journal

	mu       sync.RWMutex // guards what follows against Get
	entries  []*Entry     // in Compare order
	digest   uint64
	digested bool
}

// Len is the number of entries, dead ones included.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.entries)
}

// Get returns the entry of p, or nil.
func (x *Index) Get(p Path) *Entry {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if i, found := search(x.entries, p); found {
		return x.entries[i]
	}
	return nil
}

// All yields every entry in Compare order.
func (x *Index) All() iter.Seq[*Entry] {
	return slices.Values(x.snapshot())
}

// Below yields every entry below dir, at any depth, in Compare order.
func (x *Index) Below(dir Path) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		for _, e := range below(x.snapshot(), dir) {
			if !e.Path.Under(dir) || !yield(e) {
				return
			}
		}
	}
}

// Children yields the entries right inside dir with their names, in the order of
// the names' bytes. What is deeper is stepped over without being looked at.
func (x *Index) Children(dir Path) iter.Seq2[string, *Entry] {
	return func(yield func(string, *Entry) bool) {
		skip := len(dir)
		if dir != "" {
			skip++
		}
		rest := below(x.snapshot(), dir)
		for len(rest) > 0 && rest[0].Path.Under(dir) {
			e := rest[0]
			name, _, deeper := strings.Cut(string(e.Path[skip:]), "/")
			child := e.Path[:skip+len(name)]
			if !deeper {
				rest = rest[1:]
				if !yield(name, e) {
					return
				}
			}
			rest = rest[countUnder(rest, child):]
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

// Digest is a hash over path, generations of the heads and mode of every entry
// that has a live head, whatever their order. Equal trees have equal digests.
func (x *Index) Digest() uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.digested {
		x.digest, x.digested = 0, true
		for _, e := range x.entries {
			x.digest += e.Digest()
		}
	}
	return x.digest
}

// Seen notes, in memory only, the ctime in nanoseconds that a scan found on an
// unchanged path of e. Different entries may be noted at the same time.
func (x *Index) Seen(e *Entry, ctime int64) { e.Witness.Ctime = ctime }

// Close lets go of the file. What was committed without sync stays so.
func (x *Index) Close() error { return x.journal.close() }

func (x *Index) snapshot() []*Entry {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.entries
}

// Digest is what e adds to Index.Digest.
func (e *Entry) Digest() uint64 {
	if !slices.ContainsFunc(e.Heads, func(h Head) bool { return h.Kind.Live() }) {
		return 0
	}
	var room [256]byte
	b := append(room[:0], e.Path...)
	b = append(b, 0)
	for i := range e.Heads {
		b = binary.LittleEndian.AppendUint64(b, uint64(e.Heads[i].Gen.Author))
		b = binary.LittleEndian.AppendUint64(b, e.Heads[i].Gen.Tag)
	}
	b = binary.LittleEndian.AppendUint32(b, e.Mode.Mode)
	return xxhash.Sum64(b)
}

// below returns the entries from the first one after dir.
func below(entries []*Entry, dir Path) []*Entry {
	at, found := search(entries, dir)
	if found {
		at++
	}
	return entries[at:]
}

// search returns where p stands or belongs.
func search(entries []*Entry, p Path) (at int, found bool) {
	return slices.BinarySearchFunc(entries, p, func(e *Entry, p Path) int { return Compare(e.Path, p) })
}

// seek returns where p stands or belongs among entries[from:], looking near from
// first.
func seek(entries []*Entry, from int, p Path) (at int, found bool) {
	at = from + gallop(len(entries)-from, func(i int) bool { return Compare(entries[from+i].Path, p) < 0 })
	return at, at < len(entries) && entries[at].Path == p
}

// countUnder returns how many of the first entries lie under dir.
func countUnder(entries []*Entry, dir Path) int {
	return gallop(len(entries), func(i int) bool { return entries[i].Path.Under(dir) })
}

// gallop returns how many of n items satisfy before, which holds for the first
// ones only. It takes time by the answer, not by n.
func gallop(n int, before func(int) bool) int {
	low, step := 0, 1
	for low+step <= n && before(low+step-1) {
		low += step
		step *= 2
	}
	high := min(low+step, n)
	return low + sort.Search(high-low, func(i int) bool { return !before(low + i) })
}
