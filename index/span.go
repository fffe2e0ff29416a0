package index

import (
	"iter"
	"slices"
)

// Span is a range of paths. The zero Span is all.
type Span struct {
	From Path // the first
	To   Path // the first one behind it; "": there is none
}

// Spans divides all paths into at most n ranges with about as many entries each, in order.
func (x *Index) Spans(n int) []Span {
	blocks := x.snapshot()
	n = max(min(n, len(blocks)), 1)
	spans := make([]Span, n)
	for i := 1; i < n; i++ {
		at := blocks[len(blocks)*i/n].first
		spans[i-1].To, spans[i].From = at, at
	}
	return spans
}

// cut returns those of blocks that may have something of s.
func (s Span) cut(blocks []*block) []*block {
	if s.To != "" {
		blocks = blocks[:gallop(len(blocks), func(i int) bool { return Compare(blocks[i].first, s.To) < 0 })]
	}
	return blocks[max(locate(blocks, 0, s.From), 0):]
}

// has tells whether path is in s.
func (s Span) has(path []byte) bool {
	return compareBytes(path, s.From) >= 0 && (s.To == "" || compareBytes(path, s.To) < 0)
}

// Pass yields every entry of s in Compare order, for those who keep few entries as they are. Each
// is only valid until the next one, but for its path and its versions.
func (x *Index) Pass(s Span) iter.Seq[*Entry] {
	return x.pass(s, nil)
}

// Of yields, as Pass does, every entry of s that refers to a generation for which wanted
// holds.
func (x *Index) Of(s Span, wanted func(GenID) bool) iter.Seq[*Entry] {
	return x.pass(s, wanted)
}

func (x *Index) pass(s Span, wanted func(GenID) bool) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		var (
			a    = arena{piece: blockEntries}
			e    Entry
			room [256]byte
			is   []bool // of the generations of a block
		)
		for _, b := range s.cut(x.snapshot()) {
			if is = is[:0]; wanted != nil {
				for _, id := range b.gens {
					is = append(is, wanted(id))
				}
				if !slices.Contains(is, true) {
					continue
				}
			}
			some := slices.Contains(is, false)
			for c := b.cursor(room[:]); c.next(); {
				if wanted != nil && (some || !c.single()) && !c.refers(is) || s != (Span{}) && !s.has(c.path) {
					continue
				}
				e = Entry{}
				if c.entry(&e, &a); !yield(&e) {
					return
				}
			}
		}
	}
}
