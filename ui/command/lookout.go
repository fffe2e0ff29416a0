package command

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"time"

	"latus/remote"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/watch"
)

// How long a lookout rests before it tries again, at first and at most.
const (
	firstRest = time.Second
	longRest  = time.Minute
)

// lookout watches one tree for as long as a watch goes on.
type lookout struct {
	o      *syncOptions
	tree   int // the position on the command line
	target remote.Target
	lines  *lines
	news   func()          // something in the tree has changed, or may have
	never  func(why error) // the tree can't be watched

	settled  chan struct{} // closed when it is known whether the tree can be watched at once
	poke     chan struct{} // not to rest any longer
	first    error         // once settled: what kept it from a host
	begun    bool          // settled is closed
	watching bool          // now
}

func newLookout(o *syncOptions, tree int, t remote.Target, lines *lines) *lookout {
	return &lookout{o: o, tree: tree, target: t, lines: lines, settled: make(chan struct{}), poke: make(chan struct{}, 1)}
}

// run watches until ctx ends, or the tree turns out to be none that can be watched.
// What breaks off is begun again, and taken for a change.
func (l *lookout) run(ctx context.Context) {
	defer l.settle()
	rest := firstRest
	for ctx.Err() == nil {
		l.watching = false
		err := l.watch(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case l.watching:
			rest = firstRest
			l.news()
			if errors.Is(err, watch.ErrMissed) {
				continue
			}
		case !passing(err):
			l.never(err)
			return
		}
		l.settle()
		select {
		case <-time.After(rest):
			rest = min(2*rest, longRest)
		case <-l.poke:
		case <-ctx.Done():
		}
	}
}

func (l *lookout) settle() {
	if !l.begun {
		l.begun = true
		close(l.settled)
	}
}

// changed notes a change. The first time in a row it says that the tree is watched
// from now on: what was before, if there was anything, nobody saw.
func (l *lookout) changed() {
	if l.watching || l.begun {
		l.news()
	}
	l.watching = true
	l.settle()
}

// hurry ends a rest.
func (l *lookout) hurry() {
	select {
	case l.poke <- struct{}{}:
	default:
	}
}

// watch watches until that ends, for whatever reason.
func (l *lookout) watch(ctx context.Context) error {
	switch l.target.Kind {
	case remote.Local:
		return l.here(ctx)
	case remote.SFTP:
		return &unwatchable{errors.New("over SFTP nothing tells of changes")}
	}
	return l.there(ctx)
}

func (l *lookout) here(ctx context.Context) error {
	w, err := latussync.Watch(ctx, l.target.Path, nil, l.o.patterns.list)
	if err != nil {
		return err
	}
	defer w.Close()
	l.changed()
	for {
		select {
		case <-w.Changed():
			l.changed()
		case <-w.Done():
			return w.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// there has a latus on the host of the tree watch it. The runs meanwhile go over
// the same connection.
func (l *lookout) there(ctx context.Context) error {
	conn, err := remote.Dial(ctx, l.target, l.o.remote(func(string) {}))
	if err != nil {
		if !l.begun {
			l.first = err
		}
		return err
	}
	l.lines.keep(l.tree, conn)
	defer l.lines.drop(l.tree)
	known := cmp.Or(l.lines.latus(l.tree), l.o.latusPath)
	spoke, err := l.listen(ctx, conn, known)
	if spoke || known != "" || ctx.Err() != nil || !mute(err) {
		return err
	}
	_, rest, _ := otherLatuses(ctx, conn)
	for _, path := range rest {
		latus := remote.Quote(path)
		if spoke, again := l.listen(ctx, conn, latus); spoke || ctx.Err() != nil {
			return again
		}
	}
	return err
}

// listen watches by way of one latus on the host, until that ends. spoke tells whether
// it could be talked to.
func (l *lookout) listen(ctx context.Context, conn *remote.Conn, latus string) (spoke bool, err error) {
	stream, err := conn.Command(ctx, remote.ServeCommand(latus, l.target.Path))
	if err != nil {
		if !l.begun {
			err = &unwatchable{err} // the host runs no commands
		}
		return false, err
	}
	answered, err := remote.Watch(ctx, stream, remote.WatchOptions{
		Path: l.target.Path, Filter: l.o.patterns.list, Timeout: l.o.timeout.value,
	}, func() {
		if latus != "" {
			l.lines.use(l.tree, latus)
		}
		l.changed()
	})
	end := stream.Close()
	if answered && !errors.Is(err, fs.ErrNotExist) {
		return true, &unwatchable{err}
	}
	return answered || l.watching, explained(err, end)
}

// unwatchable is why a tree can't be watched, for good.
type unwatchable struct{ error }

func (u *unwatchable) Unwrap() error { return u.error }

// passing tells whether it is worth trying again: a host may come back, and a
// directory be made.
func passing(err error) bool {
	var (
		refusal *peer.Refusal
		command *remote.CommandError
	)
	switch {
	case errors.As(err, new(*unwatchable)), errors.As(err, new(*watch.LimitError)):
		return false
	case errors.As(err, &command):
		return !command.NotFound()
	case errors.As(err, &refusal):
		switch refusal.Cause {
		case peer.WrongSpeech, peer.Forbidden, peer.NotAllowed:
			return false
		}
	}
	return true
}
