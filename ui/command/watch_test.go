package command

import (
	"errors"
	"testing"
	"time"

	"latus/remote/ssh"
	"latus/sync/peer"
	"latus/ui"
)

func newTestLoop() *watchLoop {
	s, _, _ := session("")
	w := &watchLoop{session: s, o: newSyncOptions(s), woken: make(chan struct{}, 1), shown: ui.All{}}
	w.times.settle.value = time.Second
	return w
}

func TestAWatchCalmsDown(t *testing.T) {
	w := newTestLoop()
	run := func(why occasion, changes int, want time.Duration) {
		t.Helper()
		if err := w.judge(why, ui.Summary{Changes: changes}, nil, true); err != nil {
			t.Fatal(err)
		}
		if got := w.settle(); got != want {
			t.Errorf("after %d changes: %v, not %v", changes, got, want)
		}
	}
	run(first, 3, time.Second)
	run(change, 0, time.Second) // what the run before wrote
	run(change, 1, time.Second)
	run(change, 0, time.Second)
	for _, want := range []time.Duration{2, 4, 8, 16, 16} {
		run(change, 0, want*time.Second)
	}
	run(due, 0, time.Second)
	run(change, 0, time.Second)
	run(change, 0, 2*time.Second)
	run(change, 1, time.Second)
}

func TestWhatEndsAWatch(t *testing.T) {
	gone := &ssh.ConnectError{Host: "h", Op: "connect", Err: errors.New("refused")}
	lost := &peer.Refusal{Cause: peer.LostRoot, Text: "lost"}
	other := &peer.Refusal{Cause: peer.OtherGroup, Text: "another"}
	busy := &peer.Refusal{Cause: peer.Busy, Text: "busy"}
	for _, c := range []struct {
		err        error
		begun      bool
		ends       bool
		retry      time.Duration
		saidByThen bool
	}{
		{gone, false, true, 0, false},
		{gone, true, false, firstRetry, true},
		{lost, false, false, 0, true},
		{lost, true, false, 0, true},
		{other, false, true, 0, false},
		{other, true, false, 0, true},
		{busy, false, false, firstRetry, false},
		{busy, true, false, firstRetry, false},
		{exitCode(ui.ExitLeft), false, false, 0, false},
	} {
		w := newTestLoop()
		err := w.judge(change, ui.Summary{}, c.err, c.begun)
		if (err != nil) != c.ends || w.retry != c.retry || (w.said != "") != c.saidByThen {
			t.Errorf("%v, begun %v: ends with %v, retry %v, said %q", c.err, c.begun, err, w.retry, w.said)
		}
	}
}

func TestAFailureIsSaidOnce(t *testing.T) {
	s, _, errs := session("")
	w := newTestLoop()
	w.session = s
	gone := &ssh.ConnectError{Host: "h", Op: "connect", Err: errors.New("refused")}
	silent := &ssh.TimeoutError{After: time.Minute}
	var last time.Duration
	for range 20 {
		for _, err := range []error{gone, silent} {
			if err := w.judge(due, ui.Summary{}, err, true); err != nil {
				t.Fatal(err)
			}
			if w.retry < last || w.retry > longRetry {
				t.Errorf("after %v it rests %v", last, w.retry)
			}
			last = w.retry
		}
	}
	if want := "latus: " + gone.Error() + "\nhint: the watch goes on and tries again\n"; errs.String() != want {
		t.Errorf("it said %q, not %q", errs, want)
	}
}
