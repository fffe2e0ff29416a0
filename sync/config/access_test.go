package config

import "testing"

// What a key may do does not depend on what trees call themselves, except that it may be
// less where the list says nothing of its name.
func TestNamesThatTreesTellGiveAKeyNothing(t *testing.T) {
	const rich, poor, mallory = "00000000000000aa", "00000000000000bb", "00000000000000cc"
	for _, c := range []struct {
		name   string
		access string
		called []Met
		key    string
		want   Rights
	}{
		{"no list", `null`, nil, "guest", All},
		{"its own name", `{"default":"none","peers":[{"peer":"guest","key":true,"may":"read"}]}`, nil, "guest", Read},
		{"as it was written before", `{"default":"none","peers":[{"peer":"guest","may":"read"}]}`, nil, "guest", Read},
		{"a tree takes the name", `{"default":"read","peers":[{"peer":"` + rich + `","may":"read,write,delete"}]}`,
			[]Met{{Peer: rich, Name: "guest"}}, "guest", Read},
		{"a tree takes a longer one", `{"default":"none","peers":[{"peer":"` + rich + `","may":"read,write,delete"}]}`,
			[]Met{{Peer: rich, Name: "guest:x"}}, "guest", Nobody},
		{"a key that is bound to an id", `{"default":"read","peers":[{"peer":"` + rich + `","may":"read,write,delete"}]}`, nil, rich, All},
		{"a tree that may less took the name", `{"default":"read","peers":[{"peer":"guest","may":"read,write"},{"peer":"` + poor + `","may":"none"}]}`,
			[]Met{{Peer: poor, Name: "guest"}}, "guest", Add},
		{"a name of an older list", `{"default":"read,write,delete","peers":[{"peer":"` + poor + `","may":"read"}]}`,
			[]Met{{Peer: poor, Name: "vm:laptop"}}, "vm", Read},
		{"a stranger stands before it", `{"default":"read,write,delete","peers":[{"peer":"` + poor + `","may":"read"}]}`,
			[]Met{{Peer: poor, Name: "vm:laptop"}, {Peer: mallory, Name: "vm"}}, "vm", Read},
	} {
		config, err := Parse([]byte(`{"format":1,"peer":"0123456789abcdef","access":` + c.access + `}`))
		if err != nil {
			t.Fatal(err)
		}
		config.Peers = c.called
		if got := config.May(c.key); got != c.want {
			t.Errorf("%s: %s, not %s", c.name, got, c.want)
		}
		if got := config.Access.Of("guest"); config.Access != nil && got != config.Access.Default {
			t.Errorf("%s: an id takes the name of a key, and may %s", c.name, got)
		}
	}
}
