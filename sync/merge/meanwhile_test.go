package merge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/plan"
	"latus/sync/tree"
)

const edited = "edited meanwhile"

// edit replaces a file as an editor does. It returns what was there.
func edit(tr tree.Tree, p index.Path) (was string, done bool) {
	d, err := tr.Open(p.Dir())
	if err != nil {
		return "", false
	}
	defer d.Close()
	f, err := d.Create("editor's", 0o644)
	if err != nil {
		return "", false
	}
	io.WriteString(f, edited)
	f.Close()
	const aside, created = "editor's backup", "editor's"
	if err := d.Rename(p.Base(), d, aside); err == nil {
		was, _ = d.Readlink(aside)
		if old, err := d.Read(aside); err == nil {
			b, _ := io.ReadAll(old)
			was = string(b)
			old.Close()
		}
		if d.Remove(aside) != nil {
			d.Rename(aside, d, p.Base()) // a directory
		}
	}
	if d.Rename(created, d, p.Base()) != nil {
		d.Remove(created)
		return was, false
	}
	return was, true
}

// TestEditedMeanwhile lets somebody replace a file right before each call that
// changes something: whatever comes of it, his version is not touched.
func TestEditedMeanwhile(t *testing.T) {
	s := everything()
	at := map[index.Path][]index.Path{ // where the edit may end up
		"updated": nil, "gone": nil, "touched": nil, "mode": nil, "over": nil, "link": nil, "link-of": nil,
		"unlinked": nil, "new": nil, "fought": nil, "locked/in": nil, "copied": nil, "was-file": nil,
		"moved-from": {"moved-to"}, "ring1": {"ring3"}, "ring2": {"ring1"}, "self": {"self/self"},
		"dir/a": {"moved/a"}, "dir/sub/b": {"moved/sub/b"},
	}
	for name, options := range variants() {
		base := started(t, s, options...)
		total := changes(t, s, base)
		for p, elsewhere := range at {
			for n := range sample(total, 40) {
				var m *tree.Memory
				var was string
				done := false
				m = base.Clone(tree.WithHook(func(c tree.Call) error {
					if c.Change == n {
						was, done = edit(m.User(), p)
					}
					return nil
				}))
				if _, err := attempt(t, s, m, "run"); err != nil {
					t.Fatal(err)
				}
				if !done {
					continue
				}
				m.Restart()
				w := open(t, s, m, m.User())
				now := files(t, m, "")
				if !slices.ContainsFunc(append(elsewhere, p), func(q index.Path) bool { return now[q].text == edited }) {
					t.Fatalf("%s: %s, edited before call %d, is %+v", name, p, n, now[p])
				}
				w.checkKeptBut(now, was)
				w.close()
			}
		}
	}
}

// sending is a source with a mishap before want n is sent.
type sending struct {
	texts
	n    int
	data bool // after some of its data came
	do   func(sink fetch.Sink, n int) error
}

func (s sending) Send(ctx context.Context, wants []fetch.Want, sink fetch.Sink) error {
	for n := range wants {
		if n == s.n {
			if text, _ := s.of(wants[n]); s.data {
				if err := sink.Data(n, []byte(text[wants[n].Offset:len(text)/2])); err != nil {
					return err
				}
			}
			if err := s.do(sink, n); err != nil {
				return err
			}
			continue
		}
		if err := s.texts.Send(ctx, wants[n:n+1], shifted{sink, n}); err != nil {
			return err
		}
	}
	return nil
}

type shifted struct {
	fetch.Sink
	n int
}

func (s shifted) Data(_ int, p []byte) error     { return s.Sink.Data(s.n, p) }
func (s shifted) Done(_ int, h index.Hash) error { return s.Sink.Done(s.n, h) }
func (s shifted) Missing(_ int, why error) error { return s.Sink.Missing(s.n, why) }

func arrivals() *story {
	return &story{
		was: state{"old": file("old"), "d": dir(), "d/x": file("x")},
		shall: state{
			"a": file("small"), "big": file(strings.Repeat("0123456789", 100_000)), "old": file("new"), "z": file("last"),
		},
	}
}

// runAgain runs once more, with nothing in the way.
func runAgain(t *testing.T, w *world) *Result {
	t.Helper()
	res, err := w.apply("again")
	must(t, err)
	if len(res.Problems) > 0 {
		t.Fatal(res.Problems)
	}
	w.checkDone()
	return res
}

func wantOf(p *plan.Plan, path index.Path) int {
	return slices.IndexFunc(p.Wants, func(w plan.Want) bool { return w.Path == path })
}

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

func TestConnectionLost(t *testing.T) {
	w := begun(t, arrivals())
	gone := errors.New("connection lost")
	j := w.job("run")
	j.Source = sending{w.source(), wantOf(j.Plan, "big"), true, func(fetch.Sink, int) error { return gone }}
	res, err := Apply(context.Background(), j)
	must(t, err)
	for _, p := range res.Problems {
		if p.Reason != "connection lost" {
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
			write(t, d, stagedName(want.Path, want.Gen), file(text))
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
			if left := files(t, w.seen, staging); len(left) > 0 {
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
		if !strings.Contains(p.Reason, "no space left") {
			t.Fatal(res.Problems)
		}
	}
	w.checkCalm()
	m.SetSpace(-1)
	runAgain(t, w)
}

func TestIgnoredKeepsDirectory(t *testing.T) {
	for _, ignored := range []bool{true, false} {
		w := begun(t, &story{was: state{"d": dir(), "d/x": file("x")}, shall: state{}})
		j := w.job("run")
		put(t, w.seen, "d/other", file("not in the index"))
		j.Ignored = func(p index.Path, isDir bool) bool { return ignored && p == "d/other" && !isDir }
		res, err := Apply(context.Background(), j)
		must(t, err)
		if problem := len(res.Problems) > 0; problem == ignored {
			t.Fatal(ignored, res.Problems)
		}
		if now := files(t, w.seen, ""); now["d/other"].text == "" || len(now) != 2 {
			t.Fatal(now)
		}
	}
}

// TestSharedWant: two versions need the same content, which comes once.
func TestSharedWant(t *testing.T) {
	w := begun(t, &story{was: state{}, shall: state{"a": file("same"), "b": file("same").with(0o600).aged(3)}})
	j := w.job("run")
	p := *j.Plan
	for i := range p.Actions {
		p.Actions[i].Op, p.Actions[i].From, p.Actions[i].Want = plan.Create, "", 0
	}
	j.Plan = &p
	res, err := Apply(context.Background(), j)
	must(t, err)
	if len(res.Problems) > 0 || res.Bytes != 4 {
		t.Fatal(res)
	}
	w.checkDone()
}

func TestToldInOrder(t *testing.T) {
	w := begun(t, everything())
	p := w.plan()
	_, err := w.apply("run")
	must(t, err)
	var want []string
	for _, a := range p.Actions {
		want = append(want, fmt.Sprint(a.Op, " ", a.Path))
	}
	if !slices.Equal(w.said, want) {
		t.Fatalf("told  %v\nplan %v", w.said, want)
	}
}

func TestCleanKeepsWhatWasLifted(t *testing.T) {
	w := begun(t, &story{})
	d := openStageOf(t, w.tree)
	defer d.Close()
	for _, name := range []string{liftName("run", 1), localName("run", 2), stagedName("p", index.GenID{Tag: 1})} {
		write(t, d, name, file("x"))
	}
	must(t, d.Mkdir(localName("run", 3), 0o700))
	must(t, Clean(w.tree))
	if left := files(t, w.seen, staging); len(left) != 1 {
		t.Fatal(left)
	}
}
