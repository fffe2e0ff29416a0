package merge

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"latus/index"
	"latus/sync/digest"
	"latus/sync/fetch"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

func noise(seed byte, n int) string {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return string(b)
}

// far is a source behind a wire, with what a story says.
type far struct {
	files *fetch.Files
	asked [][]fetch.Want
	came  atomic.Int64

	forgets bool // says nothing of parts

	onList  func(*fetch.List)   // changes a list on its way
	onParts func(sink *counted) // before parts are sent
	onData  func(n int, p []byte) []byte
}

func newFar(t testing.TB, s *story) *far {
	m := memory.New()
	for _, p := range s.shall.sorted() {
		put(t, m, p, s.shall[p])
	}
	return &far{files: &fetch.Files{Tree: m, Find: func(w fetch.Want) (fetch.Content, bool) {
		i := stat(t, m, w.Path)
		return fetch.Content{At: w.Path, Witness: i.Witness}, true
	}}}
}

func (f *far) Far() bool { return true }

func (f *far) Send(ctx context.Context, wants []fetch.Want, sink fetch.Sink) error {
	f.asked = append(f.asked, wants)
	if f.forgets && wants[0].Parts != nil {
		return nil
	}
	c := &counted{Patcher: sink.(fetch.Patcher), f: f}
	if wants[0].Parts != nil && f.onParts != nil {
		f.onParts(c)
	}
	return f.files.Send(ctx, wants, c)
}

// counted passes on what comes.
type counted struct {
	fetch.Patcher
	f *far
}

func (c *counted) Data(n int, p []byte) error {
	c.f.came.Add(int64(len(p)))
	if c.f.onData != nil {
		p = c.f.onData(n, p)
	}
	return c.Patcher.Data(n, p)
}

func (c *counted) List(n int, l *fetch.List) error {
	if c.f.onList != nil {
		c.f.onList(l)
	}
	return c.Patcher.List(n, l)
}

// deltaJob is the job of w, with the old versions as bases.
func (w *world) deltaJob(run string, src fetch.Source) Job {
	j := w.job(run)
	j.Source = src
	for i := range j.Wants {
		var bases []fetch.Content
		if e := w.x.Get(j.Wants[i].Path); e != nil && e.Witness.Size > 0 && j.Wants[i].Size >= fetch.LeastDelta {
			bases = []fetch.Content{{At: e.Path, Witness: e.Witness}}
			j.Wants[i].Base = e.Witness.Size
		}
		j.Bases = append(j.Bases, bases)
	}
	return j
}

func edits() *story {
	a, b, c := noise(1, 600_000), noise(2, 300_000), noise(3, 400_000)
	zeros := strings.Repeat("\x00", 300_000)
	return &story{
		was: state{
			"appended": file(a), "inserted": file(b), "shortened": file(c), "small": file("old"), "other": file(noise(4, 200_000)),
			"holes": file(a[:200_000]),
		},
		shall: state{
			"appended": file(a + "and more"), "inserted": file(b[:100_000] + "in the midst" + b[100_000:]), "shortened": file(c[:150_000]),
			"small": file("new"), "other": file(noise(5, 210_000)), "new": file(noise(6, 100_000)),
			"holes": file(a[:100_000] + zeros + a[100_000:200_000] + zeros),
		},
	}
}

// changed is how many bytes of the edits cannot be here.
const changed = 3 + 8 + 12 + 210_000 + 100_000

func onBoth(t *testing.T, test func(t *testing.T, tr tree.Tree)) {
	t.Run("memory", func(t *testing.T) { test(t, memory.New()) })
	t.Run("disk", func(t *testing.T) { test(t, disk(t)) })
}

