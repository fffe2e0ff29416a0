package stage

import (
	"fmt"
	"testing"

	"latus/sync/digest"
	"latus/sync/tree/memory"
	"latus/sync/tree/treetest"
)

// However many bundles wait for their turn, none is held open once all of it is there:
// the files of each still come with their directory.
func TestBundlesWaitClosed(t *testing.T) {
	s := opened(t, memory.New().User())
	var waiting []*Bundle
	for n := range 3 * maxHeld {
		b := NewBundle(fmt.Sprint(n), Meta{Mode: 0o755}, 2)
		for _, name := range []string{"one", "two"} {
			within := b.within(s)
			if within == nil {
				t.Fatalf("bundle %d goes file by file", n)
			}
			_, err := within.writeSmall(name, []byte(name), digest.Of([]byte(name)), Meta{Mode: 0o644})
			treetest.Check(t, err)
			b.wrote(nil)
		}
		waiting = append(waiting, b)
	}
	if n := s.bundles.Load(); n != 0 {
		t.Errorf("%d are held open", n)
	}
	for n, b := range waiting {
		if _, whole := b.Close(); !whole {
			t.Errorf("bundle %d goes file by file", n)
		}
	}
	// What comes to a bundle once more may be something else.
	again := waiting[0]
	if within := again.within(s); within != nil {
		t.Error("a bundle that is complete takes in more")
	}
	if _, whole := again.Close(); whole {
		t.Error("a bundle of which something came twice goes as a whole")
	}
}
