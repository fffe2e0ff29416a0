package ui

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"latus/sync/peer"
	"latus/sync/reason"
)

func TestManyRunsAreShownAsOne(t *testing.T) {
	var out, errs bytes.Buffer
	now := time.Date(2026, 11, 22, 13, 14, 5, 0, time.UTC)
	text := NewText(Screen{Out: &out, Err: &errs, OutTerminal: true, Width: 100}, TextOptions{
		Trees: []string{"a", "b"}, Clock: func() time.Time { return now }, Zone: time.UTC,
	})
	r := NewRepeated(text)
	locked, full := peer.Problem{Path: "f", Reason: reason.Words("locked")}, peer.Problem{Path: "g", Reason: reason.Words("full")}
	run := func(s Summary, ps ...peer.Problem) {
		for _, p := range ps {
			r.Problem(0, p)
		}
		s.Problems = len(ps)
		r.End(s)
	}
	run(Summary{})
	run(Summary{Changes: 1, Files: 2, Bytes: 3})
	run(Summary{}, locked)
	run(Summary{}, locked)
	run(Summary{Failure: &Failure{Text: "gone"}})
	run(Summary{}, locked)
	run(Summary{}, locked, full)
	run(Summary{Changes: 2}, full)
	run(Summary{})
	run(Summary{}, full)
	want := `13:14:05 in sync: 1 change (2 files, 3 B, 0.0 s)
13:14:05 incomplete: 1 problem (0 files, 0 B, 0.0 s); some paths were left, run again
13:14:05 incomplete: 2 problems (0 files, 0 B, 0.0 s); some paths were left, run again
13:14:05 incomplete: 2 changes, 1 problem (0 files, 0 B, 0.0 s); some paths were left, run again
13:14:05 incomplete: 1 problem (0 files, 0 B, 0.0 s); some paths were left, run again
`
	if out.String() != want {
		t.Errorf("it showed\n%s\nnot\n%s", &out, want)
	}
	if got := strings.Count(errs.String(), "locked"); got != 1 {
		t.Errorf("one problem is said %d times:\n%s", got, &errs)
	}
	if got := strings.Count(errs.String(), "full"); got != 2 {
		t.Errorf("one that came back is said %d times:\n%s", got, &errs)
	}
}