func TestDelta(t *testing.T) {
	onBoth(t, func(t *testing.T, tr tree.Tree) {
		s := edits()
		begin(t, s, tr)
		w := open(t, s, tr, tr)
		defer w.close()
		src := newFar(t, s)
		res, err := Apply(context.Background(), w.deltaJob("run", src))
		must(t, err)
		if len(res.Problems) > 0 {
			t.Fatal(res.Problems)
		}
		w.checkDone()
		// Around each edit a few chunks come again; zeros come as they are.
		if len(src.asked) != 2 || src.came.Load() > changed+2*300_000+40_000 {
			t.Errorf("it was asked %d times, and sent %d bytes", len(src.asked), src.came.Load())
		}
		total := int64(0)
		for _, p := range s.shall.sorted() {
			total += int64(len(s.shall[p].text))
		}
		if res.Bytes != src.came.Load() || res.Bytes+res.Saved["delta"] != total {
			t.Errorf("%d bytes, and %d saved, of %d", res.Bytes, res.Saved["delta"], total)
		}
	})
}

// Where no wire is crossed, files come whole.
func TestNoDeltaNearby(t *testing.T) {
	s, tr := edits(), memory.New()
	begin(t, s, tr)
	w := open(t, s, tr, tr)
	defer w.close()
	src := newFar(t, s)
	res, err := Apply(context.Background(), w.deltaJob("run", struct{ fetch.Source }{src}))
	must(t, err)
	w.checkDone()
	if len(src.asked) != 1 || len(res.Problems) > 0 || res.Saved["delta"] != 0 {
		t.Errorf("it was asked %d times, %v", len(src.asked), res.Saved)
	}
}

// Whatever goes wrong with what is here, or with sums, the file comes whole.
func TestDeltaFallsBack(t *testing.T) {
	cases := map[string]func(t *testing.T, w *world, src *far){
		"chunks that are not what their sums say": func(t *testing.T, w *world, src *far) {
			src.onList = func(l *fetch.List) {
				for i := range l.Chunks {
					l.Chunks[i] = l.Chunks[0]
				}
			}
		},
		"a list of nothing": func(t *testing.T, w *world, src *far) {
			src.onList = func(l *fetch.List) { l.Chunks = nil }
		},
		"the old version is edited meanwhile": func(t *testing.T, w *world, src *far) {
			src.onParts = func(*counted) {
				d, err := w.seen.Open("")
				must(t, err)
				defer d.Close()
				must(t, d.Chtime("other", 5))
			}
		},
		"a reference to nothing": func(t *testing.T, w *world, src *far) {
			src.onParts = func(c *counted) { must(t, c.Refer(0, 1<<20, 1)) }
		},
		"too much": func(t *testing.T, w *world, src *far) {
			src.onParts = func(c *counted) { must(t, c.Patcher.Data(0, make([]byte, 1<<20))) }
		},
		"other bytes": func(t *testing.T, w *world, src *far) {
			var once atomic.Bool // several readers send
			src.onData = func(n int, p []byte) []byte {
				if len(src.asked) == 2 && once.CompareAndSwap(false, true) {
					return make([]byte, len(p))
				}
				return p
			}
		},
		"parts that are forgotten": func(t *testing.T, w *world, src *far) { src.forgets = true },
		"parts that are gone": func(t *testing.T, w *world, src *far) {
			src.onParts = func(c *counted) {
				find := src.files.Find
				src.files.Find = func(q fetch.Want) (fetch.Content, bool) {
					if q.Parts != nil {
						return fetch.Content{}, false
					}
					return find(q)
				}
			}
		},
	}
	for name, arrange := range cases {
		t.Run(name, func(t *testing.T) {
			s, tr := edits(), memory.New()
			begin(t, s, tr)
			w := open(t, s, tr, tr)
			defer w.close()
			src := newFar(t, s)
			arrange(t, w, src)
			res, err := Apply(context.Background(), w.deltaJob("run", src))
			must(t, err)
			if name == "the old version is edited meanwhile" {
				// It came whole, and then the edit was seen and left alone.
				if len(res.Problems) != 1 || res.Problems[0].Path != "other" {
					t.Error(res.Problems)
				}
				w.checkWhole()
				return
			}
			if len(res.Problems) > 0 {
				t.Fatal(res.Problems)
			}
			w.checkDone()
			if last := src.asked[len(src.asked)-1]; len(src.asked) < 2 || last[0].Base != 0 || last[0].Parts != nil {
				t.Errorf("it was asked %d times", len(src.asked))
			}
		})
	}
}

