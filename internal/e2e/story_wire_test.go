package e2e

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func init() {
	storyCommands["random"] = cmdRandom
	storyCommands["wire"] = cmdWire
	storyCommands["saved"] = cmdSaved
}

// random FILE SIZE [SEED]: a file of that many bytes that do not shrink; the same
// for the same SEED. Like that of write, its mtime is later than any before.
func cmdRandom(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: random FILE SIZE [SEED]")
	}
	size, err := strconv.Atoi(args[1])
	ts.Check(err)
	seed := [32]byte{}
	copy(seed[:], strings.Join(args[2:], ""))
	content := make([]byte, size)
	_, _ = rand.NewChaCha8(seed).Read(content)
	cmdWrite(ts, false, []string{args[0], ""})
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), content, 0o666))
}

// lastSummary is what the last run printed at its end, with --json.
func lastSummary(ts *testscript.TestScript) (s struct {
	Sent, Received int64
	Saved          map[string]int64
}) {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n")
	last := lines[len(lines)-1]
	if !strings.Contains(last, `"event":"summary"`) {
		ts.Fatalf("no summary: %q", last)
	}
	ts.Check(json.Unmarshal([]byte(last), &s))
	return s
}

// wire LEAST MOST: so many bytes crossed the wire in the last run, both ways
// together.
func cmdWire(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: wire LEAST MOST")
	}
	least, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	most, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	s := lastSummary(ts)
	if n := s.Sent + s.Received; n < least || n > most {
		ts.Fatalf("%d bytes sent, %d received: not between %d and %d", s.Sent, s.Received, least, most)
	}
}

// saved HOW BYTES: what the last run says it did not have to transfer.
func cmdSaved(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: saved HOW BYTES")
	}
	if got := strconv.FormatInt(lastSummary(ts).Saved[args[0]], 10); got != args[1] {
		ts.Fatalf("saved by %s: %s bytes, not %s", args[0], got, args[1])
	}
}
