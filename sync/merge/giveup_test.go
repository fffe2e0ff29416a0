package merge

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"testing"

	"latus/index"
	"latus/sync/trash"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// Whatever else is where a killed run wanted to put something, recovering ends, loses
// nothing, and the tree can be used again.
func TestRecoverWithEverythingTaken(t *testing.T) {
	s := everything()
	for name, options := range variants() {
		t.Run(name, func(t *testing.T) {
			base := started(t, s, options...)
			for n := range sample(changes(t, s, base), 9) {
				m := base.Clone()
				m.StopAt(n)
				attempt(t, s, m, "run")
				m.Restart()
				seed := rand.Uint64()
				if !t.Run(fmt.Sprint(n, " ", seed), func(t *testing.T) {
					obstruct(t, s, m, rand.New(rand.NewPCG(seed, 1)))
					w := open(t, s, m, m.User())
					defer w.close()
					must(t, w.recover())
					if left := w.x.Intents(); len(left) > 0 {
						t.Fatal("not settled:", left)
					}
					w.checkKept(files(t, w.seen, ""))
					must(t, w.recover())
				}) {
					return
				}
			}
		})
	}
}

// obstruct puts something to some of the paths that plan lines name, where nothing
// is. Perhaps it takes the list of the trash away, and fills slots that nobody
// knows of then.
func obstruct(t *testing.T, s *story, m *memory.Tree, r *rand.Rand) {
	w := open(t, s, m, m.User())
	intents := w.x.Intents()
	w.close()
	lost := false
	if d, err := m.User().Open(index.Private + "/trash"); err == nil {
		if lost = r.IntN(2) == 0; lost {
			if err := d.Remove("list.jsonl"); err != nil && !tree.IsNotExist(err) {
				t.Fatal(err)
			}
		}
		d.Close()
	}
	for _, i := range intents {
		places := []index.Path{i.Path, i.From}
		if lost && trash.SlotID(i.Trash) != "" {
			places = append(places, index.Private+"/trash/"+index.Path(i.Trash))
		}
		for _, p := range places {
			if p == "" || r.IntN(3) > 0 {
				continue
			}
			dir, name := p.Split()
			d, err := m.User().Open(dir)
			if err != nil {
				continue
			}
			f, err := d.Create(name, 0o644)
			if err == nil {
				_, err = f.Write([]byte("in the way"))
				err = errors.Join(err, f.Close())
			}
			d.Close()
			if err != nil && !tree.IsExist(err) && !errors.Is(err, fs.ErrPermission) {
				t.Fatal(err)
			}
		}
	}
}
