package command

import (
	"slices"
	"strings"
)

// nearest is the word that was most likely meant, "" if none is near: one that
// begins so, or that is at most two typing errors away.
func nearest(word string, words []string) string {
	words = slices.Sorted(slices.Values(words))
	best, least := "", min(3, len(strings.TrimLeft(word, "-"))/2+1)
	for _, w := range words {
		if d := typos(word, w); d < least {
			best, least = w, d
		}
	}
	if best != "" || len(strings.TrimLeft(word, "-")) < 2 {
		return best
	}
	for _, w := range words {
		if strings.HasPrefix(w, word) {
			return w
		}
	}
	return ""
}

// typos counts the letters to insert, drop, change or swap with the next one to
// get from a to b.
func typos(a, b string) int {
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
