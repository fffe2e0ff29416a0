package merge

import (
	"sync"

	"latus/index"
)

// ledger is what is to be recorded with the next commit, and what has to stay for another
// run to see to.
type ledger struct {
	// Only who carries the plan out knows of these.
	touched  map[index.Path]bool // directories to be synced
	kept     map[string]bool     // names in staging that must stay
	stranded map[index.Path]bool // something of their plan line lies in staging, and is Recover's

	// Steps that go together note here, too: it is for the methods below.
	mu    sync.Mutex
	done  []line
	last  map[index.Path]int   // the line of done that tells what the disk shows; none: as the index says
	lacks map[index.Path]error // why they will not have their extended attributes
}

func newLedger() ledger {
	return ledger{
		touched: map[index.Path]bool{}, kept: map[string]bool{}, stranded: map[index.Path]bool{},
		last: map[index.Path]int{}, lacks: map[index.Path]error{},
	}
}

// add has l recorded with the next commit.
func (g *ledger) add(l line) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l.what != settled {
		g.last[l.path] = len(g.done)
	}
	g.done = append(g.done, l)
}

// noted is what was noted of p since the last commit.
func (g *ledger) noted(p index.Path) (w index.Witness, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, ok := g.last[p]
	if ok {
		w = g.done[n].w
	}
	return w, ok
}

// witness is how the disk shows e by now.
func (g *ledger) witness(e *index.Entry) index.Witness {
	if w, ok := g.noted(e.Path); ok {
		return w
	}
	return e.Witness
}

// lines are what is to be recorded, until it is: see recorded.
func (g *ledger) lines() []line {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.done
}

// recorded notes that all lines are in the index.
func (g *ledger) recorded() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.last)
	g.done = g.done[:0]
}

// lack notes that path will not have its extended attributes, and why; nil: it will.
func (g *ledger) lack(p index.Path, why error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.lacks, p)
	if why != nil {
		g.lacks[p] = why
	}
}

// lacking is what lack has noted of p last, which is told once.
func (g *ledger) lacking(p index.Path) (why error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	why = g.lacks[p]
	delete(g.lacks, p)
	return why
}
