package command

import (
	"context"
	"errors"
	"sync"
	"time"

	"latus/index"
	"latus/remote/ssh"
	"latus/remote/wire"
	"latus/sync/peer"
	"latus/sync/reason"
	"latus/ui"
)

// How long a run waits at most for changes to end, after the first of them; how
// long a failed one rests at first, and at most.
const (
	longestWait = 30 * time.Second
	firstRetry  = 2 * time.Second
	longRetry   = 5 * time.Minute
)

// watchLoop is a watch under way.
type watchLoop struct {
	session     *Session
	o           *syncOptions
	times       watchTimes
	trees       []string
	shown       ui.Printer
	connections *connections
	watchers    []*treeWatcher

	woken chan struct{} // something was put down in what follows
	mu    sync.Mutex
	dirty bool // something has changed since the last run began
	notes []note

	idle   int           // runs in a row that changes led to, and that had nothing to do
	failed int           // runs in a row that failed
	said   string        // what the last failure was that was said; "": all is well
	retry  time.Duration // 0: the next change will do
}

type note struct {
	tree int
	text string
}

// watch runs, waits until something has changed, and runs again.
func (s *Session) watch(ctx context.Context, trees []string, o *syncOptions, times watchTimes) error {
	targets, err := parseTargets(trees)
	if err != nil {
		return err
	}
	o.again = true
	shown, done, err := s.printer(trees, o)
	defer done()
	if err != nil {
		return err
	}
	w := &watchLoop{session: s, o: o, times: times, trees: trees, shown: shown, connections: &connections{}, woken: make(chan struct{}, 1)}
	watching, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer func() {
		stop()
		all.Wait()
	}()
	for i, t := range targets {
		tw := newTreeWatcher(o, i, t, w.connections)
		tw.news, tw.never = w.changed, func(why error) { w.never(i, why) }
		w.watchers = append(w.watchers, tw)
		all.Go(func() { tw.run(watching) })
	}
	for _, tw := range w.watchers {
		<-tw.answered
		if tw.first != nil {
			return tw.first
		}
	}
	return w.goOn(ctx)
}

// goOn runs again and again until ctx ends.
func (w *watchLoop) goOn(ctx context.Context) error {
	why := first
	for begun := false; ; {
		w.tell()
		w.take()
		sum, err := w.session.once(ctx, w.trees, &runTrees{session: w.session, o: w.o, printer: w.shown, connections: w.connections}, nil)
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err := w.judge(why, sum, err, begun); err != nil {
			return err
		}
		if !begun && w.failed == 0 {
			begun = true
			w.announce()
		}
		if why = w.wait(ctx); why == ended {
			return nil
		}
	}
}

// judge takes note of how a run ended. Its error ends the watch.
func (w *watchLoop) judge(why occasion, sum ui.Summary, err error, begun bool) error {
	w.retry = 0
	if err == nil || err == exitCode(ui.ExitLeft) {
		if w.said != "" {
			w.said = ""
			w.shown.Notice(-1, peer.Problem{Reason: reason.Words("it works again")})
		}
		w.failed = 0
		if w.idle++; sum.Changes > 0 || why != change {
			w.idle = 0
		}
		for _, tw := range w.watchers {
			tw.hurry()
		}
		return nil
	}
	f := diagnose(err)
	refused := f.Exit == ui.ExitRefused
	if !begun && (!refused && f.Exit != ui.ExitBusy || hopeless(err)) {
		return err
	}
	w.failed++
	if !refused {
		w.retry = min(firstRetry<<min(w.failed-1, 10), longRetry)
	}
	kind := f.Text
	if unreachable(err) {
		kind = "unreachable"
		w.reconnect()
	}
	// Somebody else's run is over in a moment, mostly.
	if kind == w.said || f.Exit == ui.ExitBusy && w.failed < 4 {
		return nil
	}
	w.said = kind
	if !refused {
		f.Hint = "the watch goes on and tries again"
	}
	w.session.complain(f)
	return nil
}

// hopeless tells whether a first run was refused for a reason that stays.
func hopeless(err error) bool {
	fault, _ := cause(err)
	return fault == ui.Forbidden || fault == ui.NotAllowed || fault == ui.OtherGroup
}

// unreachable tells whether a run failed for want of a connection.
func unreachable(err error) bool {
	switch fault, _ := cause(err); fault {
	case ui.NoConnection, ui.TimedOut, ui.RemoteFailed:
		return true
	}
	return errors.Is(err, wire.ErrGone)
}

// changed notes that something in a tree has changed.
func (w *watchLoop) changed() {
	w.mu.Lock()
	w.dirty = true
	w.mu.Unlock()
	w.wake()
}

// never notes that a tree can't be watched.
func (w *watchLoop) never(tree int, why error) {
	instead := "it is looked at only when another tree changes"
	if d := w.times.interval.value; d > 0 {
		instead = "it is looked at every " + ui.Span(d)
	}
	if _, ok := errors.AsType[*ssh.CommandError](why); ok {
		why = errors.New(noLatus(why))
	}
	w.mu.Lock()
	w.notes = append(w.notes, note{tree, "cannot be watched, " + instead + ": " + why.Error()})
	w.mu.Unlock()
	w.wake()
}

func (w *watchLoop) wake() {
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

// take tells whether something has changed since it was asked last.
func (w *watchLoop) take() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	dirty := w.dirty
	w.dirty = false
	return dirty
}

// tell says what was put down.
func (w *watchLoop) tell() {
	w.mu.Lock()
	notes := w.notes
	w.notes = nil
	w.mu.Unlock()
	for _, n := range notes {
		w.shown.Notice(n.tree, peer.Problem{Path: index.Path(""), Reason: reason.Words(n.text)})
	}
}
