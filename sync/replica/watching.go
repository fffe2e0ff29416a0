package replica

import (
	"context"
	"path/filepath"

	"latus/sync/peer"
	"latus/sync/watch"
)

// Watch begins to watch the tree at path, or at site if that is not nil, for as
// long as the Watcher is open. It takes no lock, and needs no tree but a directory.
func Watch(ctx context.Context, path string, site peer.Site, patterns []string) (*watch.Watcher, error) {
	if site == nil {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		site = folder{abs}
	}
	return watch.Open(ctx, site.Open, patterns)
}
