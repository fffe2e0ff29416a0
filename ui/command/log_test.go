package command

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"latus/ui"
)

// A log may be long: who interrupts it is told that it was.
func TestInterruptedLogSaysSo(t *testing.T) {
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	if err := os.MkdirAll(filepath.Join(a, "d"), 0o777); err != nil {
		t.Fatal(err)
	}
	latus := func(ctx context.Context, args ...string) int {
		s := NewSession("")
		s.Screen.Out, s.Screen.Err = io.Discard, io.Discard
		return Main(ctx, args, s)
	}
	if code := latus(context.Background(), "sync", a, b); code != ui.ExitOK {
		t.Fatalf("exit %d", code)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, args := range [][]string{{"log", b}, {"log", "--json", b}, {"log", "--path", "d", b}} {
		if code := latus(ctx, args...); code != ui.ExitInterrupted {
			t.Errorf("%q: exit %d", args, code)
		}
		if code := latus(context.Background(), args...); code != ui.ExitOK {
			t.Errorf("%q, not interrupted: exit %d", args, code)
		}
	}
}
