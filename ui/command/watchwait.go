package command

import (
	"context"
	"time"
)

// occasion is why a watch runs.
type occasion uint8

const (
	ended  occasion = iota // it does not
	first                  // it begins
	change                 // something has changed
	due                    // it is time
	woke                   // the machine was asleep
)

// nap is how often it is looked whether the machine was asleep, and how much of a
// gap says so.
const (
	nap = 10 * time.Second
	gap = 10 * time.Second
)

// wait waits for the next run.
func (w *watchLoop) wait(ctx context.Context) occasion {
	var next, quiet, latest time.Time // zero: never
	if d := w.times.interval.value; d > 0 {
		next = time.Now().Add(d)
	}
	if w.retry > 0 {
		if t := time.Now().Add(w.retry); next.IsZero() || t.Before(next) {
			next = t
		}
	}
	naps := time.NewTicker(nap)
	defer naps.Stop()
	alarm := time.NewTimer(nap)
	defer alarm.Stop()
	last := time.Now()
	for {
		w.tell()
		if w.take() {
			now := time.Now()
			if latest.IsZero() {
				latest = now.Add(max(longestWait, w.settle()))
			}
			quiet = earlier(now.Add(w.settle()), latest)
		}
		at, why := next, due
		if !quiet.IsZero() && (next.IsZero() || quiet.Before(next)) {
			at, why = quiet, change
		}
		alarm.Stop()
		if !at.IsZero() {
			alarm.Reset(time.Until(at))
		}
		select {
		case <-ctx.Done():
			return ended
		case <-w.woken:
		case <-alarm.C:
			return why
		case <-naps.C:
			now := time.Now()
			slept := now.Round(0).Sub(last.Round(0)) - now.Sub(last)
			last = now
			if slept > gap {
				w.reconnect()
				return woke
			}
		}
	}
}

// settle is how long nothing must have changed. It grows while changes lead to
// nothing: whatever they are, they are no reason to be at it all the time.
func (w *watchLoop) settle() time.Duration {
	return w.times.settle.value << min(max(w.idle-1, 0), 4)
}

// reconnect drops all connections: they may be dead, and do not know it yet.
func (w *watchLoop) reconnect() {
	for _, tw := range w.watchers {
		w.connections.drop(tw.tree)
		tw.hurry()
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
