package fetch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/zeebo/blake3"
	"pgregory.net/rapid"

	"latus/index"
	"latus/sync/chunk"
)

// hashed makes a file and the want of it, as somebody has it who knows its hash.
func (p *place) hashed(path index.Path, data []byte) Want {
	p.create(path, data)
	w := p.note(path, path, blake3.Sum256(data))
	w.Hash, w.Gen = blake3.Sum256(data), index.GenID{Author: 1, Tag: 1}
	return w
}

func spreadSend(t *testing.T, wants []Want, sources ...Source) *catcher {
	t.Helper()
	s := newCatcher(t, len(wants))
	must(t, hasty(sources...).Send(context.Background(), wants, patcher{s}))
	return s
}

// hasty spreads over sources and does not wait long for any.
func hasty(sources ...Source) Source {
	s := Spread(from(sources)...)
	s.(*spread).patience = time.Millisecond
	return s
}

func from(sources []Source) []From {
	var fs []From
	for i, s := range sources {
		fs = append(fs, From{Source: s, Peer: index.PeerID(i + 1)})
	}
	return fs
}

const large = 12 * block // of one file that is divided

// Three have the same: all of them bring a part, and together not much more than
// what is wanted.
func TestSpreadUsesAll(t *testing.T) {
	var sources []Source
	var counts []*counting
	var ws []Want
	var all sync.WaitGroup
	all.Add(3)
	for range 3 {
		p := inMemory(t)
		p.mkdir("d0")
		ws = []Want{p.hashed("large", random(0, large))}
		for n := range 10 {
			ws = append(ws, p.hashed(numbered(n), random(n, block)))
		}
		// They meet, lest one has brought all before the others have begun.
		c := &counting{Source: p.files(), meet: &all}
		counts = append(counts, c)
		sources = append(sources, c)
	}
	s := spreadSend(t, ws, sources...)
	s.all()[0].is(t, random(0, large), random(0, large))
	for n := range 10 {
		s.all()[n+1].is(t, random(n, block), random(n, block))
	}
	total := int64(0)
	for i, c := range counts {
		total += c.bytes.Load()
		if c.bytes.Load() == 0 {
			t.Errorf("source %d gave nothing", i)
		}
	}
	if most := int64(large+10*block) * 3 / 2; total > most {
		t.Errorf("%d bytes were given, %d wanted", total, large+10*block)
	}
}

// Whoever stands still is overtaken, in the midst of a file, whether or not that is
// divided.
func TestSpreadOvertakesTheSlow(t *testing.T) {
	for _, known := range []bool{true, false} {
		for _, after := range []int64{0, 5*block + 3} {
			p, q := inMemory(t), inMemory(t)
			data := random(0, large)
			w := p.hashed("large", data)
			q.hashed("large", data)
			other := q.hashed("other", random(1, 10))
			p.hashed("other", random(1, 10))
			if !known {
				w.Hash = index.Hash{}
			}
			s := spreadSend(t, []Want{other, w}, &stalled{p.files(), after}, q.files())
			s.all()[1].is(t, data, data)
		}
	}
}

// Who dies is replaced where it stopped.
func TestSpreadReplacesTheDead(t *testing.T) {
	for _, after := range []int64{0, 1, 7 * block} {
		for _, offset := range []int64{0, 3*block + 1} {
			t.Run(fmt.Sprint(after, " from ", offset), func(t *testing.T) {
				p, q, r := inMemory(t), inMemory(t), inMemory(t)
				data := random(0, large)
				var ws []Want
				for n := range 4 {
					name := index.Path(fmt.Sprint("f", n))
					w := p.hashed(name, data)
					q.hashed(name, data)
					r.hashed(name, data)
					if w.Offset = offset; n%2 == 1 {
						w.Hash = index.Hash{}
					}
					ws = append(ws, w)
				}
				s := spreadSend(t, ws, &mortal{p.files(), after}, &mortal{q.files(), 2 * after}, r.files())
				for _, g := range s.all() {
					g.is(t, data[offset:], data)
				}
			})
		}
	}
}

// All die: what came stays, and the end is left to another run.
func TestSpreadAllDie(t *testing.T) {
	p, q := inMemory(t), inMemory(t)
	ws := []Want{p.hashed("f", random(0, large)), {Path: "nowhere", Size: 3, Gen: index.GenID{Author: 1, Tag: 1}}}
	q.hashed("f", random(0, large))
	s := newCatcher(t, 2)
	err := hasty(&mortal{p.files(), 4 * block}, &mortal{q.files(), 4 * block}).Send(context.Background(), ws, patcher{s})
	if err != errGone {
		t.Fatal(err)
	}
	if s.in[0].ended != 0 || len(s.in[0].data) > 8*block {
		t.Fatalf("%d bytes, ended %d times", len(s.in[0].data), s.in[0].ended)
	}
}

// What was put together from several and is asked for once more comes from one.
func TestSpreadAgainFromOne(t *testing.T) {
	p, q := inMemory(t), inMemory(t)
	w := p.hashed("f", random(0, large))
	q.hashed("f", random(0, large))
	first, second := &counting{Source: p.files()}, &counting{Source: q.files()}
	src := hasty(first, second)
	src.(*spread).mixes(w)
	s := newCatcher(t, 1)
	must(t, src.Send(context.Background(), []Want{w}, patcher{s}))
	s.all()[0].is(t, random(0, large), random(0, large))
	if a, b := first.bytes.Load(), second.bytes.Load(); a != large || b != 0 {
		t.Errorf("%d and %d bytes", a, b)
	}
}

