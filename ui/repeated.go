package ui

import (
	"fmt"

	"latus/sync/peer"
)

// Repeated shows many runs of the same trees, one after the other, as a person
// wants to see them: nothing of those that had nothing to do, and a problem, a
// notice or a failure only once for as long as it lasts.
type Repeated struct {
	Printer
	before, now map[string]bool // what was said in the run before, and what there is in this one
	news        bool            // something was said in this run
}

// NewRepeated returns a Repeated that shows on p what is worth it.
func NewRepeated(p Printer) *Repeated {
	return &Repeated{Printer: p, before: map[string]bool{}, now: map[string]bool{}}
}

// fresh tells whether something is said for the first time.
func (r *Repeated) fresh(what string) bool {
	r.now[what] = true
	if r.before[what] {
		return false
	}
	r.before[what] = true
	return true
}

func (r *Repeated) Problem(tree int, p peer.Problem) {
	if r.fresh(fmt.Sprintf("problem %d %q %q", tree, p.Path, p.Reason)) {
		r.news = true
		r.Printer.Problem(tree, p)
	}
}

func (r *Repeated) Notice(tree int, p peer.Problem) {
	if r.fresh(fmt.Sprintf("notice %d %q %q", tree, p.Path, p.Reason)) {
		r.Printer.Notice(tree, p)
	}
}

func (r *Repeated) End(s Summary) {
	if s.Failure != nil {
		r.news = r.fresh("failure "+s.Failure.Text) || r.news
	}
	if r.news || s.Changes > 0 || s.Conflicts > 0 {
		r.Printer.End(s)
	} else {
		rest(r.Printer)
	}
	if s.Failure == nil {
		r.before = r.now // a run that failed did not come to see all there is
	}
	r.now, r.news = map[string]bool{}, false
}

// rest leaves nothing of a run behind, of which nothing is to be said.
func rest(p Printer) {
	if t, ok := p.(*Text); ok {
		t.o.Bar.Close()
	}
}
