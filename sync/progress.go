package sync

import (
	"sync"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// totals adds up the progress of all trees, and tells of their changes in the
// order in which a dry run tells of them: tree by tree.
type totals struct {
	mu        sync.Mutex
	ob        peer.Observer
	before    func(tree int)
	p         peer.Progress
	parts     []peer.Progress
	proposals []*peer.Proposal
	applied   [][]int // changes not told of yet, by tree
	ended     []bool
	first     int // the first tree that has not ended
}

// newTotals are those of a run with such proposals; before is called before each change to a
// tree.
func newTotals(ob peer.Observer, proposals []*peer.Proposal, before func(tree int)) *totals {
	n := len(proposals)
	t := &totals{
		ob: ob, before: before, proposals: proposals, parts: make([]peer.Progress, n),
		applied: make([][]int, n), ended: make([]bool, n),
	}
	for _, p := range proposals {
		if p != nil {
			t.p.TotalBytes += p.Bytes
			t.p.TotalFiles += filesOf(p)
		}
	}
	return t
}

// filesOf is how many files and links will have been put in place. Where no actions were asked
// for, a directory that is moved or touched counts as one.
func filesOf(p *peer.Proposal) (n int64) {
	for _, c := range p.Actions {
		if c.Op != plan.Delete && (c.Kind == index.File || c.Kind == index.Link) {
			n++
		}
	}
	if len(p.Actions) > 0 {
		return n
	}
	for _, op := range []plan.Op{plan.Create, plan.Update, plan.Touch, plan.Move, plan.Copy, plan.Undelete, plan.MakeLink} {
		n += int64(p.Counts[op.String()])
	}
	return n
}

// follower tells the run's Observer what one tree does.
type follower struct {
	i     int
	total *totals
}

func (w *follower) Applied(n int) {
	t := w.total
	t.mu.Lock()
	defer t.mu.Unlock()
	t.applied[w.i] = append(t.applied[w.i], n)
	t.tell()
}

// over says that tree i has ended.
func (t *totals) over(i int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended[i] = true
	t.tell()
}

func (t *totals) tell() {
	for ; t.first < len(t.ended); t.first++ {
		if p := t.proposals[t.first]; p != nil {
			for _, n := range t.applied[t.first] {
				if n < len(p.Actions) { // else they were not asked for
					t.before(t.first)
					t.ob.Change(t.first, p.Actions[n])
				}
			}
			t.applied[t.first] = nil
			if !t.ended[t.first] {
				return
			}
		}
	}
}

func (w *follower) Progress(files, bytes int64) {
	t := w.total
	t.mu.Lock()
	defer t.mu.Unlock()
	t.parts[w.i] = peer.Progress{Files: files, Bytes: bytes}
	t.p.Files, t.p.Bytes = 0, 0
	for _, p := range t.parts {
		t.p.Files += p.Files
		t.p.Bytes += p.Bytes
	}
	t.ob.Progress(t.p)
}
