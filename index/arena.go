package index

import "strings"

// arena hands out the memory of a loaded index in large pieces.
type arena struct {
	entries []Entry
	heads   []Head
	text    strings.Builder
}

const (
	arenaRecords = 1024
	arenaText    = 64 << 10
)

func (a *arena) entry() *Entry {
	if len(a.entries) == 0 {
		a.entries = make([]Entry, arenaRecords)
	}
	e := &a.entries[0]
	a.entries = a.entries[1:]
	return e
}

// head returns room for exactly one head.
func (a *arena) head() []Head {
	if len(a.heads) == 0 {
		a.heads = make([]Head, arenaRecords)
	}
	h := a.heads[:1:1]
	a.heads = a.heads[1:]
	return h
}

// string copies b. What a Builder has returned stays valid while it only grows
// within its capacity; when that is used up a new one begins.
func (a *arena) string(b []byte) string {
	if len(b) > arenaText/4 {
		return string(b)
	}
	if a.text.Len()+len(b) > a.text.Cap() {
		a.text = strings.Builder{}
		a.text.Grow(arenaText)
	}
	from := a.text.Len()
	a.text.Write(b)
	return a.text.String()[from:]
}
