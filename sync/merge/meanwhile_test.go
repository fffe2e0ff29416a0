package merge

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/plan"
	"latus/sync/stage"
	"latus/sync/tree"
	"latus/sync/tree/memory"
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
		"dir/a": {"moved/a"}, "dir/sub/b": {"moved/sub/b"}, "pack/a": nil, "pack/in/d": nil,
	}
	for name, options := range variants() {
		base := started(t, s, options...)
		total := changes(t, s, base)
		for p, elsewhere := range at {
			for n := range sample(total, 40) {
				var m *memory.Tree
				var was string
				done := false
				m = base.Clone(memory.WithHook(func(c memory.Call) error {
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
	for _, name := range []string{liftName("run", 1), stage.LocalName("run", "", 2), stage.ContentName("p", index.GenID{Tag: 1})} {
		write(t, d, name, file("x"))
	}
	must(t, d.Mkdir(stage.LocalName("run", "", 3), 0o700))
	must(t, stage.Clean(w.tree, w.x))
	if left := files(t, w.seen, stage.Path); len(left) != 1 {
		t.Fatal(left)
	}
}
