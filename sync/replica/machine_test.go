package replica

import (
	"testing"

	"latus/sync/peer"
)

func TestMachines(t *testing.T) {
	for _, c := range []struct {
		a, b                 string
		same, alike, guarded bool
	}{
		{"box/1", "box/1", true, true, true},
		{"box/1", "box-wlan/1", true, false, true}, // renamed, or copied from one image
		{"box/1", "box/2", false, false, true},     // installed anew, or named alike
		{"box/1", "nas/2", false, false, false},
		{"box", "box", true, true, true},
		{"box", "box-wlan", false, false, false},
		{"box", "box/1", true, true, true}, // written down before ids were read there
		{"box", "nas/1", false, false, false},
		{"box/1", "box", true, true, true}, // by a latus that reads none there
		{"sftp:box", "box/1", false, false, false},
		{"", "", true, true, true},
	} {
		for range 2 {
			old, now := peer.Place{Machine: c.a, Path: "/mnt/stick"}, peer.Place{Machine: c.b, Path: "/mnt/stick"}
			if peer.SameMachine(c.a, c.b) != c.same || peer.AlikeMachines(c.a, c.b) != c.alike || old.MayBe(now) != c.guarded || old.Overlaps(now) != c.alike {
				t.Errorf("%q and %q: same %t, alike %t, guarded %t", c.a, c.b, peer.SameMachine(c.a, c.b), peer.AlikeMachines(c.a, c.b), old.MayBe(now))
			}
			now.Path = "/mnt/other"
			if old.MayBe(now) {
				t.Errorf("%q and %q: guarded at another path", c.a, c.b)
			}
			c.a, c.b = c.b, c.a
		}
	}
}

// A peer is remembered once, and where it stood earlier once a place, however often its
// machine gets another name. Machines of one image stay two.
func TestRememberedMachines(t *testing.T) {
	var ms []Met
	for _, m := range []Met{
		{Peer: "p", Machine: "box", Path: "/mnt/a"},
		{Peer: "p", Machine: "box/1", Path: "/mnt/b"},
		{Peer: "p", Machine: "box-wlan/1", Path: "/mnt/b"},
		{Peer: "p", Machine: "box-home/1", Path: "/mnt/b"},
	} {
		ms = remember(ms, m)
	}
	if len(ms) != 1 || ms[0].Machine != "box-home/1" || len(ms[0].Before) != 1 || ms[0].Before[0].Path != "/mnt/a" {
		t.Fatalf("%+v", ms)
	}
	ms = remember(ms, Met{Peer: "q", Machine: "box-home/1", Path: "/mnt/b"})
	if len(ms) != 1 || ms[0].Peer != "q" {
		t.Fatalf("put back from a backup: %+v", ms)
	}
	if ms = remember(ms, Met{Peer: "r", Machine: "copy/1", Path: "/mnt/b"}); len(ms) != 2 {
		t.Fatalf("a copied machine: %+v", ms)
	}
}
