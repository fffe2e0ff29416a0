package merge

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"latus/index"
	"latus/internal/goroutines"
	"latus/sync/fetch"
	"latus/sync/stage"
	"latus/sync/trash"
	"latus/sync/tree/memory"
)

// TestReadOnItsWay asks for content in the moment in which it stands no more where it
// was, and is not known to the trash yet.
func TestReadOnItsWay(t *testing.T) {
	between, looked := make(chan struct{}), make(chan struct{})
	var fetched atomic.Bool
	m := memory.New(memory.WithHook(func(c memory.Call) error {
		if c.Op == "rename" && c.Dir == stage.Path {
			close(between)
			<-looked
			// Who does not wait has given up.
			goroutines.AwaitLock(t, "trash.(*Trash).Arrived", fetched.Load)
		}
		return nil
	}))
	root, err := m.Open("")
	must(t, err)
	must(t, root.Mkdir(index.Private, 0o700))
	st, err := stage.Open(m)
	must(t, err)
	write(t, root, "f", file("old"))
	write(t, st.Dir(), "new", file("new"))
	old, fresh := stat(t, m, "f").Witness, stat(t, m, stage.Path+"/new").Witness
	tr, err := trash.Open(m, false)
	must(t, err)
	slot, err := tr.Reserve(trash.Item{Path: "f", Kind: index.File, Size: old.Size, Mtime: old.Mtime, Mode: old.Mode, Run: "run"})
	must(t, err)
	must(t, tr.Commit())

	once := sync.OnceFunc(func() { close(looked) })
	src := &fetch.Files{Tree: m, Arrived: tr.Arrived, Find: func(fetch.Want) (fetch.Content, bool) {
		defer once()
		if it, ok := tr.Get(slot); ok {
			return fetch.Content{At: it.Place(), Witness: it.Witness()}, true
		}
		return fetch.Content{At: "f", Witness: old}, true
	}}
	var swap sync.WaitGroup
	swap.Go(func() {
		if failed := tr.Swap(slot, st.Dir(), "new", fresh, root, "f", old); failed != nil {
			t.Error(failed)
			close(between)
		}
	})
	<-between
	order := func(int) stage.Order { return stage.Order{Name: "got", Meta: stage.Meta{Mode: 0o644}} }
	s := stage.NewSink(context.Background(), st, []fetch.Want{{Path: "f", Size: old.Size}}, order, make(chan struct{}, 1))
	s.Fetch(src)
	fetched.Store(true)
	swap.Wait()
	if got := s.Take(); len(got) != 1 || got[0].Err != nil {
		t.Fatal(got)
	}
}
