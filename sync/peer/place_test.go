package peer

import "testing"

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
			old, now := Place{Machine: c.a, Path: "/mnt/stick"}, Place{Machine: c.b, Path: "/mnt/stick"}
			if SameMachine(c.a, c.b) != c.same || AlikeMachines(c.a, c.b) != c.alike || old.MayBe(now) != c.guarded || old.Overlaps(now) != c.alike {
				t.Errorf("%q and %q: same %t, alike %t, guarded %t", c.a, c.b, SameMachine(c.a, c.b), AlikeMachines(c.a, c.b), old.MayBe(now))
			}
			now.Path = "/mnt/other"
			if old.MayBe(now) {
				t.Errorf("%q and %q: guarded at another path", c.a, c.b)
			}
			c.a, c.b = c.b, c.a
		}
	}
}
