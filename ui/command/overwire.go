package command

import "latus/sync/fetch"

// Far tells whether a latus there sends only what is missing of a content. Over SFTP
// all of it would have to be read from here to find that out.
func (r *remoteTree) Far() bool { return fetch.Far(r.Replica) }

// OverWire tells that the connection is what limits what goes from and to this tree.
func (r *remoteTree) OverWire() bool { return true }
