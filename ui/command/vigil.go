package command

import (
	"context"
	"errors"
	"sync"
	"time"

	"latus/index"
	"latus/remote"
	"latus/remote/wire"
	"latus/sync/peer"
	"latus/ui"
)

// How long a run waits at most for changes to end, after the first of them; how
// long a failed one rests at first, and at most.
const (
	longestWait = 30 * time.Second
	firstRetry  = 2 * time.Second
	longRetry   = 5 * time.Minute
)

// vigil is a watch under way.
type vigil struct {
	session  *Session
	o        *syncOptions
	times    watchTimes
	trees    []string
	shown    ui.Printer
	lines    *lines
	lookouts []*lookout

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
	v := &vigil{session: s, o: o, times: times, trees: trees, shown: shown, lines: &lines{}, woken: make(chan struct{}, 1)}
	watching, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer func() {
		stop()
		all.Wait()
	}()
	for i, t := range targets {
		l := newLookout(o, i, t, v.lines)
		l.news, l.never = v.changed, func(why error) { v.never(i, why) }
		v.lookouts = append(v.lookouts, l)
		all.Go(func() { l.run(watching) })
	}
	for _, l := range v.lookouts {
		<-l.settled
		if l.first != nil {
			return l.first
		}
	}
	return v.goOn(ctx)
}

// goOn runs again and again until ctx ends.
func (v *vigil) goOn(ctx context.Context) error {
	why := first
	for begun := false; ; {
		v.tell()
		v.take()
		sum, err := v.session.once(ctx, v.trees, &crew{session: v.session, o: v.o, printer: v.shown, lines: v.lines}, nil)
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err := v.judge(why, sum, err, begun); err != nil {
			return err
		}
		if !begun && v.failed == 0 {
			begun = true
			v.announce()
		}
		if why = v.wait(ctx); why == ended {
			return nil
		}
	}
}

// judge takes note of how a run ended. Its error ends the watch.
func (v *vigil) judge(why reason, sum ui.Summary, err error, begun bool) error {
	v.retry = 0
	if err == nil || err == exitCode(ui.ExitLeft) {
		if v.said != "" {
			v.said = ""
			v.shown.Notice(-1, peer.Problem{Reason: "it works again"})
		}
		v.failed = 0
		if v.idle++; sum.Changes > 0 || why != change {
			v.idle = 0
		}
		for _, l := range v.lookouts {
			l.hurry()
		}
		return nil
	}
	f := diagnose(err)
	refused := f.Exit == ui.ExitRefused
	if !begun && (!refused && f.Exit != ui.ExitBusy || hopeless(err)) {
		return err
	}
	v.failed++
	if !refused {
		v.retry = min(firstRetry<<min(v.failed-1, 10), longRetry)
	}
	kind := f.Text
	if unreachable(err) {
		kind = "unreachable"
		v.reconnect()
	}
	// Somebody else's run is over in a moment, mostly.
	if kind == v.said || f.Exit == ui.ExitBusy && v.failed < 4 {
		return nil
	}
	v.said = kind
	if !refused {
		f.Hint = "the watch goes on and tries again"
	}
	v.session.complain(f)
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
func (v *vigil) changed() {
	v.mu.Lock()
	v.dirty = true
	v.mu.Unlock()
	v.wake()
}

// never notes that a tree can't be watched.
func (v *vigil) never(tree int, why error) {
	instead := "it is looked at only when another tree changes"
	if d := v.times.interval.value; d > 0 {
		instead = "it is looked at every " + ui.Span(d)
	}
	if _, ok := errors.AsType[*remote.CommandError](why); ok {
		why = errors.New(noLatus(why))
	}
	v.mu.Lock()
	v.notes = append(v.notes, note{tree, "cannot be watched, " + instead + ": " + why.Error()})
	v.mu.Unlock()
	v.wake()
}

func (v *vigil) wake() {
	select {
	case v.woken <- struct{}{}:
	default:
	}
}

// take tells whether something has changed since it was asked last.
func (v *vigil) take() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	dirty := v.dirty
	v.dirty = false
	return dirty
}

// tell says what was put down.
func (v *vigil) tell() {
	v.mu.Lock()
	notes := v.notes
	v.notes = nil
	v.mu.Unlock()
	for _, n := range notes {
		v.shown.Notice(n.tree, peer.Problem{Path: index.Path(""), Reason: n.text})
	}
}
