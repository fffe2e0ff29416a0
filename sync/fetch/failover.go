package fetch

import (
	"context"
	"errors"
	"sync"

	"latus/index"
)

// Failover is a Source over several: what the first does not have, or no longer
// gives because it is gone, is asked of the next, from the byte where the last one
// stopped. It is gone itself if one that is gone might have had what no other has.
func Failover(sources ...Source) Source {
	if len(sources) == 1 {
		return sources[0]
	}
	return failover(sources)
}

type failover []Source

func (f failover) Send(ctx context.Context, wants []Want, sink Sink) error {
	r := newRelay(sink, len(wants))
	var gone error
	for _, src := range f {
		if len(r.left) == 0 {
			return nil
		}
		err := src.Send(ctx, r.ask(wants), r)
		if fail := r.failed(); fail != nil {
			return fail
		}
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			gone = err
		}
		r.over(err != nil)
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
	sink   Sink
	states []state
	left   []int // wants that the present source is asked for

	mu   sync.Mutex
	fail error // the sink's
}

// state is what has become of one want.
type state struct {
	at, from int64 // bytes passed on, now and when the present source was asked
	ended    bool
	answered bool  // the present source does not have it
	lost     bool  // a source was gone before it answered
	why      error // why it is missing, so far as was said
}

func newRelay(sink Sink, wants int) *relay {
	r := &relay{sink: sink, states: make([]state, wants), left: make([]int, wants)}
	for n := range r.left {
		r.left[n] = n
		r.states[n].why = ErrNoSource
	}
	return r
}

// ask is what the next source is to be asked for.
func (r *relay) ask(wants []Want) []Want {
	some := make([]Want, len(r.left))
	for i, n := range r.left {
		s := &r.states[n]
		s.from, s.answered = s.at, false
		some[i] = wants[n]
		some[i].Offset += s.at
	}
	return some
}

// over takes stock after a source returned.
func (r *relay) over(gone bool) {
	left := r.left[:0]
	for _, n := range r.left {
		if s := &r.states[n]; !s.ended {
			s.lost = s.lost || gone && !s.answered
			left = append(left, n)
		}
	}
	r.left = left
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
	n := r.left[i]
	r.states[n].at += int64(len(p))
	return r.note(r.sink.Data(n, p))
}

func (r *relay) Done(i int, h index.Hash) error {
	n := r.left[i]
	r.states[n].ended = true
	return r.note(r.sink.Done(n, h))
}

func (r *relay) Missing(i int, why error) error {
	n := r.left[i]
	s := &r.states[n]
	if s.at > s.from {
		// Bytes of a file that turned out to be wrong must not be continued
		// with another's.
		s.ended = true
		return r.note(r.sink.Missing(n, why))
	}
	s.answered = true
	if errors.Is(s.why, ErrNoSource) {
		s.why = why
	}
	return nil
}
