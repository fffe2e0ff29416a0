package command

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where somebody looks, a command that found nothing, or has written a file, says so;
// a script gets no line that it would have to tell from the others.
func TestNothingToShowIsSaidOnATerminal(t *testing.T) {
	dir := t.TempDir()
	a, b, page := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "page.html")
	if err := os.Mkdir(a, 0o777); err != nil {
		t.Fatal(err)
	}
	run := func(terminal bool, args ...string) string {
		t.Helper()
		s, out, errs := session("")
		s.Screen.OutTerminal = terminal
		if exit := Main(context.Background(), args, s); exit != 0 {
			t.Fatalf("%v: exit %d, %s", args, exit, errs)
		}
		return out.String()
	}
	run(false, "sync", a, b)
	for _, c := range []struct {
		want string
		args []string
	}{
		{"no open conflicts\n", []string{"conflicts", a}},
		{"the trash is empty\n", []string{"trash", "list", a}},
		{"written to " + page + ": open it in a browser\n", []string{"report", a, "--html", page}},
	} {
		if got := run(true, c.args...); got != c.want {
			t.Errorf("%v on a terminal: %q, want %q", c.args, got, c.want)
		}
		if got := run(false, c.args...); strings.Contains(got, c.want) {
			t.Errorf("%v in a pipe: %q", c.args, got)
		}
	}
	if got := run(true, "conflicts", "--json", a); got != "" {
		t.Errorf("conflicts --json: %q", got)
	}
}
