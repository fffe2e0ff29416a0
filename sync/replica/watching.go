package replica

import (
	"context"

	"latus/sync/peer"
	"latus/sync/site"
	"latus/sync/watch"
)

// Watch begins to watch the tree at path, or at the site where if that is not nil, for as
// long as the Watcher is open. It takes no lock, and needs no tree but a directory.
func Watch(ctx context.Context, path string, where peer.Site, patterns []string) (*watch.Watcher, error) {
	if where == nil {
		folder, err := site.Find(path)
		if err != nil {
			return nil, err
		}
		where = folder
	}
	return watch.Open(ctx, where.Open, patterns)
}
