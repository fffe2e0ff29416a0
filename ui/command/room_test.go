package command

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latus/sync/tree"
)

// What frees room is named only where there is something to be dropped, and as it has
// to be typed.
func TestPurgeCommand(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b tree")
	run := func(args ...string) {
		t.Helper()
		s, _, errs := session("")
		if code := Main(context.Background(), args, s); code != 0 {
			t.Fatalf("%q: exit %d: %s", args, code, errs)
		}
	}
	write := func(text string) {
		t.Helper()
		if err := os.MkdirAll(a, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(a, "f"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	run("sync", a, b)
	if got := purgeCommand(b); got != "" {
		t.Errorf("with nothing in the trash: %q", got)
	}
	write("another one")
	run("sync", a, b)
	for spec, want := range map[string]string{
		b:                     "latus trash purge '" + b + "'",
		a:                     "",
		filepath.Join(a, "f"): "",
		"me@host:some/tree":   "ssh me@host latus trash purge some/tree",
		"host:":               "ssh host latus trash purge .",
		"ssh://host:22022/x":  "ssh -p 22022 host latus trash purge /x",
		"sftp://host/x":       "",
	} {
		if got := purgeCommand(spec); got != want {
			t.Errorf("%s: %q, want %q", spec, got, want)
		}
	}
	full := &fs.PathError{Op: "write", Path: "x", Err: tree.ErrNoSpace}
	f := diagnose(adviseRoom(fmt.Errorf("%s: cannot write the index: %w", b, full), a, b))
	if !strings.Contains(f.Hint, "make room") || !strings.Contains(f.Hint, "`latus trash purge '"+b+"'`") {
		t.Error(f.Hint)
	}
	f = diagnose(adviseRoom(fmt.Errorf("%s: cannot write the index: %w", a, full), a, b))
	if !strings.Contains(f.Hint, "make room") || strings.Contains(f.Hint, "purge") {
		t.Error(f.Hint)
	}
}
