package fetch

import (
	"context"
	"fmt"
	"testing"

	"github.com/zeebo/blake3"
	"pgregory.net/rapid"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// What a source has of one content.
const (
	good    = iota
	lacking // Find does not know it
	removed
	touched
	damaged  // another content, under a recorded hash and an unchanged look
	changing // written to while it is read
)

// TestRandomSources asks random sources for random contents. Whatever they do,
// only right bytes are Done, and what a source has for sure is.
func TestRandomSources(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.SampledFrom([]int{0, 1, 100, block - 1, block, block + 1, 2*block + 5})
		ws := make([]Want, rapid.IntRange(1, 6).Draw(r, "wants"))
		data := make([][]byte, len(ws))
		for n := range ws {
			data[n] = random(n, size.Draw(r, "size"))
			ws[n] = Want{Path: index.Path(fmt.Sprint("f", n)), Size: int64(len(data[n]))}
			ws[n].Offset = min(ws[n].Size, rapid.Int64Range(0, 2*block).Draw(r, "offset"))
		}
		sure := make([]bool, len(ws))  // a source that lives has it
		spoil := make([]bool, len(ws)) // a source may find out late that it has not
		var sources []Source
		dies := false
		for range rapid.IntRange(1, 4).Draw(r, "sources") {
			mortal, left := rapid.IntRange(0, 3).Draw(r, "dies") == 0, int64(0)
			if mortal {
				dies, left = true, rapid.Int64Range(0, 4*block).Draw(r, "after")
			}
			f := randomFiles(t, r, ws, data, func(n, state int) {
				sure[n] = sure[n] || state == good && !mortal
				spoil[n] = spoil[n] || len(data[n]) > block && (state == damaged || state == changing)
			})
			if mortal {
				f.Readers = 1
				sources = append(sources, &dying{f, left})
			} else {
				sources = append(sources, f)
			}
		}
		s := newCatcher(t, len(ws))
		err := inTurn(sources...).Send(context.Background(), ws, s)
		if err != nil && (!dies || err != errGone) {
			t.Fatal(err)
		}
		for n := range s.in {
			g := &s.in[n]
			switch {
			case g.done:
				// Bytes of a source that died before it had seen that they
				// are wrong do not have the hash.
				whole := append(data[n][:ws[n].Offset:ws[n].Offset], g.data...)
				if g.hash != blake3.Sum256(data[n]) || !spoil[n] && g.hash != blake3.Sum256(whole) {
					t.Fatalf("wrong bytes of %d", n)
				}
			case err == nil && g.ended == 0:
				t.Fatalf("%d did not end", n)
			case sure[n] && !spoil[n]:
				t.Fatalf("%d did not come: %v", n, g.why)
			}
		}
	})
}

// randomFiles is a source that has the contents in random states.
func randomFiles(t *testing.T, r *rapid.T, ws []Want, data [][]byte, has func(n, state int)) *Files {
	hooks := map[string]*at{}
	p := inMemory(t, memory.WithHook(func(c memory.Call) error {
		if a := hooks[c.Name]; a != nil {
			return a.hook(c)
		}
		return nil
	}))
	for n, w := range ws {
		state := rapid.IntRange(good, changing).Draw(r, "state")
		if len(data[n]) == 0 && state >= damaged {
			state = touched
		}
		has(n, state)
		whole := index.Hash{}
		if state == damaged || rapid.Bool().Draw(r, "hashed") {
			whole = blake3.Sum256(data[n])
		}
		switch state {
		case lacking:
			continue
		case damaged:
			p.create(w.Path, random(100+n, len(data[n])))
		default:
			p.create(w.Path, data[n])
		}
		p.note(w.Path, w.Path, whole)
		switch state {
		case removed:
			p.remove(w.Path)
		case touched:
			p.touch(w.Path)
		case changing:
			hooks[string(w.Path)] = &at{op: "read", name: string(w.Path), nth: 1 + len(data[n])/block/2, do: func() {
				p.change(w.Path, func(f tree.File) error { return overwrite(f, 0, random(200+n, len(data[n]))) })
			}}
		}
	}
	f := p.files()
	f.Readers = 1 + rapid.IntRange(0, 1).Draw(r, "readers")
	return f
}
