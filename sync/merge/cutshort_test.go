package merge

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"latus/sync/fetch"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/stage"
)

func begun(t *testing.T, s *story) *world {
	m := started(t, s)
	w := open(t, s, m, m.User())
	t.Cleanup(w.close)
	return w
}

func TestCancelled(t *testing.T) {
	w := begun(t, arrivals())
	ctx, cancel := context.WithCancel(context.Background())
	j := w.job("run")
	j.Source = sending{w.source(), wantOf(j.Plan, "big"), true, func(fetch.Sink, int) error {
		cancel()
		return ctx.Err()
	}}
	res, err := Apply(ctx, j)
	if !errors.Is(err, context.Canceled) || len(res.Problems) > 0 {
		t.Fatal(err, res.Problems)
	}
	w.checkWhole()
	w.checkCalm()
	if now := files(t, w.seen, ""); now["d/x"].text != "x" {
		t.Fatal("deleted before what comes first in the plan was there")
	}
	if res := runAgain(t, w); res.Saved["resume"] != 500_000 {
		t.Fatalf("saved %v", res.Saved)
	}
}

// A run in which nobody has the content leaves what was fetched of it for one in which
// somebody does.
func TestFetchedIsKeptWhileAwaited(t *testing.T) {
	w := begun(t, arrivals())
	gone := errors.New("connection lost")
	j := w.job("run")
	j.Source = sending{w.source(), wantOf(j.Plan, "big"), true, func(fetch.Sink, int) error { return gone }}
	_, err := Apply(context.Background(), j)
	must(t, err)

	j = w.job("without")
	j.Plan.Wants, j.Wants = nil, nil
	j.Plan.Actions = slices.DeleteFunc(j.Plan.Actions, func(a plan.Action) bool { return a.Want >= 0 })
	_, err = Apply(context.Background(), j)
	must(t, err)
	must(t, stage.Clean(w.tree, w.x))
	if res := runAgain(t, w); res.Saved["resume"] != 500_000 {
		t.Fatalf("saved %v", res.Saved)
	}
	must(t, stage.Clean(w.tree, w.x))
	d := openStageOf(t, w.tree)
	defer d.Close()
	if names, err := d.List(); err != nil || len(names) > 0 {
		t.Fatal("left in staging:", names, err)
	}
}

// nobody is a source that has nothing.
type nobody struct{}

func (nobody) Send(_ context.Context, wants []fetch.Want, sink fetch.Sink) error {
	for n := range wants {
		if err := sink.Missing(n, fetch.ErrNoSource); err != nil {
			return err
		}
	}
	return nil
}

// Where nobody has the content any more, what was fetched of it stays; all of it, and as
// its hash says, is as good as a source.
func TestFetchedButNobodyHasIt(t *testing.T) {
	big := arrivals().shall["big"].text
	for name, c := range map[string]struct {
		there string
		comes bool
		left  int64
	}{
		"half": {big[:500_000], false, 500_000}, "all": {big, true, 0}, "garbage": {strings.Repeat("x", len(big)), false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := begun(t, arrivals())
			d := openStageOf(t, w.tree)
			defer d.Close()
			p := w.plan()
			want := p.Wants[wantOf(p, "big")]
			write(t, d, stage.ContentName(want.Path, want.Gen), file(c.there))
			j := w.job("run")
			j.Source = nobody{}
			res, err := Apply(context.Background(), j)
			must(t, err)
			said := slices.ContainsFunc(res.Problems, func(p Problem) bool { return p.Path == "big" })
			if came := files(t, w.seen, "")["big"].text == big; came != c.comes || said == c.comes {
				t.Errorf("came: %v, problems %v", came, res.Problems)
			}
			w.checkWhole()
			left := int64(0)
			for _, w := range stage.Resume(w.tree, w.plan().Wants) {
				left += w.Offset
			}
			if left != c.left {
				t.Errorf("%d bytes left", left)
			}
			runAgain(t, w)
		})
	}
}

func TestConnectionLost(t *testing.T) {
	w := begun(t, arrivals())
	gone := errors.New("connection lost")
	j := w.job("run")
	j.Source = sending{w.source(), wantOf(j.Plan, "big"), true, func(fetch.Sink, int) error { return gone }}
	res, err := Apply(context.Background(), j)
	must(t, err)
	for _, p := range res.Problems {
		if p.Reason != reason.Words("connection lost") {
			t.Fatal(res.Problems)
		}
	}
	if now := files(t, w.seen, ""); now["a"].text != "small" || len(now["big"].text) > 0 || len(res.Problems) == 0 {
		t.Fatal("not what came, and nothing else", res.Problems)
	}
	w.checkCalm()
	if res := runAgain(t, w); res.Saved["resume"] != 500_000 {
		t.Fatalf("saved %v", res.Saved)
	}
}

func TestPartialIsWrong(t *testing.T) {
	for name, text := range map[string]string{
		"garbage": strings.Repeat("x", 500_000), "all of it": strings.Repeat("x", 1_000_000), "too long": strings.Repeat("x", 1_000_001),
	} {
		t.Run(name, func(t *testing.T) {
			w := begun(t, arrivals())
			d := openStageOf(t, w.tree)
			defer d.Close()
			p := w.plan()
			want := p.Wants[wantOf(p, "big")]
			write(t, d, stage.ContentName(want.Path, want.Gen), file(text))
			runAgain(t, w)
		})
	}
}

func TestWrongContent(t *testing.T) {
	for name, do := range map[string]func(fetch.Sink, int) error{
		"other bytes": func(s fetch.Sink, n int) error {
			return errors.Join(s.Data(n, []byte("SMALL")), s.Done(n, hash("SMALL")))
		},
		"damaged on the way": func(s fetch.Sink, n int) error {
			return errors.Join(s.Data(n, []byte("smAll")), s.Done(n, hash("small")))
		},
		"too long": func(s fetch.Sink, n int) error {
			return errors.Join(s.Data(n, []byte("small and more")), s.Done(n, hash("small")))
		},
		"too short": func(s fetch.Sink, n int) error {
			return errors.Join(s.Data(n, []byte("smal")), s.Done(n, hash("smal")))
		},
		"nothing":  func(s fetch.Sink, n int) error { return s.Done(n, hash("")) },
		"missing":  func(s fetch.Sink, n int) error { return s.Missing(n, fetch.ErrChanged) },
		"no words": func(s fetch.Sink, n int) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			w := begun(t, arrivals())
			j := w.job("run")
			j.Source = sending{w.source(), wantOf(j.Plan, "a"), false, do}
			res, err := Apply(context.Background(), j)
			must(t, err)
			if len(res.Problems) != 1 || res.Problems[0].Path != "a" || len(res.Failed) != 1 {
				t.Fatal(res.Problems)
			}
			if left := files(t, w.seen, stage.Path); len(left) > 0 {
				t.Fatal("left in staging")
			}
			w.checkCalm()
			runAgain(t, w)
		})
	}
}

func TestNoSpace(t *testing.T) {
	s := arrivals()
	m := started(t, s)
	w := open(t, s, m, m.User())
	defer w.close()
	m.SetSpace(300_000)
	res, err := w.apply("run")
	must(t, err)
	// The small one may come too late for the rest, too.
	if !slices.ContainsFunc(res.Problems, func(p Problem) bool { return p.Path == "big" }) {
		t.Fatal(res.Problems)
	}
	for _, p := range res.Problems {
		if p.Reason.Code != reason.NoSpace {
			t.Fatal(res.Problems)
		}
	}
	w.checkCalm()
	m.SetSpace(-1)
	runAgain(t, w)
}