// Who gave bytes and found that they are wrong is not asked for them again: they come
// from another, from the beginning.
func TestSpreadAnotherInsteadOfTheDamaged(t *testing.T) {
	for _, size := range []int{100, 4*block - 1, large} {
		for _, known := range []bool{true, false} {
			p, q := inMemory(t), inMemory(t)
			data := random(0, size)
			w := q.hashed("f", data)
			p.create("f", random(1, size))
			p.note("f", "f", w.Hash)
			if !known {
				w.Hash = index.Hash{}
			}
			src := hasty(p.files(), q.files())
			for asked := 0; ; asked++ {
				s := newCatcher(t, 1)
				must(t, src.Send(context.Background(), []Want{w}, patcher{s}))
				if g := &s.in[0]; asked < 3 && (!g.done && errors.Is(g.why, ErrElsewhere) || g.done && blake3.Sum256(g.data) != g.hash) {
					continue // as a tree would ask
				}
				s.all()[0].is(t, data, data)
				break
			}
		}
	}
}

// Parts are passed on as they are.
func TestSpreadParts(t *testing.T) {
	p, q := inMemory(t), inMemory(t)
	w := q.hashed("f", random(0, 4*block))
	w.Parts = &Parts{Ranges: []Range{{At: 5, Len: block}}, Cut: chunk.Fine(w.Size, false)}
	s := spreadSend(t, []Want{w}, p.files(), q.files())
	s.all()[0].is(t, random(0, 4*block)[5:5+block], random(0, 4*block))
}

// TestSpreadRandom asks random sources for random contents, as TestRandomSources
// does: only right bytes are Done, and what somebody who lives has comes.
func TestSpreadRandom(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.SampledFrom([]int{0, 1, 100, block, 3*block + 5, 6 * block, 12*block + 7})
		n := rapid.IntRange(1, 12).Draw(r, "wants")
		ws, data := make([]Want, n), make([][]byte, n)
		for n := range ws {
			data[n] = random(n, size.Draw(r, "size"))
			ws[n] = Want{Path: index.Path(fmt.Sprint("f", n)), Size: int64(len(data[n]))}
			ws[n].Gen = index.GenID{Author: index.PeerID(rapid.IntRange(0, 3).Draw(r, "author")), Tag: 7}
			ws[n].Offset = min(ws[n].Size, rapid.SampledFrom([]int64{0, 0, 1, 2 * block}).Draw(r, "offset"))
			if rapid.Bool().Draw(r, "known") {
				ws[n].Hash = blake3.Sum256(data[n])
			}
		}
		sure := make([]bool, n)
		dies := false
		var sources []Source
		for range rapid.IntRange(2, 4).Draw(r, "sources") {
			p := inMemory(t)
			var src Source = p.files()
			lives := true
			switch rapid.IntRange(0, 4).Draw(r, "fate") {
			case 0:
				src, lives, dies = &mortal{src, rapid.Int64Range(0, 9*block).Draw(r, "after")}, false, true
			case 1:
				src, lives = &stalled{src, rapid.Int64Range(0, 9*block).Draw(r, "after")}, false
			}
			for n := range ws {
				if rapid.IntRange(0, 2).Draw(r, "has") > 0 {
					p.create(ws[n].Path, data[n])
					p.note(ws[n].Path, ws[n].Path, index.Hash{})
					sure[n] = sure[n] || lives
				}
			}
			sources = append(sources, src)
		}
		for n := range sure {
			if !sure[n] {
				return // one that stands still and alone has it would be waited for
			}
		}
		s := newCatcher(t, n)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		if err := hasty(sources...).Send(ctx, ws, patcher{s}); err != nil && !dies || ctx.Err() != nil {
			t.Fatal(err)
		}
		for n := range s.in {
			s.in[n].is(t, data[n][ws[n].Offset:], data[n])
		}
	})
}

func TestSpreadOfOne(t *testing.T) {
	p := inMemory(t)
	if f := p.files(); Spread(From{Source: f}) != Source(f) {
		t.Fatal("wrapped")
	}
}

// What comes ahead of what is missing takes room, all of which is given back: also
// that of ranges that turned out to be the next ones when they were begun. Else a
// large file would stop when it has used up all room there is.
func TestSpreadGivesRoomBack(t *testing.T) {
	for sources := 1; sources <= 3; sources++ {
		data := random(0, 33*block) // several ranges
		var from []From
		var w Want
		for i := range sources {
			p := inMemory(t)
			w = p.hashed("large", data)
			from = append(from, From{Source: p.files(), Peer: index.PeerID(i + 1)})
		}
		c := newCatcher(t, 1)
		s := &spread{sources: from, patience: time.Millisecond, mixed: map[named]bool{}}
		_, wants := s.divide([]Want{w}, patcher{c})
		j := newJob(context.Background(), s, wants)
		must(t, j.run())
		c.all()[0].is(t, data, data)
		if j.ahead != 0 {
			t.Errorf("from %d sources: room for %d bytes is still taken", sources, j.ahead)
		}
	}
}
