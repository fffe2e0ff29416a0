package fetch

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/zeebo/blake3"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

var errGone = errors.New("connection lost")

// dying is a source that is gone after some bytes.
type dying struct {
	Source
	after int64
}

func (d *dying) Send(ctx context.Context, wants []Want, sink Sink) error {
	return d.Source.Send(ctx, wants, &limited{sink, &d.after})
}

type limited struct {
	Sink
	left *int64
}

func (l *limited) Data(n int, p []byte) error {
	if int64(len(p)) > *l.left {
		if *l.left > 0 {
			if err := l.Sink.Data(n, p[:*l.left]); err != nil {
				return err
			}
			*l.left = 0
		}
		return errGone
	}
	*l.left -= int64(len(p))
	return l.Sink.Data(n, p)
}

func (l *limited) Done(n int, h index.Hash) error {
	if *l.left == 0 {
		return errGone
	}
	return l.Sink.Done(n, h)
}

func (l *limited) Missing(n int, why error) error {
	if *l.left == 0 {
		return errGone
	}
	return l.Sink.Missing(n, why)
}

// saying is a source that has nothing but reasons.
type saying map[index.Path]error

func (s saying) Send(_ context.Context, wants []Want, sink Sink) error {
	for n, w := range wants {
		if err := sink.Missing(n, s[w.Path]); err != nil {
			return err
		}
	}
	return nil
}

// single reads one file at a time.
func (p *place) single() *Files {
	f := p.files()
	f.Readers = 1
	return f
}

// inTurn is a failover over these, the first one first.
func inTurn(sources ...Source) *failover {
	f := &failover{spoilers: &spoilers{}}
	for i, s := range sources {
		f.sources = append(f.sources, numberedSource{s, i})
	}
	return f
}

// failoverSend asks all sources for all wants.
func failoverSend(t *testing.T, wants []Want, sources ...Source) *catcher {
	t.Helper()
	s := newCatcher(t, len(wants))
	must(t, inTurn(sources...).Send(context.Background(), wants, s))
	return s
}

func TestFailoverOverWhatTheFirstLacks(t *testing.T) {
	p, q := inMemory(t), onDisk(t)
	p.mkdir("d0")
	q.mkdir("d0")
	var ws []Want
	for n := range 10 {
		at := p
		if n%3 == 0 {
			at = q
		}
		ws = append(ws, at.file(numbered(n), random(n, block*n/4)))
	}
	s := failoverSend(t, ws, p.files(), q.files())
	for n, g := range s.all() {
		data := random(n, block*n/4)
		g.is(t, data, data)
	}
	if p.finds != 10 || q.finds != 4 {
		t.Fatalf("the first was asked for %d, the second for %d", p.finds, q.finds)
	}
}

func TestFailoverGoesOnWhereTheFirstDied(t *testing.T) {
	const size = 3*block + 9
	for _, after := range []int64{0, 1, block, block + 1, size - 1, size, size + 1, 2*size - 1, 2 * size} {
		for _, offset := range []int64{0, 5, block} {
			t.Run(fmt.Sprint(after, " from ", offset), func(t *testing.T) {
				p, q := inMemory(t), inMemory(t)
				var ws []Want
				for n := range 3 {
					data := random(n, size)
					name := index.Path(fmt.Sprint("f", n))
					q.file(name, data)
					w := p.file(name, data)
					w.Offset = offset
					ws = append(ws, w)
				}
				s := failoverSend(t, ws, &dying{p.single(), after}, &dying{q.single(), 2 * block}, q.files())
				for n, g := range s.all() {
					data := random(n, size)
					g.is(t, data[offset:], data)
				}
			})
		}
	}
}

// Who died may have had it, and what has come so far is not void: another run
// can go on with it.
func TestFailoverAllDie(t *testing.T) {
	data := random(1, 4*block)
	p, q := inMemory(t), inMemory(t)
	ws := []Want{p.file("f", data), {Path: "nowhere"}}
	q.file("f", data)
	s := newCatcher(t, 2)
	none := saying{"f": ErrNoSource, "nowhere": ErrNoSource}
	err := inTurn(none, &dying{p.single(), block}, &dying{q.single(), block}, none).Send(context.Background(), ws, s)
	if err != errGone {
		t.Fatalf("%v", err)
	}
	if len(s.in[0].data) != 2*block || s.in[0].ended != 0 || s.in[1].ended != 0 {
		t.Fatalf("%d bytes, ended %d and %d times", len(s.in[0].data), s.in[0].ended, s.in[1].ended)
	}
}

