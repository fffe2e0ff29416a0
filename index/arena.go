package index

import "strings"

// arena hands out the memory of unpacked entries in large pieces.
type arena struct {
	single bool // each piece by itself
	piece  int  // of heads; 0: there is no more than room
	room   []Head
	text   strings.Builder
}

const arenaText = 4 << 10

// heads returns room for exactly n heads.
func (a *arena) heads(n int) []Head {
	if n > len(a.room) {
		if n > a.piece {
			return make([]Head, n)
		}
		a.room = make([]Head, a.piece)
	}
	h := a.room[:n:n]
	a.room = a.room[n:]
	return h
}

// string copies b. What a Builder has returned stays valid while it only grows
// within its capacity; when that is used up a new one begins.
func (a *arena) string(b []byte) string {
	if a.single || len(b) > arenaText/4 {
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
