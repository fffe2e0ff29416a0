package command

import "testing"

func TestTyped(t *testing.T) {
	for _, c := range []struct{ spec, want string }{
		{"a", "latus resolve a 'x y' --drop"},
		{"my tree", "latus resolve 'my tree' 'x y' --drop"},
		{"host:", `ssh host latus resolve . ''\''x y'\''' --drop`},
		{"me@host:docs", `ssh me@host latus resolve docs ''\''x y'\''' --drop`},
		{"ssh://host:2222/srv", `ssh -p 2222 host latus resolve /srv ''\''x y'\''' --drop`},
		{"[::1]:docs", `ssh ::1 latus resolve docs ''\''x y'\''' --drop`},
		{"sftp://host/srv", ""},
		{"", ""},
	} {
		if got := typed(c.spec, "resolve", "x y", "--drop"); got != c.want {
			t.Errorf("%q: %s, not %s", c.spec, got, c.want)
		}
	}
}
