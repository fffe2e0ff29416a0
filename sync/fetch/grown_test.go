package fetch

import (
	"errors"
	"testing"

	"latus/index"
	"latus/sync/digest"
)

// answer is what a source says of one want that has a Base.
type answer struct {
	list *List
	why  error
}

func (a *answer) Data(int, []byte) error         { return errors.New("data") }
func (a *answer) Done(int, index.Hash) error     { return errors.New("done") }
func (a *answer) Refer(int, int, int) error      { return errors.New("a reference") }
func (a *answer) List(_ int, l *List) error      { a.list = l; return nil }
func (a *answer) Missing(_ int, why error) error { a.why = why; return nil }

// A content that only grew is told apart from one that has the same end, or the same
// length, or is damaged: of that nothing is learnt.
func TestGrown(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		data := random(1, 3<<20)
		old := data[:1<<20+17]
		start := StartOf(digest.Of(old), old[len(old)-StartTail:])
		tail := data[len(old)-StartTail : len(old)]
		for _, c := range []struct {
			name    string
			base    int
			start   *Start
			hash    index.Hash // wanted
			starts  bool
			learned bool
			why     error
		}{
			{"it grew", len(old), start, index.Hash{}, true, true, nil},
			{"it grew, as was known", len(old), start, digest.Of(data), true, true, nil},
			{"another head", len(old), StartOf(index.Hash{1}, tail), index.Hash{}, false, true, nil},
			{"another end", len(old), StartOf(digest.Of(old), tail[:9]), index.Hash{}, false, true, nil},
			{"nothing is told", len(old), nil, index.Hash{}, false, true, nil},
			{"it is damaged", len(old), start, index.Hash{1}, false, false, ErrDamaged},
			{"it did not grow", len(data), StartOf(digest.Of(data), data[len(data)-StartTail:]), index.Hash{}, false, true, nil},
		} {
			w := p.file("f", data)
			w.Base, w.Start, w.Hash = int64(c.base), c.start, c.hash
			var a answer
			f, learned := p.files(), false
			f.Learned = func(Want, index.Hash) { learned = true }
			must(t, f.Send(t.Context(), []Want{w}, &a))
			if !errors.Is(a.why, c.why) || learned != c.learned || c.why == nil && (a.list.Starts != c.starts || a.list.Hash != digest.Of(data) || a.list.Starts != (len(a.list.Chunks) == 0)) {
				t.Errorf("%s: %+v, learned %v, %v", c.name, a.list, learned, a.why)
			}
			p.remove("f")
		}
	})
}
