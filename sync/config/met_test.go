package config

import "testing"

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
		ms = Remember(ms, m)
	}
	if len(ms) != 1 || ms[0].Machine != "box-home/1" || len(ms[0].Before) != 1 || ms[0].Before[0].Path != "/mnt/a" {
		t.Fatalf("%+v", ms)
	}
	ms = Remember(ms, Met{Peer: "q", Machine: "box-home/1", Path: "/mnt/b"})
	if len(ms) != 1 || ms[0].Peer != "q" {
		t.Fatalf("put back from a backup: %+v", ms)
	}
	if ms = Remember(ms, Met{Peer: "r", Machine: "copy/1", Path: "/mnt/b"}); len(ms) != 2 {
		t.Fatalf("a copied machine: %+v", ms)
	}
}
