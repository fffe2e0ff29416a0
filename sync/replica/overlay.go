package replica

import (
	"iter"

	"latus/index"
)

// all returns every entry as it will be, in path order.
func (m *merged) all() iter.Seq[*index.Entry] {
	return m.over(m.x.All())
}

// pass is all of s for those who keep few entries as they are: as Index.Pass says.
func (m *merged) pass(s index.Span) iter.Seq[*index.Entry] {
	return lay(m.in(s), m.x.Pass(s))
}

// in is what changes of s.
func (m *merged) in(s index.Span) []*index.Entry {
	es := m.changed
	if s.To != "" {
		to, _ := m.find(s.To)
		es = es[:to]
	}
	from, _ := m.find(s.From)
	return es[min(from, len(es)):]
}

// survey is all for those who keep few entries: as Index.Survey says.
func (m *merged) survey() iter.Seq[*index.Entry] {
	return m.over(m.x.Survey())
}

// beside yields each of es, which are in path order, after the entry that is here at its
// path, as pass does; nil if there is none.
func (m *merged) beside(es []*index.Entry) iter.Seq2[*index.Entry, *index.Entry] {
	const dense = 8 // to find one costs as much as to come past so many
	return func(yield func(mine, other *index.Entry) bool) {
		if len(es) < m.x.Len()/dense {
			for _, other := range es {
				if !yield(m.get(other.Path), other) {
					return
				}
			}
			return
		}
		if len(es) == 0 {
			return
		}
		for mine := range m.pass(index.Span{From: es[0].Path}) {
			for len(es) > 0 && index.Compare(es[0].Path, mine.Path) < 0 {
				if !yield(nil, es[0]) {
					return
				}
				es = es[1:]
			}
			if len(es) == 0 {
				return
			}
			if es[0].Path == mine.Path {
				if !yield(mine, es[0]) {
					return
				}
				es = es[1:]
			}
		}
		for _, other := range es {
			if !yield(nil, other) {
				return
			}
		}
	}
}

// over lays the entries that change over some of those that stay.
func (m *merged) over(some iter.Seq[*index.Entry]) iter.Seq[*index.Entry] {
	return lay(m.changed, some)
}

// lay lays entries over others. Both are in path order.
func lay(es []*index.Entry, some iter.Seq[*index.Entry]) iter.Seq[*index.Entry] {
	if len(es) == 0 {
		return some
	}
	return func(yield func(*index.Entry) bool) {
		i := 0
		for e := range some {
			for ; i < len(es); i++ {
				c := index.Compare(es[i].Path, e.Path)
				if c > 0 {
					break
				}
				if !yield(es[i]) {
					return
				}
				if c == 0 {
					e = nil
					i++
					break
				}
			}
			if e != nil && !yield(e) {
				return
			}
		}
		for ; i < len(es); i++ {
			if !yield(es[i]) {
				return
			}
		}
	}
}
