package fetch

import (
	"context"
	"errors"
	"io/fs"
	"testing"

	"github.com/zeebo/blake3"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

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

func (a *at) hook(c memory.Call) error {
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
				p := inMemory(t, memory.WithHook(a.hook))
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

// A file that is moved or removed while it is read is still what it was.
func TestMovedWhileRead(t *testing.T) {
	data := random(2, 4*block)
	for name, move := range map[string]func(p *place){
		"renamed": func(p *place) { p.rename("f", "g") },
		"removed": func(p *place) { p.remove("f") },
	} {
		t.Run(name, func(t *testing.T) {
			a := &at{op: "read", name: "f", nth: 3}
			p := inMemory(t, memory.WithHook(a.hook))
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
		p := inMemory(t, memory.WithHook(func(c memory.Call) error {
			if c.Op == op {
				return broken
			}
			return nil
		}))
		g := p.send(p.file("f", random(1, 100)))
		g.lacks(t, broken)
	}
	p := inMemory(t, memory.WithModes())
	w := p.file("f", []byte("x"))
	p.in("f", func(d tree.Dir, name string) error { return d.Chmod(name, 0) })
	g := p.send(w)
	g.lacks(t, fs.ErrPermission)
}