// What a cancelled run had put together the next one goes on with.
func TestDeltaGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, tr tree.Tree) {
		head, tail := noise(1, 2<<20), noise(2, 2<<20)
		s := &story{was: state{"f": file(head)}, shall: state{"f": file(head + tail)}}
		begin(t, s, tr)
		w := open(t, s, tr, tr)
		src := newFar(t, s)
		ctx, cancel := context.WithCancel(context.Background())
		src.onData = func(n int, p []byte) []byte {
			if src.came.Load() > 1<<20 {
				cancel()
			}
			return p
		}
		if _, err := Apply(ctx, w.deltaJob("run1", src)); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		w.checkWhole()
		w.close()
		w = open(t, s, tr, tr)
		defer w.close()
		must(t, w.recover())
		again := newFar(t, s)
		res, err := Apply(context.Background(), w.deltaJob("run2", again))
		must(t, err)
		w.checkDone()
		if again.came.Load() > 5<<18 || res.Saved["resume"] < 3<<20-1<<18 || res.Bytes+res.Saved["resume"]+res.Saved["delta"] != 4<<20 {
			t.Errorf("%d bytes came, saved %v", again.came.Load(), res.Saved)
		}
	})
}

// Old contents at several places make one new.
func TestDeltaOfSeveral(t *testing.T) {
	a, b := noise(1, 300_000), noise(2, 300_000)
	s := &story{was: state{"a": file(a), "b": file(b)}, shall: state{"a": file(a), "b": file(b), "both": file(b + "x" + a)}}
	tr := memory.New()
	begin(t, s, tr)
	w := open(t, s, tr, tr)
	defer w.close()
	src := newFar(t, s)
	j := w.deltaJob("run", src)
	j.Wants[0].Base = int64(len(a))
	for _, p := range []index.Path{"a", "b"} {
		j.Bases[0] = append(j.Bases[0], fetch.Content{At: p, Witness: w.x.Get(p).Witness})
	}
	_, err := Apply(context.Background(), j)
	must(t, err)
	w.checkDone()
	if src.came.Load() > 3*64<<10 {
		t.Errorf("%d bytes came", src.came.Load())
	}
}

// What only grew is told by its end and its hash: nothing is cut, and only what was
// appended comes. Should the source be wrong about it, all of it comes.
func TestDeltaOfWhatGrew(t *testing.T) {
	was, more := noise(1, 2<<20+5), noise(2, 300_000)
	for _, c := range []struct {
		name   string
		shall  string
		lies   bool
		starts bool
		most   int
	}{
		{"appended", was + more, false, true, len(more)},
		{"appended, and its end is another", was[:2<<20] + more, false, false, len(more) + 100_000},
		{"appended, and its head is another", more[:5] + was[5:] + more, false, false, len(more) + 100_000},
		{"a source that is wrong", more + was[5:] + more, true, true, 2 * (2*len(more) + len(was))},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, tr tree.Tree) {
				s := &story{was: state{"f": file(was)}, shall: state{"f": file(c.shall)}}
				begin(t, s, tr)
				w := open(t, s, tr, tr)
				defer w.close()
				src, starts := newFar(t, s), false
				src.onList = func(l *fetch.List) {
					if c.lies {
						*l = fetch.List{Hash: l.Hash, Starts: true}
					}
					starts = l.Starts
				}
				j := w.deltaJob("run", src)
				j.Wants[0].Start = fetch.StartOf(digest.Of([]byte(was)), []byte(was[len(was)-fetch.StartTail:]))
				_, err := Apply(context.Background(), j)
				must(t, err)
				w.checkDone()
				if starts != c.starts || src.came.Load() > int64(c.most) {
					t.Errorf("starts %v, %d bytes came", starts, src.came.Load())
				}
			})
		})
	}
}
