//go:build unix

package e2e

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latus/internal/sshtest"
)

// The tests in this file and in killed_unix_test.go run the real binary against
// real trees, over a real sshd. With -whole they take all of Go's own tree, without
// a part of it.
var (
	whole = flag.Bool("whole", false, "test with all of GOROOT")
	kills = flag.Int("kills", 2, "how often to kill each kind of run")
	seed  = flag.Uint64("seed", 0, "replay the kills of this seed")
)

// server starts an sshd on which this latus is installed.
func server(t testing.TB) (*sshtest.Server, []string) {
	t.Helper()
	s := sshtest.Start(t, sshtest.Options{Path: filepath.Dir(latus(t))})
	return s, []string{"--ssh-config", s.ConfigFile}
}

func TestGoTreeOverSSH(t *testing.T) {
	if testing.Short() {
		t.Skip("copies a large tree")
	}
	a := goTree(t)
	s, flags := server(t)
	b := filepath.Join(t.TempDir(), "remote")
	args := append(flags, a, s.Name+":"+b)

	mustSync(t, args...)
	mustBeEqual(t, a, b)

	rng := rand.New(rand.NewPCG(1, 1))
	churn(t, rng, a, "a")
	churn(t, rng, b, "b")
	sum := mustSync(t, args...)
	if sum.Changes == 0 {
		t.Fatal("nothing was done")
	}
	mustBeEqual(t, a, b)

	before, err := stats(a, b)
	must(t, err)
	sum = mustSync(t, args...)
	if sum.Changes != 0 || sum.Conflicts != 0 || sum.Problems != 0 {
		t.Fatalf("not quiet: %+v", sum)
	}
	after, err := stats(a, b)
	must(t, err)
	if diff := difference(before, after); len(diff) > 0 {
		t.Fatalf("a run with nothing to do touched:\n%s", strings.Join(diff, "\n"))
	}
}

// TestRepairOverSSH damages a large file and a small one and takes both from
// another host.
func TestRepairOverSSH(t *testing.T) {
	if testing.Short() {
		t.Skip("starts an sshd")
	}
	s, flags := server(t)
	a, b := t.TempDir(), filepath.Join(t.TempDir(), "remote")
	large := bytes.Repeat([]byte("0123456789abcdef"), 200_000)
	must(t, os.WriteFile(filepath.Join(a, "large"), large, 0o640))
	must(t, os.WriteFile(filepath.Join(a, "small"), []byte("small"), 0o600))
	mustSync(t, append(flags, a, s.Name+":"+b)...)
	before, err := look(a)
	must(t, err)
	for _, name := range []string{"large", "small"} {
		p := filepath.Join(a, name)
		info, err := os.Stat(p)
		must(t, err)
		f, err := os.OpenFile(p, os.O_WRONLY, 0)
		must(t, err)
		_, err = f.WriteAt([]byte("!"), info.Size()/2)
		must(t, err)
		must(t, f.Close())
		must(t, os.Chtimes(p, info.ModTime(), info.ModTime()))
	}
	if sum, code := run(t, append([]string{"verify", "--json", a}, flags...)...); code != 3 || sum.Problems != 2 {
		t.Fatalf("exit %d, %+v", code, sum)
	}
	there, err := stats(b)
	must(t, err)
	if sum, code := run(t, append([]string{"verify", "--json", a, "--repair", s.Name + ":" + b}, flags...)...); code != 0 || sum.Problems != 0 {
		t.Fatalf("exit %d, %+v", code, sum)
	}
	after, err := look(a)
	must(t, err)
	if diff := difference(before, after); len(diff) > 0 {
		t.Fatalf("not as it was:\n%s", strings.Join(diff, "\n"))
	}
	now, err := stats(b)
	must(t, err)
	if diff := difference(there, now); len(diff) > 0 {
		t.Fatalf("the other tree was written to:\n%s", strings.Join(diff, "\n"))
	}
	if sum := mustSync(t, append(flags, a, s.Name+":"+b)...); sum.Changes != 0 {
		t.Fatalf("%+v", sum)
	}
}
