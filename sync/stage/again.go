package stage

import (
	"latus/index"
	"latus/sync/fetch"
)

// again is a sink for a later asking. It numbers wants anew: every method that
// takes a number is its own.
type again struct {
	*Sink
	numbers []int
	wants   []fetch.Want
}

func (s *Sink) again() *again {
	a := &again{Sink: s}
	for n := range s.in {
		in := s.in[n].Load()
		if in == nil {
			continue
		}
		// What is neither resumed nor found wrong may be with a writer.
		if in.anew || in.want.Offset > 0 && in.phase == spoiled {
			in.phase, in.want.Offset, in.size, in.out.Hash = idle, 0, 0, index.Hash{}
			in.want.Base, in.patch, in.anew, in.err = 0, nil, false, nil
			a.add(n, in.want)
		}
	}
	return a
}

func (a *again) add(n int, w fetch.Want) {
	a.numbers = append(a.numbers, n)
	a.wants = append(a.wants, w)
}

func (a *again) Data(n int, p []byte) error     { return a.Sink.Data(a.numbers[n], p) }
func (a *again) Done(n int, h index.Hash) error { return a.Sink.Done(a.numbers[n], h) }
func (a *again) Keep(n int, p []byte, h index.Hash) error {
	return a.Sink.Keep(a.numbers[n], p, h)
}
func (a *again) Missing(n int, why error) error  { return a.Sink.Missing(a.numbers[n], why) }
func (a *again) List(n int, l *fetch.List) error { return a.Sink.List(a.numbers[n], l) }
func (a *again) Refer(n, first, count int) error { return a.Sink.Refer(a.numbers[n], first, count) }
