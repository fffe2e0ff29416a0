package ui

import (
	"time"

	"latus/index"
)

// Versions describes versions of one path that exclude each other, as Version does, and
// more closely where two of them would read the same: with more of their time, and with
// the beginning of their hash.
func Versions(heads []index.Head, zone *time.Location) []string {
	texts := make([]string, len(heads))
	for i, h := range heads {
		texts[i] = Version(h, zone)
	}
	alike := doubles(texts)
	times := make([]int64, len(heads))
	for i, h := range heads {
		times[i] = h.Mtime
	}
	precise := Moments(times, zone)
	for i, h := range heads {
		if !alike[i] || h.Kind != index.File {
			continue
		}
		texts[i] = Bytes(h.Size) + " of " + precise[i]
		if h.Hash.Known() {
			texts[i] += ", hash " + h.Hash.String()[:8]
		}
	}
	return texts
}

// Moments shows times as Moment does, those that would read the same with as many digits
// of a second as tell them apart.
func Moments(ns []int64, zone *time.Location) []string {
	texts := make([]string, len(ns))
	show := func(layout string) {
		alike := doubles(texts)
		for i, t := range ns {
			if layout == "" {
				texts[i] = Moment(t, zone)
			} else if alike[i] {
				texts[i] = time.Unix(0, t).In(zone).Format("2006-01-02 15:04:05" + layout)
			}
		}
	}
	for _, layout := range []string{"", ".000", ".000000", ".000000000"} {
		show(layout)
	}
	for i, still := range doubles(texts) { // they are the same: digits say nothing
		if still {
			texts[i] = Moment(ns[i], zone)
		}
	}
	return texts
}

// Apart adds to names that are the same, though they stand for different things, the
// beginnings of the ids of these.
func Apart(names, ids []string) []string {
	apart := make([]string, len(names))
	for i, name := range names {
		apart[i] = name
		for j, other := range names {
			if other == name && ids[j] != ids[i] && len(ids[i]) >= 4 {
				apart[i] = name + " " + ids[i][:4]
			}
		}
	}
	return apart
}

// doubles tells which texts are there more than once.
func doubles(texts []string) []bool {
	n := map[string]int{}
	for _, s := range texts {
		n[s]++
	}
	twice := make([]bool, len(texts))
	for i, s := range texts {
		twice[i] = n[s] > 1
	}
	return twice
}
