package fetch

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"latus/index"
)

// From is a source of content and whose it is.
type From struct {
	Source
	Peer index.PeerID
}

// Spread is a Source over several, which are used all at once: each brings what
// it has of what is still wanted, as fast as it can. Large content comes from all
// who have it, a range from each. Who is slow is overtaken, who is gone is
// replaced, where it stopped; what nobody has is Missing. Spread is gone itself
// if one that is gone might have had what no other has.
//
// Ranges are only asked for where the hash is known, so that whoever puts the
// content together can tell whether it is what it should be. What was put together
// of such and is asked for again comes from one alone, and so does what one began
// to give and found to be wrong (ErrElsewhere): from another.
func Spread(sources ...From) Source {
	if len(sources) == 1 {
		return sources[0].Source
	}
	return &spread{sources: sources, patience: patience, mixed: map[named]bool{}}
}

type spread struct {
	sources  []From
	patience time.Duration // with a source that gets on slowly
	spoilers spoilers

	mu    sync.Mutex
	mixed map[named]bool // contents that were put together from several, or in ranges
}

// named is what tells wants apart.
type named struct {
	path index.Path
	gen  index.GenID
}

func (w *Want) named() named { return named{w.Path, w.Gen} }

// Far tells whether whatever is asked, a wire is crossed.
func (s *spread) Far() bool {
	for _, src := range s.sources {
		if !Far(src.Source) {
			return false
		}
	}
	return true
}

// Send implements Source.
func (s *spread) Send(ctx context.Context, wants []Want, sink Sink) error {
	alone, rest := s.divide(wants, sink)
	if len(alone.wants) == 0 {
		return newJob(ctx, s, rest).run()
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.inTurn(alone.wants[0]).Send(ctx, alone.wants, alone) })
	g.Go(func() error { return newJob(ctx, s, rest).run() })
	return g.Wait()
}

// inTurn asks one source after the other, the author of w first.
func (s *spread) inTurn(w Want) Source {
	var first, others []numberedSource
	for i, src := range s.sources {
		if src.Peer == w.Gen.Author {
			first = append(first, numberedSource{src.Source, i})
		} else {
			others = append(others, numberedSource{src.Source, i})
		}
	}
	return &failover{sources: append(first, others...), spoilers: &s.spoilers}
}

// some is some of the wants, and a sink that knows them by their own numbers.
type some struct {
	Sink
	patch   Patcher // the sink, if it is one
	wants   []Want
	numbers []int
}

func (s *some) add(n int, w Want) {
	s.wants, s.numbers = append(s.wants, w), append(s.numbers, n)
}

func (s *some) Data(n int, p []byte) error      { return s.Sink.Data(s.numbers[n], p) }
func (s *some) Done(n int, h index.Hash) error  { return s.Sink.Done(s.numbers[n], h) }
func (s *some) Missing(n int, why error) error  { return s.Sink.Missing(s.numbers[n], why) }
func (s *some) List(n int, l *List) error       { return s.patch.List(s.numbers[n], l) }
func (s *some) Refer(n, first, count int) error { return s.patch.Refer(s.numbers[n], first, count) }

// divide sets apart what must come from one source alone.
func (s *spread) divide(wants []Want, sink Sink) (alone, rest *some) {
	patch, _ := sink.(Patcher)
	alone, rest = &some{Sink: sink, patch: patch}, &some{Sink: sink, patch: patch}
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, w := range wants {
		if patch == nil {
			w.Base = 0
		}
		if w.Parts != nil || s.mixed[w.named()] {
			alone.add(n, w)
		} else {
			rest.add(n, w)
		}
	}
	return alone, rest
}

func (s *spread) mixes(w Want) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mixed[w.named()] = true
}
