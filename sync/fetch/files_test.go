package fetch

import (
	"context"
	"slices"
	"sync"
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

func TestSendAll(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		sizes := []int{0, 1, 4096, block - 1, block, block + 1, 3*block + 7}
		var ws []Want
		var data [][]byte
		for n := range 90 {
			if n%10 == 0 {
				dir, _ := numbered(n).Split()
				p.mkdir(dir)
			}
			d := random(n, sizes[n%len(sizes)])
			data = append(data, d)
			ws = append(ws, p.file(numbered(n), d))
		}
		slices.Reverse(ws)
		slices.Reverse(data)
		ws = append(ws, Want{Path: "nowhere"})
		for _, readers := range []int{0, 1, 7} {
			var mu sync.Mutex
			learned := map[index.Path]index.Hash{}
			f := p.files()
			f.Readers = readers
			f.Learned = func(w Want, h index.Hash) {
				mu.Lock()
				defer mu.Unlock()
				if _, twice := learned[w.Path]; twice {
					t.Errorf("%s learned twice", w.Path)
				}
				learned[w.Path] = h
			}
			s := newCatcher(t, len(ws))
			must(t, f.Send(context.Background(), ws, s))
			for n, g := range s.all()[:90] {
				g.is(t, data[n], data[n])
				if learned[ws[n].Path] != g.hash {
					t.Fatalf("%s: learned a wrong hash", ws[n].Path)
				}
			}
			s.in[90].lacks(t, ErrNoSource)
			if len(learned) != 90 {
				t.Fatalf("learned %d hashes", len(learned))
			}
		}
	})
}

func TestNothingWanted(t *testing.T) {
	must(t, onDisk(t).files().Send(context.Background(), nil, nil))
}

func TestResume(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		for _, size := range []int64{0, 10, block, 2*block + 5} {
			data := random(1, int(size))
			w := p.file("f", data)
			for _, at := range []int64{0, 1, 9, block - 1, block, block + 1, 2 * block, size - 1, size, size + 1} {
				w.Offset = max(at, 0)
				g := p.send(w)
				g.is(t, data[min(w.Offset, size):], data)
			}
			p.remove("f")
		}
	})
}

// Once bytes were handed out, the content from elsewhere would come after them.
func TestNotStartedTwice(t *testing.T) {
	data := random(2, 4*block)
	a := &at{op: "read", name: "f", nth: 3}
	p := inMemory(t, memory.WithHook(a.hook))
	p.create("other", data)
	w := p.file("f", data)
	a.do = func() {
		p.change("f", func(f tree.File) error { return overwrite(f, 0, random(3, 10)) })
		p.note("f", "other", index.Hash{})
	}
	g := p.send(w)
	g.lacks(t, ErrChanged)
	if len(g.data) != 3*block || p.finds != 1 {
		t.Fatalf("%d bytes came, and it was looked for %d times", len(g.data), p.finds)
	}
}

// A merge puts what it displaces into the trash, where Find sees it next.
func TestFoundInTheTrash(t *testing.T) {
	for _, size := range []int{0, 10, block, block + 1} {
		data := random(6, size)
		for name, displace := range map[string]func(p *place){
			"deleted":  func(p *place) {},
			"replaced": func(p *place) { p.create("f", random(7, size)); p.touch("f") },
			"longer":   func(p *place) { p.create("f", random(7, size+3)) },
			"a link":   func(p *place) { p.in("f", symlink) },
			"a folder": func(p *place) { p.mkdir("f") },
		} {
			t.Run(name, func(t *testing.T) {
				everywhere(t, func(t *testing.T, p *place) {
					p.mkdir("trash")
					w := p.file("f", data)
					first := true
					f := p.files()
					f.Find = func(w Want) (Content, bool) {
						c, ok := p.find(w)
						if first {
							first = false
							p.rename("f", "trash/1")
							p.note("f", "trash/1", index.Hash{})
							displace(p)
						}
						return c, ok
					}
					s := newCatcher(t, 1)
					must(t, f.Send(context.Background(), []Want{w}, s))
					s.all()[0].is(t, data, data)
				})
			})
		}
	}
}

func TestNotAFile(t *testing.T) {
	p := onDisk(t)
	p.mkdir("d")
	g := p.send(p.note("d", "d", index.Hash{}))
	g.lacks(t, ErrNoSource)
}
