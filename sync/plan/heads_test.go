package plan

import (
	"testing"

	"latus/index"
)

// Each of these versions loses its path to the next one.
func TestCompare(t *testing.T) {
	gen := func(author byte) index.GenID { return index.GenID{Author: index.PeerID(author), Tag: 1} }
	line := []struct {
		name string
		head index.Head
	}{
		{"deleted", index.Head{Kind: index.Deleted, Utime: 9, Gen: gen(9)}},
		{"found by a first scan", index.Head{Kind: index.File, First: true, Utime: 8, Mtime: 8, Size: 8, Gen: gen(8)}},
		{"edited", index.Head{Kind: index.File, Utime: 5, Mtime: 5, Size: 9, Gen: gen(9)}},
		{"later", index.Head{Kind: index.File, Utime: 6, Mtime: 4, Size: 9, Gen: gen(9)}},
		{"as late, the younger file", index.Head{Kind: index.File, Utime: 6, Mtime: 5, Size: 1, Gen: gen(8)}},
		{"as young, the larger one", index.Head{Kind: index.File, Utime: 6, Mtime: 5, Size: 2, Gen: gen(1)}},
		{"as large, by the ids", index.Head{Kind: index.File, Utime: 6, Mtime: 5, Size: 2, Gen: gen(2)}},
		{"a link, by its target", index.Head{Kind: index.Link, Utime: 7, Mtime: 7, Target: "a", Gen: gen(9)}},
		{"to another one", index.Head{Kind: index.Link, Utime: 7, Mtime: 7, Target: "b", Gen: gen(1)}},
		{"a directory", index.Head{Kind: index.Dir, Utime: 1, Gen: gen(1)}},
	}
	for i := range line {
		for j := range line {
			if got, want := Compare(line[i].head, line[j].head), compareInts(i, j); got != want {
				t.Errorf("%s and %s: %d, not %d", line[i].name, line[j].name, got, want)
			}
		}
	}
}

func compareInts(a, b int) int { return btoi(a > b) - btoi(a < b) }
