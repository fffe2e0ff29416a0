package fetch

import (
	"context"
	"errors"
	"sync"

	"latus/index"
)

// Failover is a Source over several: what the first does not have, or no longer
// gives because it is gone, is asked of the next, from the byte where the last one
// stopped.
func Failover(sources ...Source) Source {
	if len(sources) == 1 {
		return sources[0]
	}
	return failover(sources)
}

type failover []Source

func (f failover) Send(ctx context.Context, wants []Want, sink Sink) error {
	left := make([]int, len(wants))
	for n := range left {
		left[n] = n
	}
	state := &relay{sink: sink, at: make([]int64, len(wants)), why: make([]error, len(wants)), ended: make([]bool, len(wants))}
	var gone error
	for _, src := range f {
		if len(left) == 0 {
			break
		}
		state.some = make([]Want, len(left))
		for i, n := range left {
			state.some[i] = wants[n]
			state.some[i].Offset += state.at[n]
		}
		state.numbers = left
		if err := src.Send(ctx, state.some, state); err != nil {
			if state.failed() != nil || ctx.Err() != nil {
				return err
			}
			gone = err
		}
		left = state.rest()
	}
	for _, n := range left {
		why := state.why[n]
		if why == nil {
			why = ErrNoSource
			if gone != nil {
				why = gone
			}
		}
		if err := sink.Missing(n, why); err != nil {
			return err
		}
	}
	return nil
}

// relay passes content on to a sink under the numbers that the sink knows, and
// remembers how far each one got.
type relay struct {
	sink    Sink
	some    []Want
	numbers []int   // some[i] is want numbers[i]
	at      []int64 // bytes passed on, by want
	why     []error
	ended   []bool

	mu   sync.Mutex
	fail error // the sink's
}

func (r *relay) note(err error) error {
	if err != nil {
		r.mu.Lock()
		r.fail = err
		r.mu.Unlock()
	}
	return err
}

func (r *relay) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fail
}

func (r *relay) rest() []int {
	var left []int
	for _, n := range r.numbers {
		if !r.ended[n] {
			left = append(left, n)
		}
	}
	return left
}

func (r *relay) Data(i int, p []byte) error {
	n := r.numbers[i]
	r.at[n] += int64(len(p))
	return r.note(r.sink.Data(n, p))
}

func (r *relay) Done(i int, h index.Hash) error {
	n := r.numbers[i]
	r.ended[n] = true
	return r.note(r.sink.Done(n, h))
}

func (r *relay) Missing(i int, why error) error {
	n := r.numbers[i]
	if r.at[n] > 0 && !errors.Is(why, ErrNoSource) {
		// Bytes of a file that changed under its reader must not be continued
		// with another's.
		r.ended[n] = true
		return r.note(r.sink.Missing(n, why))
	}
	r.why[n] = why
	return nil
}
