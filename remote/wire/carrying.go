package wire

import (
	"math"
	"time"

	"latus/sync/peer"
)

// Applying is what an Apply message carries.
type Applying struct {
	Watched bool // events are wanted
}

func (c *Coder) Applying(a *Applying) { c.flag(&a.Watched) }

// Pushing is what a Push message carries: 0 for the wants of the last Proposal,
// n for those of the n-th Send that the server wrote on the Apply.
type Pushing struct{ N int }

func (c *Coder) Pushing(p *Pushing) { number(c, &p.N, math.MaxInt32) }

// Result is what an Outcome message carries: an outcome, and what ended the
// work early, if anything did.
type Result struct {
	Outcome peer.Outcome
	Failed  error
}

func (c *Coder) Result(r *Result) {
	o := &r.Outcome
	fixed(c, &o.Digest)
	amount(c, &o.Changes)
	total(c, &o.Bytes)
	list(c, &o.Problems, many, (*Coder).problem)
	amount(c, &o.Trashed)
	amount(c, &o.Files)
	total(c, &o.Size)
	c.text(&o.Run)
	tally(c, &o.Saved)
	failed := r.Failed != nil
	if c.flag(&failed); failed {
		c.Error(&r.Failed)
	}
}

// Watching is what a Watch message carries: which tree, and what is not to be
// watched of it.
type Watching struct {
	Path    string        // as in a Greeting
	Timeout time.Duration // how long the client listens to silence
	Filter  []string      // patterns of the command line
}

func (c *Coder) Watching(w *Watching) {
	c.raw(&w.Path)
	amount(c, &w.Timeout)
	list(c, &w.Filter, many, (*Coder).raw)
}

// Changing is what a Changed message carries: how many directories are watched.
type Changing struct{ Dirs int }

func (c *Coder) Changing(w *Changing) { amount(c, &w.Dirs) }

// Span is a run of actions that were done: From, From+1, … N of them.
type Span struct{ From, N int }

// Done is what an Event message carries.
type Done struct {
	Spans        []Span // since the last event
	Files, Bytes int64  // so far
}

// MaxSpans keeps an event within one frame.
const MaxSpans = 4096

func (c *Coder) Done(d *Done) {
	list(c, &d.Spans, MaxSpans, func(c *Coder, s *Span) {
		number(c, &s.From, many)
		number(c, &s.N, many)
	})
	amount(c, &d.Files)
	total(c, &d.Bytes)
}
