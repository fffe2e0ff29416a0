package replica

import (
	"context"
	"slices"
	"sync"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/scan"
	"latus/sync/tree"
)

const (
	// timely is for how many nanoseconds after its end a scan counts that began before
	// Hello. Who was asked for a password meanwhile may have edited something.
	timely = 5e9
	// leastEarly is the size from which on content is worth being read before anybody asks.
	leastEarly = 1 << 20
)

// Ahead is Begin for a run that is expected to say h, and has the tree scanned as well: making the way
// to other trees takes its time, most of it spent waiting. What is left of it is used to read
// what others will ask for.
func (r *Replica) Ahead(h peer.Hello) {
	r.begin(h, func() {
		r.seeOwners()
		r.early = &early{hello: h}
		r.beginScan()
		// The reading outlives this call; Close ends it.
		ctx, stop := context.WithCancel(context.Background())
		a, t, x, scanning := r.early, r.home.Tree, r.x, r.scanning
		a.stop = stop
		a.busy.Go(func() {
			<-scanning
			a.readAhead(ctx, t, x)
		})
	})
}

// Early waits until all that Ahead began is done, and tells which contents it has read.
func (r *Replica) Early() (ps []index.Path) {
	if <-r.begun; r.beginErr != nil {
		return nil
	}
	r.early.busy.Wait()
	for p, c := range r.early.content {
		if c.got != nil {
			ps = append(ps, p)
		}
	}
	return ps
}

// early is what a tree did before Hello. Its methods may be called of nil.
type early struct {
	hello peer.Hello // as it was expected
	stop  context.CancelFunc
	busy  sync.WaitGroup

	mu      sync.Mutex
	ended   int64        // when the scan did; 0: not yet
	asked   bool         // others are there: nothing more is begun
	failed  bool         // it did
	undone  bool         // it is of no use
	large   []*preparing // what may be worth reading
	content map[index.Path]*preparing
}

// preparing is a content that is read before anybody asks.
type preparing struct {
	content fetch.Content
	before  fetch.Before    // what it took the place of
	done    chan struct{}   // closed when it was read; nil: not begun
	got     *fetch.Prepared // nil: it could not be read
}

// claim tells whether the scan is what h asks for, now. If not it is of no use any more.
func (a *early) claim(h peer.Hello, now int64) bool {
	if a == nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	recent := a.ended == 0 || now >= a.ended && now-a.ended <= timely
	a.undone = a.failed || !recent || h.Checksum != a.hello.Checksum || h.Owner != a.hello.Owner || h.Xattrs != a.hello.Xattrs || !slices.Equal(h.Filter, a.hello.Filter)
	return !a.undone
}

// enough has no more content read than what is being read.
func (a *early) enough() {
	if a != nil {
		a.mu.Lock()
		a.asked = true
		a.mu.Unlock()
	}
}

// end stops the reading.
func (a *early) end() {
	if a != nil {
		a.stop()
		a.busy.Wait()
	}
}

// read waits for c, if it is or was read early.
func (a *early) read(ctx context.Context, c fetch.Content) *fetch.Prepared {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	r := a.content[c.At]
	begun := r != nil && r.done != nil && sameLook(r.content.Witness, c.Witness)
	a.mu.Unlock()
	if !begun {
		return nil
	}
	select {
	case <-r.done:
		return r.got
	case <-ctx.Done():
		return nil
	}
}

// sameLook tells whether two witnesses are of one content, as far as they tell.
func sameLook(a, b index.Witness) bool {
	return a.Kind == b.Kind && a.Size == b.Size && a.Mtime == b.Mtime && a.Inode == b.Inode && a.Btime == b.Btime
}

// next has p be the next that is read; false: it is enough.
func (a *early) next(p *preparing) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asked {
		return false
	}
	p.done = make(chan struct{})
	return true
}

// scanned notes that the scan has ended, and what it found that may be worth reading; nil: it
// failed.
func (a *early) scanned(found *scan.Result, x *index.Index, now int64) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended, a.failed = now, found == nil; a.undone || a.failed {
		return
	}
	for i := range found.Changed {
		f := &found.Changed[i]
		if w := f.Witness; w.Kind == index.File && w.Size >= leastEarly && !f.Hash.Known() && f.Origin == nil {
			p := &preparing{content: fetch.Content{At: f.Path, Witness: w}}
			if e := x.Get(f.Path); e != nil && e.Witness.Kind == index.File {
				p.before.Size = e.Witness.Size
				// Whoever appends keeps the file; most who change it write another.
				if h, ok := plan.Display(e.Acked()); ok && e.Witness.Inode != 0 && e.Witness.Inode == w.Inode {
					p.before.Grown = h.Hash
				}
			}
			a.large = append(a.large, p)
		}
	}
}

// readAhead reads large content that others will ask for: what has another size or mtime
// than before, of which they want to know whether it is another, and what they can keep of
// the old one; and what is new and may be a copy.
func (a *early) readAhead(ctx context.Context, t tree.Tree, x *index.Index) {
	a.mu.Lock()
	large := a.large
	a.mu.Unlock()
	list := worthReading(large, x)
	a.mu.Lock()
	a.content = make(map[index.Path]*preparing, len(list))
	for _, f := range list {
		a.content[f.content.At] = f
	}
	a.mu.Unlock()
	for _, f := range list {
		if ctx.Err() != nil || !a.next(f) {
			return
		}
		if got, err := fetch.Prepare(ctx, t, f.content, f.before); err == nil {
			f.got = got
		}
		close(f.done)
	}
}

// worthReading picks what took the place of another file, and what is as long as a file
// with a known hash.
func worthReading(large []*preparing, x *index.Index) []*preparing {
	known := map[int64]bool{} // whether so long a file is, of those that are new
	for _, p := range large {
		if p.before.Size == 0 {
			known[p.content.Witness.Size] = false
		}
	}
	if len(known) > 0 {
		for e := range x.Survey() {
			if h, ok := plan.Display(e.Acked()); ok && h.Kind == index.File && h.Hash.Known() {
				if _, asked := known[h.Size]; asked {
					known[h.Size] = true
				}
			}
		}
	}
	return slices.DeleteFunc(large, func(p *preparing) bool { return p.before.Size == 0 && !known[p.content.Witness.Size] })
}
