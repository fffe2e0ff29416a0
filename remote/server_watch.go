package remote

import (
	"context"
	"errors"
	"time"

	"latus/remote/wire"
)

// A Watcher watches a tree for a client. Package sync/watch has one.
type Watcher interface {
	Changed() <-chan struct{} // gets a value when something has changed since
	Done() <-chan struct{}    // closed when nothing is watched any more
	Err() error               // why, then
	Dirs() int                // directories that are watched
	Close() error
}

// lull is the least time between two Changed messages.
const lull = 200 * time.Millisecond

var errNoWatching = errors.New("changes are not told of here")

// watch tells the client of changes until it wants no more. It is all that is done
// on such a connection: no Replica is opened, and nothing locked.
func (c *call) watch(ctx context.Context) error {
	var q wire.Watching
	if _, err := c.begin(ctx, wire.Watch, func(d *wire.Coder) { d.Watching(&q) }); err != nil {
		return err
	}
	c.Conn().Beat(q.Timeout)
	c.Conn().Match(q.Timeout)
	if c.s.watches == nil {
		return errNoWatching
	}
	w, err := c.s.watches(ctx, q.Path, q.Filter)
	if err != nil {
		return err
	}
	defer w.Close()
	for {
		err := c.Stream.Send(wire.Changed, func(e *wire.Coder) { e.Changing(&wire.Changing{Dirs: w.Dirs()}) })
		if err != nil {
			return err
		}
		select {
		case <-time.After(lull):
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-w.Changed():
		case <-w.Done():
			return w.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
