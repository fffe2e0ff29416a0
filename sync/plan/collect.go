package plan

import "latus/index"

// Collectable tells whether a dead entry may be dropped: this disk has
// acknowledged it, nothing stands there, and everybody who could still bring an
// older version back, every known peer, has heard of the deletion. A peer that
// does not know all that was dropped must be given the full listing.
func Collectable(e *index.Entry, peers ...Known) bool {
	if e.Pending || e.Witness.Kind != index.Absent {
		return false
	}
	for _, h := range e.Heads {
		if h.Kind.Live() {
			return false
		}
	}
	for _, k := range peers {
		for _, h := range e.Heads {
			if !k.Has(h.Gen) {
				return false
			}
		}
		if Unheard(e, k) {
			return false
		}
	}
	return true
}
