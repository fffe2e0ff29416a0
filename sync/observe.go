package sync

import (
	"sync"

	"latus/sync/peer"
	"latus/sync/plan"
)

// oneAtATime keeps an Observer's calls apart.
type oneAtATime struct {
	mu sync.Mutex
	ob peer.Observer
}

func (o *oneAtATime) Phase(p peer.Phase)              { o.do(func() { o.ob.Phase(p) }) }
func (o *oneAtATime) Planned(t int, p *peer.Proposal) { o.do(func() { o.ob.Planned(t, p) }) }
func (o *oneAtATime) Change(t int, c peer.Change)     { o.do(func() { o.ob.Change(t, c) }) }
func (o *oneAtATime) Conflict(c plan.Conflict)        { o.do(func() { o.ob.Conflict(c) }) }
func (o *oneAtATime) Problem(t int, p peer.Problem)   { o.do(func() { o.ob.Problem(t, p) }) }
func (o *oneAtATime) Notice(t int, p peer.Problem)    { o.do(func() { o.ob.Notice(t, p) }) }
func (o *oneAtATime) Progress(p peer.Progress)        { o.do(func() { o.ob.Progress(p) }) }

func (o *oneAtATime) do(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f()
}
