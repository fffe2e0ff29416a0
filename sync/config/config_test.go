package config

import (
	"strings"
	"testing"

	"latus/sync/peer"
)

// Whatever stands in config.json, it is read or said to be damaged, and who the tree
// is is known then.
func FuzzConfig(f *testing.F) {
	for _, s := range []string{
		"", "{}", "null", `{"format":1,"peer":"0123456789abcdef"}`, `{"format":2,"peer":"0123456789abcdef"}`,
		`{"format":1,"peer":"0123456789abcdef","group":"ffffffffffffffff","peers":[{"peer":"x","path":"/a","knows":[{}]}],"home":{"path":""}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := Parse(in)
		if no, is := err.(*Error); err != nil && (!is || no.Cause != peer.LostConfig && no.Cause != peer.NewerTree) {
			t.Fatal(err)
		}
		if err == nil && (c.PeerID() == 0 || strings.Trim(c.Peer, "0") == "") {
			t.Fatalf("%q has no id", in)
		}
		c.Remembers()
	})
}
