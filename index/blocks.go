package index

import (
	"iter"
	"sort"
)

// locate returns the block that has p, if any has: the last one of blocks[from:]
// that does not begin after p; -1 if all do. It looks near from first.
func locate(blocks []*block, from int, p Path) int {
	n := gallop(len(blocks)-from, func(i int) bool { return Compare(blocks[from+i].first, p) <= 0 })
	if n == 0 {
		return -1
	}
	return from + n - 1
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

// get returns the entry of p, or nil.
func (b *block) get(p Path) *Entry {
	var room [256]byte
	c := b.cursor(room[:])
	for c.jump(b.restartAt(p)); c.next(); {
		if string(c.path) == string(p) {
			e := &Entry{}
			c.entry(e, &arena{single: true})
			return e
		}
	}
	return nil
}

// restartAt is the last path told in full that does not come after p, or the first.
func (b *block) restartAt(p Path) int {
	c := b.cursor(nil)
	return sort.Search(len(b.starts)-1, func(i int) bool { return compareBytes(c.peek(int(b.starts[i+1])), p) > 0 })
}

// entries unpacks all of b.
func (b *block) entries() []Entry {
	all := make([]Entry, b.n)
	a := &arena{room: make([]Head, b.n)}
	a.text.Grow(b.n * averagePath)
	var room [256]byte
	c := b.cursor(room[:])
	for i := range all {
		c.next()
		c.entry(&all[i], a)
	}
	return all
}

const averagePath = 64 // bytes, to begin with

func entriesOf(blocks []*block) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		for _, b := range blocks {
			all := b.entries()
			for i := range all {
				if !yield(&all[i]) {
					return
				}
			}
		}
	}
}

// passing yields what entriesOf does, to those who keep nothing of an entry but its path: all
// other fields lie where those of the next one will.
func passing(blocks []*block) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		var (
			e     Entry
			a     arena
			heads [4]Head
			room  [256]byte
		)
		for _, b := range blocks {
			for c := b.cursor(room[:]); c.next(); {
				e, a.room = Entry{}, heads[:]
				if c.entry(&e, &a); !yield(&e) {
					return
				}
			}
		}
	}
}

// walker goes through blocks entry by entry without making any.
type walker struct {
	blocks []*block // from the current one on
	cursor
	ok   bool // there is a current entry
	room [256]byte
}

// seek goes to the first entry after dir.
func (w *walker) seek(dir Path) {
	w.open(max(locate(w.blocks, 0, dir), 0))
	if w.ok {
		w.jump(w.b.restartAt(dir))
		w.step()
	}
	for w.ok && compareBytes(w.path, dir) <= 0 {
		w.step()
	}
}

// open goes to the first entry of the n-th block from here.
func (w *walker) open(n int) {
	w.blocks = w.blocks[n:]
	if w.ok = len(w.blocks) > 0; w.ok {
		w.cursor = w.blocks[0].cursor(w.room[:])
		w.next()
	}
}

func (w *walker) step() {
	if !w.next() {
		w.open(1)
	}
}

// skipBelow goes to the first entry from here on that is not below dir.
func (w *walker) skipBelow(dir []byte) {
	for here := w.blocks; w.ok && under(w.path, string(dir)); {
		w.step()
		if len(w.blocks) != len(here) {
			// In another block: the end is in the last that begins below dir.
			n := gallop(len(w.blocks), func(i int) bool { return under([]byte(w.blocks[i].first), string(dir)) })
			if n > 1 {
				w.open(n - 1)
			}
			here = w.blocks
		}
	}
}

func under(path []byte, dir string) bool {
	return dir == "" || len(path) > len(dir) && path[len(dir)] == '/' && string(path[:len(dir)]) == dir
}

func compareBytes(a []byte, b Path) int { return compare(a, b) }

// finder looks paths up that come in order.
type finder struct {
	blocks []*block
	i      int // the block that is read
	cursor
	open bool // there is a current entry
	room [256]byte
}

// find returns the entry of p, which is the caller's, or nil.
func (f *finder) find(p Path) *Entry {
	if f.i >= len(f.blocks) {
		return nil
	}
	if i := locate(f.blocks, f.i, p); i < 0 {
		return nil
	} else if i != f.i || f.b == nil {
		f.i, f.cursor = i, f.blocks[i].cursor(f.room[:])
		f.open = f.next()
	}
	for f.open {
		switch compareBytes(f.path, p) {
		case 0:
			e := &Entry{}
			f.entry(e, &arena{single: true})
			return e
		case 1:
			return nil
		}
		f.open = f.next()
	}
	return nil
}

// rebuilt puts sorted changes into blocks, and keeps count of it. Blocks that
// nothing changes in are in the new list as they are.
func rebuilt(blocks []*block, changes []change, s *sums) []*block {
	var r patcher
	list := make([]*block, 0, len(blocks)+len(changes)/blockEntries+1)
	from := 0
	for len(changes) > 0 && len(blocks) > 0 {
		i := max(locate(blocks, from, changes[0].path), from)
		n := len(changes)
		if i+1 < len(blocks) {
			end := blocks[i+1].first
			n = gallop(n, func(k int) bool { return Compare(changes[k].path, end) < 0 })
		}
		list = append(list, blocks[from:i]...)
		var b *block
		if n < blocks[i].n/2 {
			b = r.patch(blocks[i], changes[:n])
		}
		if b != nil {
			s.remove(&blocks[i].sums)
			s.add(&b.sums)
			list = append(list, b)
		} else {
			list = append(list, s.replace(blocks[i], changes[:n])...)
		}
		from, changes = i+1, changes[n:]
	}
	if len(changes) > 0 {
		list = append(list, s.replace(nil, changes)...)
	}
	return append(list, blocks[from:]...)
}

// replace returns what becomes of one block, or of none.
func (s *sums) replace(b *block, changes []change) []*block {
	p := packer{}
	most := len(changes)
	if b != nil {
		most += b.n
		s.remove(&b.sums)
	}
	if most > blockEntries {
		pieces := (most + blockEntries - 1) / blockEntries
		p.limit = (most + pieces - 1) / pieces
	}
	if b != nil {
		var room [256]byte
		for c := b.cursor(room[:]); c.next(); {
			order := -1
			for len(changes) > 0 {
				if order = compareBytes(c.path, changes[0].path); order < 0 {
					break
				}
				p.change(&changes[0])
				changes = changes[1:]
				if order == 0 {
					break
				}
			}
			if order != 0 {
				p.take(&c)
			}
		}
	}
	for i := range changes {
		p.change(&changes[i])
	}
	made := p.finish()
	for _, b := range made {
		s.add(&b.sums)
	}
	return made
}

func (p *packer) change(c *change) {
	if c.entry != nil {
		p.put(c.entry)
	}
}

// take packs the current entry of c anew.
func (p *packer) take(c *cursor) {
	p.room = [1]Head{}
	e := Entry{}
	c.bare(&e, &arena{single: true, room: p.room[:]})
	p.next = append(p.next[:0], c.path...)
	if !p.add(&e) {
		panic("index: entries out of order")
	}
}
