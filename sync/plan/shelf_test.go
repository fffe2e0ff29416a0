package plan

import (
	"fmt"
	"iter"
	"strings"

	"latus/index"
)

// shelf is an index for tests: entries as a merge leaves them.
type shelf map[index.Path]*index.Entry

func (s shelf) all() iter.Seq[*index.Entry] {
	return func(yield func(*index.Entry) bool) {
		for _, p := range sortedPaths(s) {
			if !yield(s[p]) {
				return
			}
		}
	}
}

func gen(author index.PeerID, tag uint64) index.GenID { return index.GenID{Author: author, Tag: tag} }

var (
	old     = gen(1, 1) // what all had
	news    = gen(2, 2) // what the other side did
	ours    = gen(1, 3) // what this side did
	hashed1 = hashOf(1)
)

func fileHead(g index.GenID, content int) index.Head {
	return index.Head{Gen: g, Kind: index.File, Clock: 1, Size: int64(100 + content), Mtime: int64(10 * g.Tag), Utime: int64(10 * g.Tag), Hash: hashOf(content)}
}

func dirHead(g index.GenID) index.Head {
	return index.Head{Gen: g, Kind: index.Dir, Clock: 1, Utime: int64(10 * g.Tag)}
}

func linkHead(g index.GenID, target string) index.Head {
	return index.Head{Gen: g, Kind: index.Link, Clock: 1, Mtime: int64(10 * g.Tag), Utime: int64(10 * g.Tag), Target: target}
}

func gone(g index.GenID) index.Head {
	return index.Head{Gen: g, Kind: index.Deleted, Clock: 1, Utime: int64(10 * g.Tag)}
}

// has puts an acknowledged version into the shelf.
func (s shelf) has(p index.Path, h index.Head) {
	w := index.Witness{Kind: h.Kind, Size: h.Size, Mtime: h.Mtime, Mode: 0o644, Inode: 7}
	if h.Kind == index.Dir {
		w.Mode = 0o755
	}
	s[p] = &index.Entry{Path: p, Heads: []index.Head{h}, Witness: w}
}

// gets replaces the heads of p by what a merge brought.
func (s shelf) gets(p index.Path, heads ...index.Head) {
	e := &index.Entry{Path: p}
	if s[p] != nil {
		*e = *s[p]
	}
	e.Have, e.Pending = e.Acked(), true
	sortHeads(heads)
	e.Heads = heads
	s[p] = e
}

func (s shelf) input() Input {
	return Input{
		Entries: s.all(),
		Get:     func(p index.Path) *index.Entry { return s[p] },
		Disk:    Disk{Clock: 1, ModeBits: 0o777, Links: true, Times: true},
	}
}

func (p *Plan) lines() string {
	var lines []string
	for _, a := range p.Actions {
		line := a.Op.String() + " " + string(a.Path)
		if a.From != "" {
			line += " < " + string(a.From)
		}
		if a.Trash != "" {
			line += " < trash " + a.Trash
		}
		if a.Aside {
			line += " aside"
		}
		if a.Want >= 0 {
			line += fmt.Sprint(" want ", p.Wants[a.Want].Path)
		}
		if a.OldHead().Gen != (index.GenID{}) {
			line += fmt.Sprint(" over ", a.OldHead().Gen.Tag)
		}
		lines = append(lines, line)
	}
	for _, q := range p.Questions {
		lines = append(lines, fmt.Sprintf("ask %s %d", q.Path, q.Gen.Tag))
	}
	for _, c := range p.Conflicts {
		lines = append(lines, fmt.Sprintf("conflict %s %d over %v", c.Path, c.Winner.Gen.Tag, tagsOf(c.Losers)))
	}
	for _, h := range p.Held {
		lines = append(lines, fmt.Sprintf("held %s: %s %v", h.Path, h.Reason, h.Problem))
	}
	for _, a := range p.Acks {
		lines = append(lines, "ack "+string(a))
	}
	if p.Losses > 0 {
		lines = append(lines, fmt.Sprint("losses ", p.Losses))
	}
	return strings.Join(lines, "\n")
}

func unhashed(h index.Head) index.Head {
	h.Hash = index.Hash{}
	return h
}

func sized(h index.Head, size int64) index.Head {
	h.Size = size
	return h
}

func from(h index.Head, p index.Path, g index.GenID) index.Head {
	h.Origin = &index.Origin{Path: p, Gen: g}
	return h
}

func withMtime(h index.Head, mtime int64) index.Head {
	h.Mtime = mtime
	return h
}
