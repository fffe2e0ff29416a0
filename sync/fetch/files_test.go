package fetch

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"testing"

	"github.com/zeebo/blake3"

	"latus/index"
	"latus/sync/tree"
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

// What stands at a path when it is to be opened is not what Find said.
func TestChangedBeforeOpen(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, p *place){
		"grown":   func(t *testing.T, p *place) { p.change("f", func(f tree.File) error { return f.Truncate(9999999) }) },
		"shrunk":  func(t *testing.T, p *place) { p.change("f", func(f tree.File) error { return f.Truncate(3) }) },
		"emptied": func(t *testing.T, p *place) { p.change("f", func(f tree.File) error { return f.Truncate(0) }) },
		"longer, the old time": func(t *testing.T, p *place) {
			i := p.found["f"].Witness
			p.change("f", func(f tree.File) error { return errors.Join(f.Truncate(i.Size+1), f.Chtime(i.Mtime)) })
		},
		"touched":   func(t *testing.T, p *place) { p.touch("f") },
		"gone":      func(t *testing.T, p *place) { p.remove("f") },
		"link":      func(t *testing.T, p *place) { p.remove("f"); p.in("f", symlink) },
		"directory": func(t *testing.T, p *place) { p.remove("f"); p.mkdir("f") },
		"special": func(t *testing.T, p *place) {
			p.remove("f")
			makeSpecial(t, p, "f")
		},
		"replaced": func(t *testing.T, p *place) {
			i := p.found["f"].Witness
			p.create("g", random(8, int(i.Size)))
			p.in("g", func(d tree.Dir, name string) error { return d.Chtime(name, i.Mtime) })
			p.in("f", func(d tree.Dir, name string) error { return d.Replace("g", d, name) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, p *place) {
				for _, size := range []int{100, block, 2*block + 9} {
					w := p.file("f", random(7, size))
					change(t, p)
					g := p.send(w)
					g.lacks(t, ErrChanged)
					if len(g.data) > 0 {
						t.Fatal("handed out bytes of something else")
					}
					p.in("f", func(d tree.Dir, name string) error {
						if d.Remove(name) != nil {
							d.Rmdir(name)
						}
						return nil
					})
				}
			})
		})
	}
}

func symlink(d tree.Dir, name string) error { return d.Symlink("elsewhere", name) }

// A directory on the way is something else.
func TestChangedAbove(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		p.mkdir("d")
		w := p.file("d/f", random(7, 100))
		p.rename("d", "e")
		g := p.send(w)
		g.lacks(t, ErrChanged)
		p.in("d", func(d tree.Dir, name string) error { return d.Symlink("e", name) })
		g = p.send(w)
		g.lacks(t, ErrChanged)
		p.remove("d")
		p.create("d", nil)
		g = p.send(w)
		g.lacks(t, ErrChanged)
	})
}

// at runs do once, before the nth call op on a file named name.
type at struct {
	op, name string
	nth      int
	do       func()
}

func (a *at) hook(c tree.Call) error {
	if c.Op == a.op && c.Name == a.name {
		if a.nth--; a.nth == 0 {
			a.do()
		}
	}
	return nil
}

func TestChangedWhileRead(t *testing.T) {
	const size = 4*block + 3
	for name, change := range map[string]func(p *place, f tree.File) error{
		"grows":     func(_ *place, f tree.File) error { return f.Truncate(size + 1) },
		"shrinks":   func(_ *place, f tree.File) error { return f.Truncate(size - 1) },
		"emptied":   func(_ *place, f tree.File) error { return f.Truncate(0) },
		"rewritten": func(_ *place, f tree.File) error { return overwrite(f, 0, random(3, size)) },
		"one byte":  func(_ *place, f tree.File) error { return overwrite(f, size-1, []byte{0}) },
	} {
		t.Run(name, func(t *testing.T) {
			for nth := 1; nth <= 5; nth++ {
				a := &at{op: "read", name: "f", nth: nth}
				p := inMemory(t, tree.WithHook(a.hook))
				a.do = func() { p.change("f", func(f tree.File) error { return change(p, f) }) }
				g := p.send(p.file("f", random(2, size)))
				g.lacks(t, ErrChanged)
				if len(g.data) >= size {
					t.Fatal("all bytes were handed out")
				}
			}
		})
	}
}

