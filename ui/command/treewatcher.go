package command

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"time"

	"latus/remote"
	"latus/remote/ssh"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/watch"
)

// How long a treeWatcher rests before it tries again, at first and at most.
const (
	firstRest = time.Second
	longRest  = time.Minute
)

// treeWatcher watches one tree for as long as a watch goes on.
type treeWatcher struct {
	o           *syncOptions
	tree        int // the position on the command line
	target      remote.Target
	connections *connections
	news        func()          // something in the tree has changed, or may have
	never       func(why error) // the tree can't be watched

	answered chan struct{} // closed when it is known whether the tree can be watched at once
	poke     chan struct{} // not to rest any longer
	first    error         // once answered: what kept it from a host
	begun    bool          // answered is closed
	watching bool          // now
}

func newTreeWatcher(o *syncOptions, tree int, t remote.Target, connections *connections) *treeWatcher {
	return &treeWatcher{o: o, tree: tree, target: t, connections: connections, answered: make(chan struct{}), poke: make(chan struct{}, 1)}
}

// run watches until ctx ends, or the tree turns out to be none that can be watched.
// What breaks off is begun again, and taken for a change.
func (w *treeWatcher) run(ctx context.Context) {
	defer w.answer()
	rest := firstRest
	for ctx.Err() == nil {
		w.watching = false
		err := w.watch(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case w.watching:
			rest = firstRest
			w.news()
			if errors.Is(err, watch.ErrMissed) {
				continue
			}
		case !passing(err):
			w.never(err)
			return
		}
		w.answer()
		select {
		case <-time.After(rest):
			rest = min(2*rest, longRest)
		case <-w.poke:
		case <-ctx.Done():
		}
	}
}

func (w *treeWatcher) answer() {
	if !w.begun {
		w.begun = true
		close(w.answered)
	}
}

// changed notes a change. The first time in a row it says that the tree is watched
// from now on: what was before, if there was anything, nobody saw.
func (w *treeWatcher) changed() {
	if w.watching || w.begun {
		w.news()
	}
	w.watching = true
	w.answer()
}

// hurry ends a rest.
func (w *treeWatcher) hurry() {
	select {
	case w.poke <- struct{}{}:
	default:
	}
}

// watch watches until that ends, for whatever reason.
func (w *treeWatcher) watch(ctx context.Context) error {
	switch w.target.Kind {
	case remote.Local:
		return w.here(ctx)
	case remote.SFTP:
		return &unwatchable{errors.New("over SFTP nothing tells of changes")}
	}
	return w.there(ctx)
}

func (w *treeWatcher) here(ctx context.Context) error {
	changes, err := replica.Watch(ctx, w.target.Path, nil, w.o.patterns.list)
	if err != nil {
		return err
	}
	defer changes.Close()
	w.changed()
	for {
		select {
		case <-changes.Changed():
			w.changed()
		case <-changes.Done():
			return changes.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// there has a latus on the host of the tree watch it. The runs meanwhile go over
// the same connection.
func (w *treeWatcher) there(ctx context.Context) error {
	conn, err := remote.Dial(ctx, w.target, w.o.remote(func(string) {}))
	if err != nil {
		if !w.begun {
			w.first = err
		}
		return err
	}
	w.connections.keep(w.tree, conn)
	defer w.connections.drop(w.tree)
	known := cmp.Or(w.connections.latus(w.tree), w.o.latusPath)
	spoke, err := w.listen(ctx, conn, known)
	if spoke || known != "" || ctx.Err() != nil || !mute(err) {
		return err
	}
	_, rest, _ := otherLatuses(ctx, conn)
	for _, path := range rest {
		latus := remote.Quote(path)
		if spoke, again := w.listen(ctx, conn, latus); spoke || ctx.Err() != nil {
			return again
		}
	}
	return err
}

// listen watches by way of one latus on the host, until that ends. spoke tells whether
// it could be talked to.
func (w *treeWatcher) listen(ctx context.Context, conn *remote.Conn, latus string) (spoke bool, err error) {
	stream, err := conn.Command(ctx, remote.ServeCommand(latus, w.target.Path))
	if err != nil {
		if !w.begun {
			err = &unwatchable{err} // the host runs no commands
		}
		return false, err
	}
	answered, err := remote.Watch(ctx, stream, remote.WatchOptions{
		Path: w.target.Path, Filter: w.o.patterns.list, Timeout: w.o.timeout.value,
	}, func() {
		if latus != "" {
			w.connections.use(w.tree, latus)
		}
		w.changed()
	})
	end := stream.Close()
	if answered && !errors.Is(err, fs.ErrNotExist) {
		return true, &unwatchable{err}
	}
	return answered || w.watching, explained(err, end)
}

// unwatchable is why a tree can't be watched, for good.
type unwatchable struct{ error }

func (u *unwatchable) Unwrap() error { return u.error }

// passing tells whether it is worth trying again: a host may come back, and a
// directory be made.
func passing(err error) bool {
	var (
		refusal *peer.Refusal
		command *ssh.CommandError
	)
	switch {
	case errors.As(err, new(*unwatchable)), errors.As(err, new(*watch.LimitError)):
		return false
	case errors.As(err, &command):
		return !command.NotFound()
	case errors.As(err, &refusal):
		return !refusal.Cause.Mute() && refusal.Cause != peer.Forbidden && refusal.Cause != peer.NotAllowed
	}
	return true
}
