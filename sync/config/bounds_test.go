package config

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// However many peers come, from however far away, and however much they know: what is
// remembered can be read again, and those that were there first stay.
func TestWhatIsRememberedHasBounds(t *testing.T) {
	knows := make([]Knows, 1500)
	for i := range knows {
		knows[i] = Knows{Author: fmt.Sprintf("%016x", i), N: 1 << 40, Hash: "0123456789abcdef"}
	}
	first := Met{Peer: "first", Name: "n", Machine: "m", Path: "/tree", Seq: 5, Knows: knows}
	ms := Remember(nil, first)
	for i := range 3000 {
		ms = Remember(ms, Met{Peer: fmt.Sprint(i), Machine: fmt.Sprint(i), Path: "/" + strings.Repeat("\x01", 1+i*7%5000), Knows: knows})
	}
	if moved := Remember(ms, Met{Peer: "first", Machine: "m", Path: "/moved"}); moved[len(moved)-1].Path != "/moved" {
		t.Errorf("it did not move: %.100v", moved[len(moved)-1])
	}
	for i := range 100 { // one that is known moves about
		ms = Remember(ms, Met{Peer: "0", Machine: fmt.Sprint(i), Path: "/" + strings.Repeat("x", 60<<10), Knows: knows, LastRun: "now"})
	}
	b, err := json.MarshalIndent(Config{Peers: ms}, "", "  ")
	if err != nil || len(b) > Largest {
		t.Fatalf("%d MiB: %v", len(b)>>20, err)
	}
	if len(ms) < 1000 || ms[0].Peer != "first" || ms[0].Seq != 5 || ms[0].Path != "/tree" || ms[0].Knows != nil {
		t.Errorf("of %d the first is %.100v", len(ms), ms[0])
	}
	last := ms[len(ms)-1]
	if last.Peer != "0" || last.LastRun != "now" || len(last.Knows) != len(knows) {
		t.Errorf("the last is %.100v", last)
	}
}
