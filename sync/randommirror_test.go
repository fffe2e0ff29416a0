package sync_test

import (
	"maps"
	"slices"

	latussync "latus/sync"
	"latus/sync/peer"
)

// mirrored holds what a mirror made of the trees against its promise: the others are as the
// first one is, and the same mirror once more has nothing to do. What runs that did not look
// at owners and attributes left of these is another matter.
func (h *history) mirrored(o latussync.Options, sites ...*site) {
	h.t.Helper()
	a := sites[0]
	want := plain(unowned(a.look()))
	for _, s := range sites[1:] {
		if got := plain(unowned(s.look())); !maps.Equal(got, want) {
			h.t.Fatalf("%s was mirrored, and %s differs:\n%s", a.name, s.name, difference(want, got))
		}
	}
	hours := h.hours
	var twins []*site
	for i, s := range sites {
		twins = append(twins, s.twin(byte(i+1)))
	}
	for i := range 2 {
		r := h.sync(o, twins...)
		if r.err != nil || len(r.changes)+r.Problems > 0 {
			h.t.Fatalf("%s is mirrored again: %v, changes %q, problems %q", a.name, r.err, r.changes, r.problems)
		}
		// A version that lost was not to come before the bytes were there: the second run ends that.
		if i > 0 && slices.ContainsFunc(r.planned, authored) {
			h.t.Fatalf("%s is mirrored a third time, and something is authored", a.name)
		}
	}
	h.hours = hours
}

// authored tells whether a tree authored something while it merged.
func authored(p *peer.Proposal) bool { return p != nil && p.Second != nil }
