package command

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestTyped(t *testing.T) {
	for _, c := range []struct{ spec, want string }{
		{"a", "latus resolve a 'x y' --drop"},
		{"-n", "latus resolve ./-n 'x y' --drop"},
		{"my tree", "latus resolve 'my tree' 'x y' --drop"},
		{"host:", `ssh host latus resolve . ''\''x y'\''' --drop`},
		{"me@host:docs", `ssh me@host latus resolve docs ''\''x y'\''' --drop`},
		{"ssh://host:2222/srv", `ssh -p 2222 host latus resolve /srv ''\''x y'\''' --drop`},
		{"host:-x", `ssh host latus resolve ./-x ''\''x y'\''' --drop`},
		{"a\tb", `latus resolve $'a\tb' 'x y' --drop`},
		{"[::1]:docs", `ssh ::1 latus resolve docs ''\''x y'\''' --drop`},
		{"sftp://host/srv", ""},
		{"", ""},
	} {
		if got := typed(c.spec, "resolve", "x y", "--drop"); got != c.want {
			t.Errorf("%q: %s, not %s", c.spec, got, c.want)
		}
	}
}

// What is put into a command that people copy goes through typed, or shownWords: they
// quote it.
func TestCommandsInMessagesAreQuoted(t *testing.T) {
	composed := regexp.MustCompile("`latus [^`\"]*(%[a-z]|\" ?\\+)")
	for _, dir := range []string{"../../ui", "../../sync", "../../remote", "../../index"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			b, err := os.ReadFile(path)
			for _, found := range composed.FindAll(b, -1) {
				t.Errorf("%s: %s…: what shall be copied has to be quoted", path, found)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
