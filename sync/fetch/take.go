package fetch

import (
	"slices"

	"latus/sync/chunk"
)

// take chooses what a source is asked for next, and waits until there is
// something. nil: there will be nothing more.
func (j *job) take(src int) *visit {
	j.mu.Lock()
	defer j.mu.Unlock()
	for {
		if j.fail != nil || j.ctx.Err() != nil || j.left == 0 || j.gone[src] != nil {
			return nil
		}
		v := &visit{job: j, src: src}
		for _, choose := range []func(*visit){j.takeFree, j.takeFresh, j.help} {
			if choose(v); len(v.serves) > 0 {
				return v
			}
		}
		if j.open.Len() == 0 && !j.more(src) {
			return nil
		}
		j.wake.Wait()
	}
}

// more tells whether something could still be for this source: what others are
// asked for, or what nobody was asked for yet.
func (j *job) more(src int) bool {
	for other := range j.sources {
		if other != src && j.gone[other] == nil {
			return true // who may give something back
		}
	}
	return false
}

// takeFree takes what others did not bring.
func (j *job) takeFree(v *visit) {
	kept := j.free[:0]
	for _, p := range j.free {
		switch {
		case p.done:
		case p.file.denied != nil && p.file.denied[v.src], len(v.serves) >= callWants:
			kept = append(kept, p)
		default:
			j.assign(v, p)
		}
	}
	clear(j.free[len(kept):])
	j.free = kept
}

// takeFresh takes what was not begun: where the source is known to have it as
// much as befits, where it is not a first one to see.
func (j *job) takeFresh(v *visit) {
	j.gens = slices.DeleteFunc(j.gens, func(g *gen) bool { return len(g.wants) == 0 })
	for _, g := range j.gens {
		most := 1
		switch g.has[v.src] {
		case trying:
			continue
		case hasNot:
			if j.promising(g) {
				continue
			}
			most = callWants
		case has:
			most = callWants
			if !j.alone(g, v.src) {
				most = max(leastWants, min(most, len(g.wants)/(len(j.sources)*callsPerSource)))
			}
		}
		j.begin(v, g, most)
		if len(v.serves) > 0 {
			if g.has[v.src] == unknown {
				g.has[v.src] = trying
			}
			return
		}
	}
}

// promising tells whether a source that is left, and gets on, has, or may have,
// what g is of.
func (j *job) promising(g *gen) bool {
	for src, t := range g.has {
		if j.gone[src] == nil && !j.stands[src] && t != hasNot {
			return true
		}
	}
	return false
}

// alone tells whether no other source that is left may have what g is of.
func (j *job) alone(g *gen, src int) bool {
	for other, t := range g.has {
		if other != src && j.gone[other] == nil && !j.stands[other] && t != hasNot {
			return false
		}
	}
	return true
}

// begin takes at most so many wants of g, or a range of one.
func (j *job) begin(v *visit, g *gen, most int) {
	share := max(leastRange, min(callBytes, j.bytes/int64(2*callsPerSource*len(j.sources))))
	taken := int64(0)
	for len(g.wants) > 0 && len(v.serves) < most && taken < share {
		f := &j.files[g.wants[0]]
		w := &j.wants[f.n]
		if f.split || w.Hash.Known() && w.Base == 0 && w.Size-w.Offset > splitFrom {
			if len(v.serves) > 0 || !j.cutOff(v, f, w, min(share, greatestRange)) {
				return
			}
			if f.cut == w.Size {
				g.wants = g.wants[1:]
			}
			return
		}
		g.wants = g.wants[1:]
		p := newPiece(f, w.Size)
		f.cut = w.Size
		j.bytes -= p.to - p.from
		taken += p.to - p.from
		f.pieces = append(f.pieces, p)
		j.assign(v, p)
	}
}

func newPiece(f *file, to int64) *piece {
	p := &piece{file: f, from: f.cut, to: to}
	p.at.Store(f.cut)
	return p
}

// cutOff takes a range of f, unless too much of what comes behind a range that is
// still missing would have to be held.
func (j *job) cutOff(v *visit, f *file, w *Want, share int64) bool {
	p := newPiece(f, min(f.cut+share, w.Size))
	if w.Size-p.to < leastRange {
		p.to = w.Size
	}
	if size := p.to - p.from; f.split {
		if j.ahead+size > maxAhead {
			return false
		}
		j.ahead += size
		p.ahead = true
	} else {
		f.split = true // once, before anybody is told of the file
		j.spread.mixes(*w)
	}
	f.cut = p.to
	j.bytes -= p.to - p.from
	f.pieces = append(f.pieces, p)
	j.assign(v, p)
	return true
}

// help takes what another is slow to bring: the oldest range, or else of small
// files those that its source comes to last. What is neither it takes if that does
// not get on at all.
func (j *job) help(v *visit) {
	for e := j.open.Front(); e != nil; e = e.Next() {
		if p := e.Value.(*piece); (p.file.split || p.stuck) && j.helps(v, p) {
			if g := p.file.gen; g.has[v.src] == unknown {
				g.has[v.src] = trying
			}
			j.assign(v, p)
			return
		}
	}
	for e := j.open.Back(); e != nil && len(v.serves) < callWants; e = e.Prev() {
		if p := e.Value.(*piece); p.to-p.at.Load() <= splitFrom && j.helps(v, p) {
			j.assign(v, p)
		}
	}
}

// helps tells whether the source of v is one that may bring p, too. One helper is
// enough, and it is known to have what it is asked for, unless nobody gets on.
func (j *job) helps(v *visit, p *piece) bool {
	f := p.file
	if p.done || f.denied != nil && f.denied[v.src] {
		return false
	}
	by := func(other *visit) bool { return other.src == v.src }
	if slices.ContainsFunc(p.visits, by) {
		return false
	}
	return p.stuck || len(p.visits) == 1 && f.gen.has[v.src] == has
}

// look marks the pieces that do not get on, and the sources that bring nothing but
// such, unless it is the sink that does not.
func (j *job) look() {
	if j.passing.Load() > 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for e := j.open.Front(); e != nil; e = e.Next() {
		p := e.Value.(*piece)
		at := p.at.Load()
		p.stuck = p.seen > 0 && at-(p.seen-1) < leastProgress
		p.seen = at + 1
	}
	j.standing()
	j.wake.Broadcast()
}

// standing finds the sources that bring something, and nothing that gets on. j.mu is
// held.
func (j *job) standing() {
	brings, moves := make([]bool, len(j.sources)), make([]bool, len(j.sources))
	for e := j.open.Front(); e != nil; e = e.Next() {
		p := e.Value.(*piece)
		for _, v := range p.visits {
			brings[v.src] = true
			moves[v.src] = moves[v.src] || !p.stuck
		}
	}
	for src := range j.stands {
		j.stands[src] = brings[src] && !moves[src]
	}
}

// assign has v ask for what is missing of p. j.mu is held.
func (j *job) assign(v *visit, p *piece) {
	w := j.wants[p.file.n]
	at := p.at.Load()
	switch {
	case p.file.split:
		w.Offset, w.Base = 0, 0
		w.Parts = &Parts{Ranges: []Range{{At: at, Len: p.to - at}}, Cut: chunk.Fine(w.Size, false)}
	case at > w.Offset:
		w.Offset, w.Base = at, 0 // what was begun whole goes on so
	}
	v.wants = append(v.wants, w)
	v.serves = append(v.serves, serve{piece: p, at: at})
	v.busy++
	p.visits = append(p.visits, v)
	p.stuck, p.seen = false, 0 // the new one is given time
	if p.place == nil {
		p.place = j.open.PushBack(p)
	}
}
