package fetch

import (
	"context"

	"latus/index"
)

// Watched is src. Of every want that it cannot fulfil, said is told why, before the
// sink is; it may be called by several goroutines.
func Watched(src Source, said func(w Want, why error)) Source {
	return &watched{src, said}
}

type watched struct {
	Source
	said func(w Want, why error)
}

// Far tells whether the source is.
func (w *watched) Far() bool { return Far(w.Source) }

func (w *watched) Send(ctx context.Context, wants []Want, sink Sink) error {
	s := watching{Sink: sink, wants: wants, said: w.said}
	patch, patches := sink.(Patcher)
	keep, keeps := sink.(Keeper)
	switch {
	case patches && keeps:
		return w.Source.Send(ctx, wants, watchingBoth{s, patch, keep})
	case patches:
		return w.Source.Send(ctx, wants, watchingPatcher{s, patch})
	case keeps:
		return w.Source.Send(ctx, wants, watchingKeeper{s, keep})
	}
	return w.Source.Send(ctx, wants, s)
}

// watching is a sink that tells what is missing. What else the sink can do, the
// types below can.
type watching struct {
	Sink
	wants []Want
	said  func(w Want, why error)
}

func (s watching) Missing(n int, why error) error {
	if n >= 0 && n < len(s.wants) {
		s.said(s.wants[n], why)
	}
	return s.Sink.Missing(n, why)
}

type watchingPatcher struct {
	watching
	patch Patcher
}

func (s watchingPatcher) List(n int, l *List) error       { return s.patch.List(n, l) }
func (s watchingPatcher) Refer(n, first, count int) error { return s.patch.Refer(n, first, count) }

type watchingKeeper struct {
	watching
	keep Keeper
}

func (s watchingKeeper) Keep(n int, p []byte, h index.Hash) error { return s.keep.Keep(n, p, h) }

type watchingBoth struct {
	watching
	patch Patcher
	keep  Keeper
}

func (s watchingBoth) List(n int, l *List) error                { return s.patch.List(n, l) }
func (s watchingBoth) Refer(n, first, count int) error          { return s.patch.Refer(n, first, count) }
func (s watchingBoth) Keep(n int, p []byte, h index.Hash) error { return s.keep.Keep(n, p, h) }
