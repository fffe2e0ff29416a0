package remote

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"latus/index"
	"latus/sync/fetch"
)

// tee keeps what a source sends.
type tee struct {
	fetch.Source
	l *liar
}

func (t tee) Send(ctx context.Context, ws []fetch.Want, s fetch.Sink) error {
	return t.Source.Send(ctx, ws, teeSink{s, t.l})
}

type teeSink struct {
	fetch.Sink
	l *liar
}

func (s teeSink) Data(n int, p []byte) error {
	s.l.keep(p)
	return s.Sink.Data(n, p)
}

// greedy takes everything.
type greedy struct{ l *liar }

func (g greedy) Data(n int, p []byte) error     { g.l.keep(p); return nil }
func (g greedy) Done(n int, h index.Hash) error { return nil }
func (g greedy) Missing(n int, why error) error { return nil }

func (r *lyingReplica) Send(ctx context.Context, ws []fetch.Want, s fetch.Sink) error {
	if r.l.endless > 0 {
		block := make([]byte, 256<<10)
		for left := r.l.endless; left > 0 && len(ws) > 0; left -= int64(len(block)) {
			if err := s.Data(0, block); err != nil {
				return err
			}
		}
	}
	if r.l.lies("leaving in the midst") {
		return fmt.Errorf("\x1b[2Jgone")
	}
	return r.Replica.Send(ctx, ws, &lyingSink{s, r.l})
}

// lyingSink falsifies content on its way.
type lyingSink struct {
	fetch.Sink
	l *liar
}

func (s *lyingSink) Data(n int, p []byte) error {
	p = slices.Clone(p)
	switch {
	case s.l.lies("bytes") && len(p) > 0:
		p[s.l.n(len(p))] ^= 1
	case s.l.lies("too few bytes") && len(p) > 0:
		p = p[:s.l.n(len(p))]
	case s.l.lies("too many bytes"):
		p = append(p, bytes.Repeat([]byte("!"), s.l.n(500_000))...)
	}
	return s.Sink.Data(n, p)
}

func (s *lyingSink) Done(n int, h index.Hash) error {
	switch {
	case s.l.lies("the hash of content"):
		h[7] ^= 4
	case s.l.lies("having it"):
		return s.Sink.Missing(n, fetch.ErrDamaged)
	case s.l.lies("having told"):
		return nil // neither done nor missing
	}
	return s.Sink.Done(n, h)
}
