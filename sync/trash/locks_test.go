package trash

import (
	"testing"
	"time"

	"latus/index"
	"latus/internal/goroutines"
	"latus/sync/tree/memory"
)

// A purge that begins while a plan line promises a slot waits for it, and neither waits for
// the other for ever.
func TestPurgeWhileASlotIsPromised(t *testing.T) {
	var reading func()
	m := memory.New(memory.WithHook(func(c memory.Call) error {
		if c.Op == "list" && c.Dir == folder && reading != nil {
			reading()
		}
		return nil
	}))
	prepare(t, m)
	discard(t, m, opened(t, m), "p", 1, "text")
	b, err := Open(m, false) // and not closed, where that would wait as well
	must(t, err)
	purged := make(chan error, 1)
	reading = func() {
		reading = nil
		go func() {
			_, err := b.Purge(PurgeOptions{})
			purged <- err
		}()
		// It has its first lock by then, if it can, and not all it needs.
		goroutines.AwaitLock(t, "trash.(*Trash).Purge", func() bool { return false })
	}
	promised := make(chan bool)
	go func() {
		b.Promise(Item{ID: "run.7", Run: "run", Path: "q", Gen: gen(2), Kind: index.File})
		close(promised)
	}()
	over := time.After(3 * time.Minute)
	select {
	case <-promised:
	case <-over:
		t.Fatal("they wait for each other")
	}
	select {
	case err := <-purged:
		must(t, err)
	case <-over:
		t.Fatal("the purge goes on waiting")
	}
}
