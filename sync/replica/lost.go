package replica

import (
	"slices"

	"latus/index"
	"latus/sync/plan"
)

// lost authors the end of this tree's own versions that were still to get their bytes
// from where its users have done something else with them meanwhile: a new name for
// the loser of a conflict, where the run that gave it was killed. What became of the
// bytes is what became of that version; others would wait for it in vain. authored
// is what the scan made of the paths where something was done, others are decided already.
func (r *Replica) lost(authored map[index.Path]*index.Entry, others []*index.Entry, a plan.Authoring) (ended []*index.Entry) {
	if len(authored) == 0 {
		return nil
	}
	own := r.cfg.PeerID()
	took := func(o *index.Origin) bool { // from what its user has changed since
		if o == nil || o.Linked || authored[o.Path] == nil { // a linked one has bytes of its own
			return false
		}
		from := r.x.Get(o.Path)
		if from == nil {
			return false
		}
		was, _ := plan.Display(from.Acked())
		return was.Gen == o.Gen && was.Kind == from.Witness.Kind
	}
	decided := map[index.Path]bool{}
	for _, e := range others {
		decided[e.Path] = true
	}
	for e := range r.x.Lagging() {
		if decided[e.Path] {
			continue
		}
		gone := func(h index.Head) bool {
			here := slices.ContainsFunc(e.Have, func(a index.Head) bool { return a.Gen == h.Gen })
			return h.Gen.Author == own && !here && took(h.Origin)
		}
		var n *index.Entry
		if now := authored[e.Path]; now != nil {
			n = plan.Outlive(now, gone, a)
		} else {
			n = plan.GiveUp(e, gone, r.bitsAt(e), a)
		}
		if n != nil {
			ended = append(ended, n)
		}
	}
	return ended
}
