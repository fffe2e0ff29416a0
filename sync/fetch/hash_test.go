package fetch

import (
	"context"
	"errors"
	"testing"

	"github.com/zeebo/blake3"

	"latus/index"
	"latus/sync/tree/memory"
)

func TestHash(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		for _, size := range []int{0, 7, 2*block + 1} {
			data := random(1, size)
			whole := index.Hash(blake3.Sum256(data))
			w := p.file("f", data)
			learned := 0
			f := p.files()
			f.Learned = func(of Want, h index.Hash) {
				learned++
				if of != w || h != whole {
					t.Errorf("learned %v of %v", h, of)
				}
			}
			hash := func(want index.Hash, fault error) {
				t.Helper()
				if h, err := f.Hash(context.Background(), w); h != want || !errors.Is(err, fault) {
					t.Fatalf("%v, %v", h, err)
				}
			}
			w.Offset = 3 // means nothing here
			hash(whole, nil)
			if learned != 1 {
				t.Fatalf("learned %d times", learned)
			}
			recorded := index.Hash{1}
			p.note("f", "f", recorded)
			hash(recorded, nil)
			p.note("f", "f", index.Hash{})
			w.Hash = recorded
			hash(index.Hash{}, ErrDamaged)
			w.Hash = whole
			hash(whole, nil)
			p.touch("f")
			hash(index.Hash{}, ErrChanged)
			delete(p.found, "f")
			hash(index.Hash{}, ErrNoSource)
			p.remove("f")
			if learned != 2 {
				t.Fatalf("learned %d times", learned)
			}
		}
	})
}

func TestHashFoundInTheTrash(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		data := random(1, 2*block)
		w := p.file("f", data)
		f := p.files()
		first := true
		f.Find = func(w Want) (Content, bool) {
			c, ok := p.find(w)
			if p.finds == 2 && first { // Hash looks, then reads
				first = false
				p.rename("f", "g")
				p.note("f", "g", index.Hash{})
			}
			return c, ok
		}
		if h, err := f.Hash(context.Background(), w); err != nil || h != blake3.Sum256(data) {
			t.Fatal(h, err)
		}
	})
}

func TestHashCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	a := &at{op: "read", name: "f", nth: 2, do: cancel}
	p := inMemory(t, memory.WithHook(a.hook))
	w := p.file("f", random(1, 3*block))
	if _, err := p.files().Hash(ctx, w); err != context.Canceled {
		t.Fatal(err)
	}
	if p.finds != 2 {
		t.Fatalf("looked %d times", p.finds)
	}
}
