package plan

import (
	"testing"

	"latus/index"
)

// What is given up gives way to the best that is there, and only that.
func TestGiveUp(t *testing.T) {
	file := func(tag uint64, utime int64) index.Head {
		return index.Head{Gen: index.GenID{Author: 1, Tag: tag}, Kind: index.File, Clock: 1, Size: int64(tag), Mtime: utime, Utime: utime}
	}
	dead := index.Head{Gen: index.GenID{Author: 1, Tag: 9}, Kind: index.Deleted, Clock: 1, Utime: 5}
	on := index.Witness{Kind: index.File, Inode: 1}
	a := Authoring{Gen: index.GenID{Author: 2, Tag: 100}, Now: 50, Clock: 1}
	for _, c := range []struct {
		name  string
		entry index.Entry
		gone  []uint64
		want  int64 // the size of what is shown; 0: a deletion; -1: nothing is given up
		stays int   // heads besides
	}{
		{"nothing is gone", index.Entry{Heads: []index.Head{file(3, 10)}, Witness: on}, nil, -1, 0},
		{"a winner, a loser is here", index.Entry{Heads: []index.Head{file(3, 10), file(4, 20)}, Pending: true, Have: []index.Head{file(3, 10)}, Witness: on}, []uint64{4}, 3, 0},
		{"a loser", index.Entry{Heads: []index.Head{file(3, 10), file(4, 20)}, Pending: true, Have: []index.Head{file(4, 20)}, Witness: on}, []uint64{3}, 4, 0},
		{"one of three", index.Entry{Heads: []index.Head{file(3, 10), file(4, 20), file(5, 30)}, Pending: true, Have: []index.Head{file(3, 10)}, Witness: on}, []uint64{5}, 4, 1},
		{"an edit of what the disk shows", index.Entry{Heads: []index.Head{file(4, 20)}, Pending: true, Have: []index.Head{file(3, 10)}, Witness: on}, []uint64{4}, 3, 0},
		{"a new file", index.Entry{Heads: []index.Head{file(4, 20)}, Pending: true}, []uint64{4}, 0, 0},
		{"an edit against a deletion", index.Entry{Heads: []index.Head{file(4, 20), dead}, Pending: true, Have: []index.Head{dead}}, []uint64{4}, 0, 1},
	} {
		c.entry.Path = "p"
		n := GiveUp(&c.entry, func(h index.Head) bool {
			for _, tag := range c.gone {
				if h.Gen.Tag == tag {
					return true
				}
			}
			return false
		}, nowhere, a)
		if (n == nil) != (c.want < 0) {
			t.Errorf("%s: %v", c.name, n)
			continue
		}
		if n == nil {
			continue
		}
		shown, live := Display(n.Heads)
		if live != (c.want > 0) || shown.Size != c.want || len(n.Heads) != c.stays+1 || !n.Pending {
			t.Errorf("%s: %+v", c.name, n.Heads)
		}
		for _, tag := range c.gone {
			if _, still := n.Head(index.GenID{Author: 1, Tag: tag}); still {
				t.Errorf("%s: version %d stays", c.name, tag)
			}
		}
		if live && shown.Gen == a.Gen && shown.Utime <= 30 {
			t.Errorf("%s: the decision is not later than what it decides about", c.name)
		}
	}
}
