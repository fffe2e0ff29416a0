package remote

import (
	"context"
	"io"
	"time"

	"latus/remote/wire"
)

// WatchOptions rule Watch.
type WatchOptions struct {
	Path    string        // the tree, as it is named on the other side; "" leaves it to the server
	Filter  []string      // patterns of the command line: what they ignore is not watched
	Timeout time.Duration // silence to listen to; 0: 60 seconds
}

// Watch has the latus on the other side of a byte stream tell when something in
// a tree changes. It calls changed once when the tree is watched, and then whenever
// something has changed since. It returns when ctx ends, when the other side can
// not go on, or is gone, and closes rw, as NewClient's Client does.
//
// answered tells an error of the tree there from one of the way to it.
func Watch(ctx context.Context, rw io.ReadWriteCloser, o WatchOptions, changed func()) (answered bool, err error) {
	if o.Timeout == 0 {
		o.Timeout = wire.DefaultTimeout
	}
	conn := wire.NewConn(context.WithoutCancel(ctx), rw, wire.Config{Timeout: o.Timeout})
	defer conn.Close()
	patient, stop := context.WithTimeout(ctx, o.Timeout)
	defer stop()
	// A wire that nobody reads would keep Send from heeding ctx.
	if err := conn.Ready(patient); err != nil {
		return false, err
	}
	s, err := conn.Open(ctx)
	if err != nil {
		return false, err
	}
	defer s.End()
	q := wire.Watching{Path: o.Path, Timeout: o.Timeout, Filter: o.Filter}
	if err := s.Send(wire.Watch, func(e *wire.Coder) { e.Watching(&q) }); err != nil {
		return false, err
	}
	for {
		var c wire.Changing
		if err := s.Receive(ctx, wire.Changed, func(d *wire.Coder) { d.Changing(&c) }); err != nil {
			return ctx.Err() == nil && conn.Err() == nil, err
		}
		changed()
	}
}
