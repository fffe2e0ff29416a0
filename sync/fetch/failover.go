package fetch

import (
	"context"
	"errors"
	"slices"
	"sync"

	"latus/index"
)

// failover is a Source over several: what the first does not have, or no longer
// gives because it is gone, is asked of the next, from the byte where the last one
// stopped. It is gone itself if one that is gone might have had what no other has.
// What one began to give and found to be wrong is ErrElsewhere: when it is asked for
// again, it comes from another.
type failover struct {
	sources  []numberedSource
	spoilers *spoilers
}

// numberedSource is a source and the number under which the spoilers know it.
type numberedSource struct {
	Source
	number int
}

// Far tells whether whatever is asked, a wire is crossed.
func (f *failover) Far() bool {
	for _, s := range f.sources {
		if !Far(s.Source) {
			return false
		}
	}
	return true
}

func (f *failover) Send(ctx context.Context, wants []Want, sink Sink) error {
	r := newRelay(f, sink, wants)
	var gone error
	for i, src := range f.sources {
		if len(r.left) == 0 {
			return nil
		}
		some := r.ask(i)
		if len(some) == 0 {
			continue
		}
		err := src.Send(ctx, some, r)
		if fail := r.failed(); fail != nil {
			return fail
		}
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			gone = err
		}
		if fail := r.over(err); fail != nil {
			return fail
		}
	}
	lost := false
	for _, n := range r.left {
		s := &r.states[n]
		if s.lost {
			lost = true
		} else if err := sink.Missing(n, s.why); err != nil {
			return err
		}
	}
	if lost {
		return gone
	}
	return nil
}

// relay passes content on to a sink under the numbers that the sink knows, and
// remembers how far each one got.
type relay struct {
	from   *failover
	wants  []Want
	sink   Sink
	patch  Patcher // the sink, if it is one
	states []state
	left   []int // wants that have not ended
	asked  []int // those of them that the present source is asked for
	src    int   // the present source

	mu   sync.Mutex
	fail error // the sink's
}

// state is what has become of one want.
type state struct {
	at, from int64 // bytes passed on, now and when the present source was asked
	ended    bool
	parts    bool  // cannot be gone on with by another source
	answered bool  // the present source does not have it
	lost     bool  // a source was gone before it answered
	why      error // why it is missing, so far as was said
}

func newRelay(f *failover, sink Sink, wants []Want) *relay {
	r := &relay{from: f, wants: wants, sink: sink, states: make([]state, len(wants)), left: make([]int, len(wants))}
	r.patch, _ = sink.(Patcher)
	for n := range r.left {
		r.left[n] = n
		r.states[n].why = f.spoilers.why(&wants[n])
		r.states[n].parts = wants[n].Parts != nil
	}
	return r
}

// ask is what source src is to be asked for.
func (r *relay) ask(src int) (some []Want) {
	r.src, r.asked = src, r.asked[:0]
	for _, n := range r.left {
		w := r.wants[n]
		if r.from.spoilers.bars(&w, r.from.sources[src].number) {
			continue
		}
		s := &r.states[n]
		s.from, s.answered = s.at, false
		w.Offset += s.at
		if s.at > 0 || r.patch == nil {
			w.Base = 0 // what was begun whole goes on so
		}
		some, r.asked = append(some, w), append(r.asked, n)
	}
	return some
}

// over takes stock after a source returned. Its own error is the sink's.
func (r *relay) over(gone error) error {
	for _, n := range r.asked {
		switch s := &r.states[n]; {
		case s.ended:
		case s.parts && s.at > 0:
			s.ended = true
			if err := r.sink.Missing(n, ErrNoSource); err != nil {
				return err
			}
		default:
			s.lost = s.lost || gone != nil && !s.answered
		}
	}
	r.left = slices.DeleteFunc(r.left, func(n int) bool { return r.states[n].ended })
	return nil
}

func (r *relay) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fail
}

func (r *relay) note(err error) error {
	if err != nil {
		r.mu.Lock()
		r.fail = err
		r.mu.Unlock()
	}
	return err
}

func (r *relay) Data(i int, p []byte) error {
	n := r.asked[i]
	r.states[n].at += int64(len(p))
	return r.note(r.sink.Data(n, p))
}

// List implements Patcher. Nobody asks for lists if the sink is none.
func (r *relay) List(i int, l *List) error {
	n := r.asked[i]
	r.states[n].ended = true
	return r.note(r.patch.List(n, l))
}

// Refer implements Patcher.
func (r *relay) Refer(i, first, count int) error {
	n := r.asked[i]
	r.states[n].at++
	return r.note(r.patch.Refer(n, first, count))
}

func (r *relay) Done(i int, h index.Hash) error {
	n := r.asked[i]
	r.states[n].ended = true
	return r.note(r.sink.Done(n, h))
}

// Keep implements Keeper, whether the sink does or not.
func (r *relay) Keep(i int, p []byte, h index.Hash) error {
	n := r.asked[i]
	s := &r.states[n]
	k, ok := r.sink.(Keeper)
	if !ok || s.at > 0 {
		if len(p) > 0 {
			if err := r.Data(i, p); err != nil {
				return err
			}
		}
		return r.Done(i, h)
	}
	s.at += int64(len(p))
	s.ended = true
	return r.note(k.Keep(n, p, h))
}

func (r *relay) Missing(i int, why error) error {
	n := r.asked[i]
	s := &r.states[n]
	if s.at > s.from {
		// Bytes of a file that turned out to be wrong must not be continued
		// with another's.
		s.ended = true
		if r.spoils(n, why) {
			why = elsewhereError{why}
		}
		return r.note(r.sink.Missing(n, why))
	}
	s.answered = true
	if errors.Is(s.why, ErrNoSource) {
		s.why = why
	}
	return nil
}

// spoils notes that the present source gave wrong bytes of want n, and tells whether
// another may have them.
func (r *relay) spoils(n int, why error) bool {
	w := &r.wants[n]
	f := r.from
	f.spoilers.add(w, f.sources[r.src].number, why)
	return slices.ContainsFunc(f.sources, func(s numberedSource) bool { return !f.spoilers.bars(w, s.number) })
}