func TestFailoverReasons(t *testing.T) {
	odd := errors.New("odd")
	none := saying{"f": ErrNoSource}
	for _, c := range []struct {
		why     error
		sources []Source
	}{
		{ErrNoSource, nil},
		{ErrNoSource, []Source{none, none}},
		{ErrChanged, []Source{saying{"f": ErrChanged}, none}},
		{ErrChanged, []Source{none, saying{"f": ErrChanged}, none}},
		{odd, []Source{saying{"f": odd}, saying{"f": ErrChanged}}},
	} {
		s := failoverSend(t, []Want{{Path: "f", Size: 1}}, c.sources...)
		s.all()[0].lacks(t, c.why)
	}
}

// Bytes of a file that turned out to be wrong must not be continued. Whoever asks again
// gets all of it from another.
func TestFailoverMissingAfterData(t *testing.T) {
	a := &at{op: "read", name: "f", nth: 3}
	p, q := inMemory(t, memory.WithHook(a.hook)), inMemory(t)
	a.do = func() { p.change("f", func(f tree.File) error { return f.Truncate(5) }) }
	data := random(1, 4*block)
	w := p.file("f", data)
	q.file("f", data)
	src := inTurn(p.files(), q.files())
	s := newCatcher(t, 1)
	must(t, src.Send(context.Background(), []Want{w}, s))
	s.all()[0].lacks(t, ErrElsewhere)
	s.all()[0].lacks(t, ErrChanged)
	if q.finds != 0 {
		t.Fatal("the second was asked")
	}
	s = newCatcher(t, 1)
	must(t, src.Send(context.Background(), []Want{w}, s))
	s.all()[0].is(t, data, data)
}

// When all have given wrong bytes there is nobody else, and what they said stays.
func TestFailoverAllDamaged(t *testing.T) {
	p, q := inMemory(t), inMemory(t)
	w := p.hashed("f", random(1, 4*block))
	for i, each := range []*place{p, q} {
		each.create("g", random(2+i, 4*block))
		each.note("f", "g", w.Hash)
	}
	src := inTurn(p.files(), q.files(), saying{"f": ErrNoSource})
	for n, elsewhere := range []bool{true, true, false} {
		s := newCatcher(t, 1)
		must(t, src.Send(context.Background(), []Want{w}, s))
		s.all()[0].lacks(t, ErrDamaged)
		if errors.Is(s.in[0].why, ErrElsewhere) != elsewhere {
			t.Errorf("asking %d: %v", n, s.in[0].why)
		}
	}
}

// The second has something else, and says so before it gives a byte: the third
// goes on with what the first gave.
func TestFailoverPassesOverAChangedOne(t *testing.T) {
	data := random(1, 4*block)
	p, q := inMemory(t), inMemory(t)
	w := p.file("f", data)
	q.file("f", data)
	for _, why := range []error{ErrChanged, ErrDamaged, ErrNoSource} {
		s := failoverSend(t, []Want{w}, &dying{p.single(), block + 5}, saying{"f": why}, q.files())
		s.all()[0].is(t, data, data)
	}
}

// A damaged copy of one block does no harm to a good one.
func TestFailoverOverDamage(t *testing.T) {
	data := random(1, 100)
	whole := index.Hash(blake3.Sum256(data))
	p, q := inMemory(t), inMemory(t)
	p.file("f", random(2, 100))
	p.note("f", "f", whole)
	w := q.file("f", data)
	s := failoverSend(t, []Want{w}, p.files(), q.files())
	s.all()[0].is(t, data, data)
}

func TestFailoverSinkError(t *testing.T) {
	full := errors.New("no space")
	for _, op := range []string{"data", "done", "missing"} {
		p, q := inMemory(t), inMemory(t)
		ws := []Want{p.file("f", random(1, 2*block)), {Path: "nowhere"}, q.file("g", random(2, 10))}
		s := newCatcher(t, 3)
		failed := false
		s.fail = func(did string, n int) error {
			if failed {
				t.Errorf("%s of %d after the error", did, n)
			}
			failed = failed || did == op
			if failed {
				return full
			}
			return nil
		}
		if err := inTurn(p.single(), q.single()).Send(context.Background(), ws, s); err != full {
			t.Fatalf("%s: %v", op, err)
		}
	}
}

func TestFailoverCancel(t *testing.T) {
	p, q := inMemory(t), inMemory(t)
	ws := []Want{p.file("f", random(1, 3*block))}
	q.file("f", random(1, 3*block))
	ctx, cancel := context.WithCancel(context.Background())
	s := newCatcher(t, 1)
	s.fail = func(op string, _ int) error {
		if op != "data" {
			t.Error(op)
		}
		cancel()
		return nil
	}
	if err := inTurn(p.files(), q.files()).Send(ctx, ws, s); err != context.Canceled || q.finds != 0 {
		t.Fatalf("%v, the second was asked %d times", err, q.finds)
	}
}
