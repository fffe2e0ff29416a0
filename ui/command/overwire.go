package command

import (
	"context"

	"latus/sync/fetch"
)

// Far tells whether a latus there sends only what is missing of a content. Over SFTP
// all of it would have to be read from here to find that out.
func (r *remoteTree) Far() bool { return fetch.Far(r.Replica) }

// OverWire tells that the connection is what limits what goes from and to this tree.
func (r *remoteTree) OverWire() bool { return true }

// Probe implements fetch.Prober, as far as the tree does.
func (r *remoteTree) Probe(ctx context.Context, wants []fetch.Want) ([]error, error) {
	return fetch.Probe(ctx, r.Replica, wants)
}