// Once bytes were handed out, the content from elsewhere would come after them.
func TestNotStartedTwice(t *testing.T) {
	data := random(2, 4*block)
	a := &at{op: "read", name: "f", nth: 3}
	p := inMemory(t, tree.WithHook(a.hook))
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

// A file that is moved or removed while it is read is still what it was.
func TestMovedWhileRead(t *testing.T) {
	data := random(2, 4*block)
	for name, move := range map[string]func(p *place){
		"renamed": func(p *place) { p.rename("f", "g") },
		"removed": func(p *place) { p.remove("f") },
	} {
		t.Run(name, func(t *testing.T) {
			a := &at{op: "read", name: "f", nth: 3}
			p := inMemory(t, tree.WithHook(a.hook))
			a.do = func() { move(p) }
			g := p.send(p.file("f", data))
			g.is(t, data, data)
		})
	}
}

func TestDamaged(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		for _, size := range []int{1, block, 3 * block} {
			data := random(5, size)
			whole := index.Hash(blake3.Sum256(data))
			w := p.file("f", data)
			w = p.note("f", "f", whole)
			p.finds = 0
			g := p.send(w)
			g.is(t, data, data)

			i := p.found["f"].Witness
			p.change("f", func(f tree.File) error {
				if err := overwrite(f, 0, []byte{data[0] ^ 1}); err != nil {
					return err
				}
				return f.Chtime(i.Mtime)
			})
			g = p.send(w)
			g.lacks(t, ErrDamaged)
			if size <= block && len(g.data) > 0 {
				t.Fatal("damaged bytes were handed out")
			}
			// The hash may be known to whoever asks alone.
			p.note("f", "f", index.Hash{})
			w.Hash = whole
			f := p.files()
			f.Learned = func(Want, index.Hash) { t.Fatal("learned from damaged bytes") }
			s := newCatcher(t, 1)
			must(t, f.Send(context.Background(), []Want{w}, s))
			s.all()[0].lacks(t, ErrDamaged)
			p.remove("f")
		}
	})
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

// The directory that a reader holds on to is not the one at its path any more.
func TestDirectoryReplaced(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		p.mkdir("d")
		old, data := random(1, 10), random(2, 20)
		ws := []Want{p.file("d/a", old), {Path: "d/b"}}
		f := p.files()
		f.Readers = 1
		f.Find = func(w Want) (Content, bool) {
			if w.Path == "d/b" && p.finds < 3 {
				p.finds = 3
				p.rename("d", "e")
				p.mkdir("d")
				p.file("d/b", data)
			}
			return p.find(w)
		}
		s := newCatcher(t, 2)
		must(t, f.Send(context.Background(), ws, s))
		s.all()[0].is(t, old, old)
		s.all()[1].is(t, data, data)
	})
}

func TestReadError(t *testing.T) {
	broken := errors.New("input/output error")
	for _, op := range []string{"opendir", "open", "read", "stat"} {
		p := inMemory(t, tree.WithHook(func(c tree.Call) error {
			if c.Op == op {
				return broken
			}
			return nil
		}))
		g := p.send(p.file("f", random(1, 100)))
		g.lacks(t, broken)
	}
	p := inMemory(t, tree.WithModes())
	w := p.file("f", []byte("x"))
	p.in("f", func(d tree.Dir, name string) error { return d.Chmod(name, 0) })
	g := p.send(w)
	g.lacks(t, fs.ErrPermission)
}

func TestNotAFile(t *testing.T) {
	p := onDisk(t)
	p.mkdir("d")
	g := p.send(p.note("d", "d", index.Hash{}))
	g.lacks(t, ErrNoSource)
}

func TestSinkErrorEndsSend(t *testing.T) {
	full := errors.New("no space")
	for _, op := range []string{"data", "done", "missing"} {
		t.Run(op, func(t *testing.T) {
			p := onDisk(t)
			p.mkdir("d0")
			var ws []Want
			for n := range 10 {
				ws = append(ws, p.file(numbered(n), random(n, 3*block)), Want{Path: "nowhere"})
			}
			s := newCatcher(t, len(ws))
			failed := false
			s.fail = func(did string, n int) error {
				if failed {
					t.Errorf("%s of %d after the error", did, n)
				}
				if did == op {
					failed = true
					return full
				}
				return nil
			}
			f := p.files()
			f.Readers = 1
			if err := f.Send(context.Background(), ws, s); err != full {
				t.Fatalf("%v", err)
			}
			if !failed {
				t.Fatal("never called")
			}
		})
	}
}

// Several readers: the others stop, and take nothing for missing.
func TestSinkErrorStopsReaders(t *testing.T) {
	p := onDisk(t)
	p.mkdir("d0")
	var ws []Want
	for n := range 10 {
		ws = append(ws, p.file(numbered(n), random(n, 30*block)))
	}
	full := errors.New("no space")
	var once sync.Once
	s := newCatcher(t, len(ws))
	s.fail = func(op string, n int) (err error) {
		if op == "missing" {
			t.Errorf("%d is missing", n)
		}
		once.Do(func() { err = full })
		return err
	}
	f := p.files()
	f.Readers = 4
	if err := f.Send(context.Background(), ws, s); err != full {
		t.Fatalf("%v", err)
	}
}

func TestCancel(t *testing.T) {
	p := onDisk(t)
	w := p.file("f", random(1, 5*block))
	for _, when := range []int{0, 1, 3} {
		ctx, cancel := context.WithCancel(context.Background())
		s := newCatcher(t, 2)
		calls := 0
		s.fail = func(op string, n int) error {
			if op != "data" || n != 0 {
				t.Errorf("%s of %d", op, n)
			}
			if calls++; calls == when {
				cancel()
			}
			return nil
		}
		if when == 0 {
			cancel()
		}
		f := p.files()
		f.Readers = 1
		if err := f.Send(ctx, []Want{w, {Path: "nowhere"}}, s); !errors.Is(err, context.Canceled) {
			t.Fatalf("%v", err)
		}
		if calls != when {
			t.Fatalf("%d calls, cancelled in %d", calls, when)
		}
		cancel()
	}
}
