package fetch

import (
	"context"
	"slices"
	"testing"

	"latus/index"
	"latus/sync/digest"
)

// What was read before anybody asked is answered as if it were read now, and without
// reading anything: the file may be gone by then.
func TestPrepared(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		data := random(1, 3<<20)
		grown, other := data[:1<<20+17], random(2, 2<<20)
		startOf := func(old []byte) *Start { return StartOf(digest.Of(old), old[len(old)-StartTail:]) }
		for _, c := range []struct {
			name  string
			was   int        // the size that Prepare is told
			grown index.Hash // and the hash
			base  []byte
			start *Start
			hash  index.Hash // wanted
			read  bool       // again
		}{
			{"another of the same size", len(data), index.Hash{}, data, nil, index.Hash{}, false},
			{"a longer one", len(other), index.Hash{}, other, startOf(other), index.Hash{}, false},
			{"a shorter one", 9 << 20, index.Hash{}, make([]byte, 9<<20), nil, digest.Of(data), false},
			{"it grew", len(grown), index.Hash{}, grown, startOf(grown), digest.Of(data), false},
			{"it grew more than was known here", len(other), index.Hash{}, grown, startOf(grown), index.Hash{}, false},
			{"it grew, as was likely", len(grown), digest.Of(grown), grown, startOf(grown), digest.Of(data), false},
			{"it was likely to have grown, but is another", len(other), digest.Of(other), other, startOf(other), index.Hash{}, false},
			{"it grew, and the other has another", len(grown), digest.Of(grown), other, nil, index.Hash{}, true},
			{"a copy of something, so it seemed", 0, index.Hash{}, grown, nil, index.Hash{}, true},
			{"the same size as the other's, not as the one here", len(other), index.Hash{}, data, nil, index.Hash{}, true},
			{"another is wanted", len(data), index.Hash{}, data, nil, index.Hash{1}, true},
		} {
			ask := func(early *Prepared) (a answer, learned []index.Hash) {
				w := p.found["f"]
				f := p.files()
				f.Learned = func(_ Want, h index.Hash) { learned = append(learned, h) }
				f.Early = func(_ context.Context, at Content) *Prepared {
					if at != w {
						t.Errorf("%s: asked for %+v", c.name, at)
					}
					return early
				}
				must(t, f.Send(t.Context(), []Want{{Path: "f", Size: int64(len(data)), Base: int64(len(c.base)), Start: c.start, Hash: c.hash}}, &a))
				return a, learned
			}
			p.file("f", data)
			early, err := Prepare(t.Context(), p.tree, p.found["f"], Before{int64(c.was), c.grown})
			must(t, err)
			now, taught := ask(nil)
			p.remove("f")
			then, learned := ask(early)
			switch {
			case c.read && then.why == nil:
				t.Errorf("%s: answered by %+v", c.name, then.list)
			case c.read:
			case then.list == nil:
				t.Errorf("%s: %v", c.name, then.why)
			case then.list.Hash != digest.Of(data) || !slices.Equal(learned, taught):
				t.Errorf("%s: hash %s, learned %v and not %v", c.name, then.list.Hash, learned, taught)
			case then.list.Starts != now.list.Starts && c.was == len(c.base) || then.list.Cut != now.list.Cut && !now.list.Starts || !slices.Equal(then.list.Chunks, now.list.Chunks) && !now.list.Starts:
				t.Errorf("%s: cut %+v, and %+v now", c.name, then.list.Cut, now.list.Cut)
			}
		}
	})
}

// A hash that is asked for is the one that was read, and only of what was.
func TestPreparedHash(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		data := random(1, 1<<20)
		w := p.file("f", data)
		early, err := Prepare(t.Context(), p.tree, p.found["f"], Before{Size: int64(len(data))})
		must(t, err)
		p.remove("f")
		f := p.files()
		f.Early = func(context.Context, Content) *Prepared { return early }
		if h, err := f.Hash(t.Context(), w); err != nil || h != digest.Of(data) {
			t.Errorf("%s, %v", h, err)
		}
		w.Hash = index.Hash{1}
		if _, err := f.Hash(t.Context(), w); err == nil {
			t.Error("the wrong hash was not noticed")
		}
	})
}

// A file that is not as it was found is not prepared.
func TestPrepareWhatChanged(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		p.file("f", random(1, 1<<20))
		p.touch("f")
		if _, err := Prepare(t.Context(), p.tree, p.found["f"], Before{}); err == nil {
			t.Error("prepared")
		}
		p.remove("f")
		if _, err := Prepare(t.Context(), p.tree, p.found["f"], Before{}); err == nil {
			t.Error("prepared what is gone")
		}
	})
}
