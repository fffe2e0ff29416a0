package sync

import "context"

// reconcile has trees tell each other everything that have merged what all know, and do not
// have the same all the same. A delta tells what the other tree has never heard of. It cannot
// tell that one of two equal versions was dropped when somebody learnt that they are equal,
// and all that it superseded with it.
func (r *run) reconcile(ctx context.Context) error {
	if r.oneWay() || !r.unlike() {
		return nil
	}
	if err := r.askDeltas(ctx, true); err != nil {
		return err
	}
	settled, err := r.mergeHub(ctx, r.deltas())
	if err != nil {
		return err
	}
	return r.mergeSpokes(ctx, true, settled)
}

// unlike tells whether the trees' proposals say that they have not merged the same.
func (r *run) unlike() bool {
	first := r.proposals[0].Digest
	for _, p := range r.proposals[1:] {
		if p.Digest != first {
			return true
		}
	}
	return false
}
