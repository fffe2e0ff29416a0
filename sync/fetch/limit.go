package fetch

import (
	"context"

	"golang.org/x/time/rate"

	"latus/index"
)

// Limited is src, giving no more than so many bytes of content a second; 0: any
// number.
func Limited(src Source, perSecond int64) Source {
	if perSecond <= 0 {
		return src
	}
	burst := int(min(max(perSecond/32, 64), block))
	return &limit{Source: src, at: rate.NewLimiter(rate.Limit(perSecond), burst)}
}

type limit struct {
	Source
	at *rate.Limiter
}

// Far tells whether the source is.
func (l *limit) Far() bool { return Far(l.Source) }

func (l *limit) Send(ctx context.Context, wants []Want, sink Sink) error {
	s := slowed{Sink: sink, ctx: ctx, at: l.at}
	if patch, ok := sink.(Patcher); ok {
		return l.Source.Send(ctx, wants, slowedPatcher{s, patch})
	}
	return l.Source.Send(ctx, wants, s)
}

// slowed is a sink that takes its time.
type slowed struct {
	Sink
	ctx context.Context
	at  *rate.Limiter
}

func (s slowed) Data(n int, p []byte) error {
	for len(p) > 0 {
		now := p[:min(len(p), s.at.Burst())]
		if err := s.at.WaitN(s.ctx, len(now)); err != nil {
			return err
		}
		if err := s.Sink.Data(n, now); err != nil {
			return err
		}
		p = p[len(now):]
	}
	return nil
}

type slowedPatcher struct {
	slowed
	patch Patcher
}

func (s slowedPatcher) List(n int, l *List) error       { return s.patch.List(n, l) }
func (s slowedPatcher) Refer(n, first, count int) error { return s.patch.Refer(n, first, count) }
func (s slowedPatcher) Missing(n int, why error) error  { return s.patch.Missing(n, why) }
func (s slowedPatcher) Done(n int, h index.Hash) error  { return s.patch.Done(n, h) }
