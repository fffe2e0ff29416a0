package wire

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"latus/index"
	"latus/sync/chunk"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
)

// fuzz feeds anything to a decoder. What it takes must come out of the encoder
// and the decoder again as it is.
func fuzz[T any](f *testing.F, message func(*Coder, *T)) {
	for seed := range 5 {
		x := rapid.Custom(drawn[T]).Example(seed)
		frames, err := encode(func(c *Coder) { message(c, &x) })
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Join(frames, nil))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var x, y T
		err := decode([][]byte{in}, 0, func(c *Coder) { message(c, &x) })
		if err != nil {
			if !errors.Is(err, ErrProtocol) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		frames, err := encode(func(c *Coder) { message(c, &x) })
		if err != nil {
			t.Fatal(err)
		}
		if err := decode(frames, 3, func(c *Coder) { message(c, &y) }); err != nil {
			t.Fatalf("%v: %+v", err, x)
		}
		if !reflect.DeepEqual(x, y) {
			t.Fatalf("%+v became %+v", x, y)
		}
	})
}

func FuzzGreeting(f *testing.F)   { fuzz(f, (*Coder).Greeting) }
func FuzzWelcome(f *testing.F)    { fuzz(f, (*Coder).Welcome) }
func FuzzLookQuery(f *testing.F)  { fuzz(f, (*Coder).LookQuery) }
func FuzzView(f *testing.F)       { fuzz(f, (*Coder).View) }
func FuzzDeltaQuery(f *testing.F) { fuzz(f, (*Coder).DeltaQuery) }
func FuzzDelta(f *testing.F)      { fuzz(f, (*Coder).Delta) }
func FuzzMergeQuery(f *testing.F) { fuzz(f, (*Coder).MergeQuery) }
func FuzzProposal(f *testing.F)   { fuzz(f, (*Coder).Proposal) }
func FuzzQuestions(f *testing.F)  { fuzz[[]plan.Question](f, (*Coder).Questions) }
func FuzzAnswers(f *testing.F)    { fuzz[[]peer.Answer](f, (*Coder).Answers) }
func FuzzWants(f *testing.F)      { fuzz[[]fetch.Want](f, (*Coder).Wants) }
func FuzzWatching(f *testing.F)   { fuzz(f, (*Coder).Watching) }
func FuzzChanging(f *testing.F)   { fuzz(f, (*Coder).Changing) }
func FuzzDone(f *testing.F)       { fuzz(f, (*Coder).Done) }

func FuzzResult(f *testing.F) {
	fuzz(f, func(c *Coder, o *peer.Outcome) {
		r := Result{Outcome: *o}
		c.Result(&r)
		*o = r.Outcome
	})
}

func FuzzError(f *testing.F) {
	f.Add([]byte("\x00\x05hello\x01"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var err error
		if decode([][]byte{in}, 0, func(c *Coder) { c.Error(&err) }) == nil && err == nil {
			t.Fatal("an error became none")
		}
	})
}

// FuzzIntake feeds anything where content is expected.
func FuzzIntake(f *testing.F) {
	f.Add([]byte("\x04\x02" + string(make([]byte, 32)) + "\x00\x05\xe0\xd4\x0312345678\xe0\xd4\x0312345678\xe0\xa7\x1212345678\x00"))
	f.Add([]byte("\x05\x03\x00\x02\x01\x03\x05abcde\x02\x03" + string(make([]byte, 32)) + "\x00"))
	f.Add([]byte("\x01\x00\x03abc\x02\x00" + string(make([]byte, 32)) + "\x03\x01\x00\x01x\x00\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		wants := []fetch.Want{{Size: 10}, {Size: 1 << 20, Offset: 5}, {Size: 100_000, Base: 1}, {Size: 50, Hash: index.Hash{1}, Parts: &fetch.Parts{
			Ranges: []fetch.Range{{At: 1, Len: 10}, {At: 20, Len: 20}},
			Have:   []chunk.Chunk{{Size: 1, Sum: 5}, {Size: 9, Sum: 6}, {Size: 30, Sum: 7}},
		}}}
		sink := &strict{t: t, wants: wants, got: make([]int64, len(wants)), ended: make([]bool, len(wants))}
		take := intake{sink: sink, wants: wants, got: make([]int64, len(wants)), left: len(wants)}
		err := decode([][]byte{in}, 0, func(c *Coder) { take.run(c) })
		if err == nil && slices.Contains(sink.ended, false) {
			t.Fatal("it ended too early")
		}
	})
}

// strict is a sink that minds the contract.
type strict struct {
	t     *testing.T
	wants []fetch.Want
	got   []int64
	ended []bool
}

func (s *strict) Data(n int, p []byte) error {
	s.got[n] += int64(len(p))
	if s.ended[n] || len(p) > MaxFrame || s.got[n] > s.wants[n].Coming() {
		s.t.Fatalf("data for %d: %d bytes more", n, len(p))
	}
	return nil
}

func (s *strict) Done(n int, _ index.Hash) error {
	if s.ended[n] {
		s.t.Fatalf("%d ended twice", n)
	}
	s.ended[n] = true
	return nil
}

func (s *strict) Missing(n int, why error) error {
	if why == nil {
		s.t.Fatal("missing for no reason")
	}
	return s.Done(n, index.Hash{})
}

func (s *strict) List(n int, l *fetch.List) error {
	var size int64
	for _, c := range l.Chunks {
		size += c.Size
	}
	if l.Starts {
		if s.wants[n].Start == nil || len(l.Chunks) > 0 || s.got[n] > 0 {
			s.t.Fatalf("it starts with what %d does not tell: %+v", n, l)
		}
		return s.Done(n, l.Hash)
	}
	if s.wants[n].Base == 0 || s.got[n] > 0 || size != s.wants[n].Size || l.Cut != chunk.Coarse(size, l.Cut.Blocks) {
		s.t.Fatalf("a list for %d: %+v", n, l)
	}
	return s.Done(n, l.Hash)
}

func (s *strict) Refer(n, first, count int) error {
	for _, c := range s.wants[n].Parts.Have[first : first+count] {
		s.got[n] += c.Size
	}
	if s.ended[n] || count < 1 || s.got[n] > s.wants[n].Coming() {
		s.t.Fatalf("a reference of %d to %d chunks from %d on", n, count, first)
	}
	return nil
}

var _ fetch.Patcher = (*strict)(nil)
