package merge

import (
	"maps"
	"slices"

	"github.com/zeebo/blake3"

	"latus/index"
)

const (
	here  = index.PeerID(1)
	there = index.PeerID(2)
	other = index.PeerID(3)
)

// thing is what stands at a path.
type thing struct {
	kind index.Kind
	text string // content, or target
	mode uint32
	age  int64 // of the mtime, in seconds
}

func file(text string) thing        { return thing{kind: index.File, text: text, mode: 0o644} }
func dir() thing                    { return thing{kind: index.Dir, mode: 0o755} }
func link(target string) thing      { return thing{kind: index.Link, text: target, mode: 0o777} }
func (t thing) with(m uint32) thing { t.mode = m; return t }
func (t thing) aged(s int64) thing  { t.age = s; return t }
func (t thing) mtime() int64        { return 1_600_000_000_000_000_000 + t.age*1e9 }
func (t thing) head(g index.GenID) index.Head {
	h := index.Head{Gen: g, Kind: t.kind, Clock: 1, Utime: int64(g.Author) * 1e9}
	switch t.kind {
	case index.File:
		h.Size, h.Mtime, h.Hash = int64(len(t.text)), t.mtime(), hash(t.text)
	case index.Link:
		h.Mtime, h.Target = t.mtime(), t.text
	}
	return h
}

func hash(text string) index.Hash { return blake3.Sum256([]byte(text)) }

// state is what a tree holds.
type state map[index.Path]thing

func (s state) sorted() []index.Path { return slices.SortedFunc(maps.Keys(s), index.Compare) }
