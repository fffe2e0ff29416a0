package sync

import (
	"maps"

	"latus/sync/peer"
)

// What a killed run had begun in a tree is finished when the next run opens it: that is a
// change of the next run like any other, and a dry run before it has told it as one.

// recovered is what was finished so in tree i.
func (r *run) recovered(i int) []peer.Change {
	if i >= len(r.welcomes) || r.welcomes[i] == nil {
		return nil
	}
	return r.welcomes[i].Recovered
}

// tellRecovered tells of what was finished in the trees up to i, if that was not told yet.
func (r *run) tellRecovered(i int) {
	for ; r.finished <= i; r.finished++ {
		if !r.o.Actions {
			continue
		}
		for _, c := range r.recovered(r.finished) {
			r.ob.Change(r.finished, c)
		}
	}
}

// tellAllRecovered does so at the end of a run, whatever it was. rep is its report, or nil if
// it has changed nothing; then something may have been finished all the same.
func (r *run) tellAllRecovered(rep *peer.Report) *peer.Report {
	r.tellRecovered(len(r.trees) - 1)
	for i := range r.trees {
		if rep == nil && len(r.recovered(i)) > 0 {
			rep = r.report()
		}
	}
	return rep
}

// withRecovered is counts with what was finished in tree i.
func (r *run) withRecovered(i int, counts map[string]int) map[string]int {
	all := map[string]int{}
	maps.Copy(all, counts)
	for _, c := range r.recovered(i) {
		all[c.Op.String()]++
	}
	return all
}
